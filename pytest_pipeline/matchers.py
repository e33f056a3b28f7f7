"""Matchers for structure, events and plain values; those for whole runs are in `verdicts`.

`has` looks at what is named and at nothing else, `exactly` at everything. A matcher for sequences never passes because
there is nothing to look at, but for `none`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_pipeline.deeds import Acts, Happens
from pytest_pipeline.differing import MISSING
from pytest_pipeline.plain import Has, Json, SecretRef, Text, absent, anything
from pytest_pipeline.sequences import Each, Exactly, Includes, InOrder, Nothing, Some

__all__ = [
    "absent", "action", "anything", "approval", "each", "event", "exactly", "has", "in_order", "includes", "json",
    "like", "none", "regex", "secret_ref", "some",
]  # fmt: skip


def has(members: Mapping[str, Any] | None = None, /, **named: Any) -> Has:
    """Match what has these members: `has(role_arn=like("*:role/prod-*"))`."""
    return Has({**(members or {}), **named})


def exactly(*items: Any, **members: Any) -> Exactly:
    """Match a sequence of exactly these items in order, or a mapping of exactly these members."""
    if len(items) == 1 and isinstance(items[0], Mapping):
        return Exactly((), {**items[0], **members})
    return Exactly(items, members or None)


def each(expected: Any) -> Each:
    """Match a sequence that has items, all of which match."""
    return Each(expected)


def some(expected: Any, n: int | None = None) -> Some:
    """Match a sequence with at least one such item, or with exactly `n`."""
    return Some(expected, n)


def none(expected: Any = MISSING) -> Nothing:
    """Match a sequence without such an item; without an argument, an empty one."""
    return Nothing(expected)


def includes(*expected: Any) -> Includes:
    """Match a sequence that has an item for each argument, in any order."""
    return Includes(expected)


def in_order(*expected: Any) -> InOrder:
    """Match a sequence that has an item for each argument, in this order."""
    return InOrder(expected)


def like(glob: str) -> Text:
    """Match a text by a glob; upper and lower case differ."""
    return Text("like", glob)


def regex(pattern: str) -> Text:
    """Match a text in which a regular expression is found."""
    return Text("regex", pattern)


def json(expected: Any) -> Json:
    """Match a text that holds JSON, by what it holds."""
    return Json(expected)


def secret_ref(name: str = "") -> SecretRef:
    """Match a reference to a secret, whose name may be a glob; a secret's value never matches and is never told."""
    return SecretRef(name)


def approval(selector: Any = None, **members: Any) -> Acts:
    """Match an action that waits for a person."""
    return Acts("approval", selector, members)


def action(selector: Any = None, **members: Any) -> Acts:
    """Match an action by selector and attributes: `action("Integration/*", provider="CodeBuild")`."""
    return Acts("action", selector, members)


def event(pattern: Mapping[str, Any] | None = None, /, **detail: Any) -> Happens:
    """Match an event as EventBridge does, by a rule's pattern; and by members of its `detail`."""
    return Happens(pattern, {name.rstrip("_").replace("_", "-"): value for name, value in detail.items()})

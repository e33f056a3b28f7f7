"""What IAM policies allow: enough of IAM's own logic to say yes, no, or that nobody can tell from here.

Rules of this file (IAM user guide, "Policy evaluation logic"; the reference has no section on it):

* A Deny that matches wins. Without one an Allow is needed, and a permissions boundary has to allow it, too.
* Actions are compared without regard to case; `*` and `?` stand for any text and any character.
* A condition holds where its keys have values that the caller says; any other one is "perhaps".
* Policies of organisations, sessions and resources are not seen here. Callers say so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.documents import Path

ALLOW, DENY = "Allow", "Deny"
_EQUALS = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"})
_SETS = re.compile(r"^For(?:Any|All)Values?:|IfExists$")
_VARIABLE = "${"


class Answer(IntEnum):
    """Whether something is allowed; the greater, the surer."""

    NO = 0
    PERHAPS = 1
    YES = 2


@dataclass(frozen=True, slots=True)
class Request:
    """One call: what, on what, and what is known of its context. A resource may have wildcards: all of it is meant."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy, with its place in what was read."""

    path: Path
    document: Mapping[str, Any]

    @property
    def allows(self) -> bool:
        """Whether it allows; else it denies."""
        return self.document.get("Effect") == ALLOW

    @property
    def actions(self) -> tuple[str, ...]:
        """Patterns of actions; empty where it says `NotAction`."""
        return texts(self.document.get("Action"))

    @property
    def resources(self) -> tuple[str, ...]:
        """Patterns of resources; empty where it says `NotResource`."""
        return texts(self.document.get("Resource"))

    @property
    def conditions(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Operator, key and values of every condition."""
        for operator, pairs in (self.document.get("Condition") or {}).items():
            for key, values in pairs.items():
                yield operator, key, texts(values)


def texts(value: Any) -> tuple[str, ...]:
    """Give a value that may be one text or several, as IAM lets people write it."""
    return tuple(map(str, value)) if isinstance(value, list) else () if value is None else (str(value),)


def statements(document: Mapping[str, Any], path: Path) -> Iterator[Statement]:
    """Give the statements of a policy document that was read at `path`."""
    found = document.get("Statement") or []
    if isinstance(found, dict):
        yield Statement((*path, "Statement"), found)
        return
    yield from (Statement((*path, "Statement", index), each) for index, each in enumerate(found))


def answer(request: Request, policies: Sequence[Statement], boundary: Sequence[Statement] | None = None) -> Answer:
    """Tell whether policies allow a call; `boundary` limits what they may allow, None means that there is none."""
    denied = max((_meets(each, request, wide=True) for each in policies if not each.allows), default=Answer.NO)
    allowed = max((_meets(each, request) for each in policies if each.allows), default=Answer.NO)
    if boundary is not None:
        allowed = min(allowed, answer(request, boundary))
    return min(allowed, Answer(Answer.YES - denied))


def is_matched(pattern: str, action: str) -> bool:
    """Tell whether a pattern of actions takes an action."""
    return _expression(pattern.lower()).fullmatch(action.lower()) is not None


def _meets(statement: Statement, request: Request, *, wide: bool = False) -> Answer:
    """Tell whether a statement is about a call; with `wide`, one that is about a part of it perhaps is."""
    action = _among(statement.document, "Action", lambda each: is_matched(each, request.action))
    resource = _resource(statement, request, wide=wide)
    return min(Answer.YES if action else Answer.NO, resource, _holds(statement.conditions, request.context))


def _among(document: Mapping[str, Any], member: str, test: Any) -> bool:
    if f"Not{member}" in document:
        return not any(map(test, texts(document[f"Not{member}"])))
    return any(map(test, texts(document.get(member))))


def _resource(statement: Statement, request: Request, *, wide: bool) -> Answer:
    if _among(statement.document, "Resource", lambda each: _covers(each, request.resource)):
        return Answer.YES
    partly = any(_VARIABLE in each or (wide and _covers(request.resource, each)) for each in statement.resources)
    return Answer.PERHAPS if partly else Answer.NO


def _covers(pattern: str, resource: str) -> bool:
    """Tell whether a pattern takes all that another one takes."""
    return _expression(pattern).fullmatch(resource) is not None


def _holds(conditions: Iterable[tuple[str, str, tuple[str, ...]]], context: Mapping[str, str]) -> Answer:
    known = {key.lower(): value for key, value in context.items()}
    for operator, key, values in conditions:
        said = known.get(key.lower())
        if said is None or _SETS.sub("", operator) not in _EQUALS:
            return Answer.PERHAPS
        if not any(_expression(value).fullmatch(said) for value in values):
            return Answer.NO
    return Answer.YES


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    """Give what matches the text of a covered pattern: its wildcards are covered by nothing but `*`."""
    parts = (".*" if each == "*" else "[^*?]" if each == "?" else re.escape(each) for each in pattern)
    return re.compile("".join(parts), re.DOTALL)

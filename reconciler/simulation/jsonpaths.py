"""JSON paths, as far as the filters of webhooks need them (reference E.16).

Read are `$`, `.name`, `['name']`, `[0]`, `[-1]`, `.*` and `[*]`: no recursion, no expressions, so no path is slow.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_STEP = re.compile(
    r"""\.(?P<name>[\w-]+|\*)
    | \['(?P<single>[^']*)'\] | \["(?P<double>[^"]*)"\]
    | \[(?P<index>-?\d{1,9}|\*)\]""",
    re.VERBOSE,
)


class Unreadable(ValueError):
    """A JSON path that is wrong or beyond what is read here."""


def select(path: str, payload: Any) -> list[Any]:
    """Give the values that a JSON path points at; raises Unreadable for a path that is not read here."""
    values = [payload]
    for step in steps(path):
        values = [inside for value in values for inside in _inside(value, step)]
    return values


@lru_cache(maxsize=256)
def steps(path: str) -> tuple[str | int | None, ...]:
    """Give the names, the indexes, and None for all members, that a path is made of; raises Unreadable."""
    at = 1
    found: list[str | int | None] = []
    if not path.startswith("$"):
        raise Unreadable(f"the JSON path {path!r} does not start with $")
    while at < len(path):
        step = _STEP.match(path, at)
        if not step:
            message = f"the JSON path {path!r} is not read here at character {at + 1}; write $.name or $.list[0]"
            raise Unreadable(message)
        at = step.end()
        key = next(value for value in step.groups() if value is not None)
        index = step["index"] is not None and key != "*"
        everything = key == "*" and step.lastgroup in ("name", "index")
        found.append(None if everything else int(key) if index else key)
    return tuple(found)


def _inside(value: Any, step: str | int | None) -> list[Any]:
    if step is None:
        return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if isinstance(step, int):
        return [value[step]] if isinstance(value, list) and -len(value) <= step < len(value) else []
    return [value[step]] if isinstance(value, dict) and step in value else []

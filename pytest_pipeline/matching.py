"""What all matchers are: values that compare with `==`, and that can say why something does not match.

A miss is a place, what was expected there and what was got. Of several candidates the nearest is told: the one with
the fewest misses, then the one whose name is most alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from pytest_pipeline.differing import MISSING
from pytest_pipeline.mistakes import at_caller
from pytest_pipeline.selectors import nearest
from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Iterable


_PLAIN = (str, int, float, list, tuple)
"""What has no members that anybody asks for."""


@dataclass(frozen=True, slots=True)
class Miss:
    """One thing that is not as expected."""

    path: str
    expected: str
    got: str

    def __str__(self) -> str:
        said = f"{self.expected} / {self.got}" if self.expected else self.got
        return f"{self.path}: {said}" if self.path else said


class Matcher:
    """A value that equals whatever it describes."""

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give what keeps `got` from matching, nearest first; nothing if it matches."""
        raise NotImplementedError

    @at_caller
    def __eq__(self, other: object) -> bool:
        """Tell whether something matches."""
        return not self.misses(other)

    @at_caller
    def __ne__(self, other: object) -> bool:
        """Tell whether something does not match."""
        return bool(self.misses(other))

    __hash__ = object.__hash__


def misses(expected: Any, got: Any, path: str = "") -> list[Miss]:
    """Give what keeps a value from being the expected one, which may be or hold matchers; mappings match in part."""
    if isinstance(expected, Matcher):
        return expected.misses(got, path)
    if isinstance(expected, Mapping):
        return members(expected, got, path)
    if isinstance(expected, list | tuple) and isinstance(got, list | tuple):
        return items(expected, got, path)
    return [] if expected == got else [Miss(path, quoted(expected), quoted(got))]


def members(expected: Mapping[str, Any], got: Any, path: str) -> list[Miss]:
    """Give the misses of each member that is asked for: a key of a mapping, or an attribute."""
    if isinstance(got, _PLAIN):
        return [Miss(path, quoted(expected), quoted(got))]
    return [
        miss
        for name, wanted in expected.items()
        for miss in misses(wanted, member(got, name), f"{path}.{name}" if path else name)
    ]


def items(expected: Sequence[Any], got: Sequence[Any], path: str) -> list[Miss]:
    """Give the misses of a whole sequence, item by item."""
    if len(expected) != len(got):
        return [Miss(path or "number", str(len(expected)), f"{len(got)}: {quoted(tuple(got))}")]
    return [
        miss
        for index, (one, other) in enumerate(zip(expected, got, strict=True))
        for miss in misses(one, other, f"{path}[{index}]")
    ]


def member(got: Any, name: str) -> Any:
    """Give a key's value or an attribute, `MISSING` for a key that is not there; raises Broken for no attribute."""
    if isinstance(got, Mapping):
        return got.get(name, MISSING)
    if got is MISSING or got is None:
        return MISSING
    if not hasattr(got, name):
        there = [each for each in dir(got) if not each.startswith("_")]
        raise Broken(f"{quoted(got)} has nothing called {name!r}; near are {nearest(name, there)}")
    return getattr(got, name)


def near(expected: Any, candidates: Iterable[Any]) -> tuple[Any, list[Miss]]:
    """Give the candidate that is nearest to what is expected, with its misses; without any, `MISSING`."""
    ranked = [(misses(expected, each, name(each)), each) for each in candidates]
    if not ranked:
        return MISSING, [Miss("", quoted(expected), "nothing is there")]
    told, found = min(ranked, key=lambda one: (len(one[0]), -_alike(expected, one[1])))
    return found, told


def assigned(expected: Sequence[Any], got: Sequence[Any]) -> dict[int, int]:
    """Give for as many items as possible the expectation that each meets, by numbers: a largest matching."""
    fitting = [[index for index, each in enumerate(got) if not misses(wanted, each)] for wanted in expected]
    taken: dict[int, int] = {}

    def place(number: int, seen: set[int]) -> bool:
        for index in fitting[number]:
            if index not in seen:
                seen.add(index)
                if index not in taken or place(taken[index], seen):
                    taken[index] = number
                    return True
        return False

    for number in range(len(expected)):
        place(number, set())
    return taken


def name(value: Any) -> str:
    """Name a value for the start of a path: its place or name, if it has one."""
    if isinstance(value, Mapping):
        return str(value.get("name") or value.get("detail-type") or "")
    return str(getattr(value, "place", None) or getattr(value, "name", None) or "")


def quoted(value: Any) -> str:
    """Write a value as code does, texts in double quotes."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, tuple | list):
        inner = ", ".join(map(quoted, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(key)}: {quoted(each)}" for key, each in value.items()) + "}"
    return repr(value)


def call(function: str, *arguments: Any, **named: Any) -> str:
    """Write a call as code does."""
    words = [*map(quoted, arguments), *(f"{key}={quoted(value)}" for key, value in named.items())]
    return f"{function}({', '.join(words)})"


def _alike(expected: Any, got: Any) -> float:
    return SequenceMatcher(None, quoted(expected), name(got) or quoted(got)).ratio()

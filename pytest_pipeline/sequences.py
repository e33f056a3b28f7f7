"""Matchers for sequences; all but `Nothing` want something to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_pipeline import matching
from pytest_pipeline.differing import MISSING
from pytest_pipeline.matching import Matcher, Miss, call, misses, quoted
from pytest_pipeline.plain import anything
from reconciler.errors import Broken


@dataclass(frozen=True, eq=False, repr=False)
class Exactly(Matcher):
    """All items of a sequence in order, or all members of a mapping."""

    items: tuple[Any, ...]
    members: Mapping[str, Any] | None

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give what is wrong, what is missing and what is too much."""
        if self.members is None:
            return matching.items(self.items, _sequence(got), path)
        extra = [key for key in got if key not in self.members] if isinstance(got, Mapping) else []
        return [
            *matching.members(self.members, got, path),
            *(Miss(f"{path}.{key}" if path else str(key), "absent", quoted(got[key])) for key in extra),
        ]

    def __repr__(self) -> str:
        return call("exactly", *self.items) if self.members is None else call("exactly", self.members)


@dataclass(frozen=True, eq=False, repr=False)
class Each(Matcher):
    """All items of a sequence that has at least one."""

    expected: Any

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give the misses of all items."""
        there = _sequence(got)
        found = [miss for each in there for miss in misses(self.expected, each, matching.name(each) or path)]
        return found if there else [Miss(path, quoted(self.expected), "nothing is there")]

    def __repr__(self) -> str:
        return call("each", self.expected)


@dataclass(frozen=True, eq=False, repr=False)
class Some(Matcher):
    """At least one item of a sequence, or exactly `n`."""

    expected: Any
    n: int | None

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give how many there are, then the misses of the nearest one that is none."""
        there = _sequence(got)
        found = [each for each in there if not misses(self.expected, each)]
        if (self.n is None and found) or len(found) == self.n:
            return []
        wanted = "at least 1" if self.n is None else str(self.n)
        counted = Miss(path or "number", wanted, f"{len(found)} of {len(there)}")
        if self.n is not None and len(found) > self.n:
            return [counted, *(Miss("", "", f"{quoted(each)} matches") for each in found)]
        others = [each for each in there if each not in found]
        return [counted, *(matching.near(self.expected, others)[1] if others else [])]

    def __repr__(self) -> str:
        return call("some", self.expected, **({} if self.n is None else {"n": self.n}))


@dataclass(frozen=True, eq=False, repr=False)
class Nothing(Matcher):
    """No item of a sequence; without an argument, a sequence without items."""

    expected: Any = MISSING

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give the items that should not be there."""
        wanted = anything if self.expected is MISSING else self.expected
        return [Miss(path, "none", _one(each)) for each in _sequence(got) if not misses(wanted, each)]

    def __repr__(self) -> str:
        return "none()" if self.expected is MISSING else call("none", self.expected)


@dataclass(frozen=True, eq=False, repr=False)
class Includes(Matcher):
    """An item for each argument, in any order, others do not matter."""

    expected: tuple[Any, ...]

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give what is not there, each with the misses of the nearest item."""
        there = _sequence(got)
        taken = matching.assigned(self.expected, there)
        left = [each for index, each in enumerate(there) if index not in taken]
        told: list[Miss] = []
        for number, wanted in enumerate(self.expected):
            if number not in taken.values():
                told.append(Miss(path, quoted(wanted), "missing"))
                told += matching.near(wanted, left)[1] if left else []
        return told

    def __repr__(self) -> str:
        return call("includes", *self.expected)


@dataclass(frozen=True, eq=False, repr=False)
class InOrder(Matcher):
    """An item for each argument, one after another, with others in between."""

    expected: tuple[Any, ...]

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give the first item that does not come after the ones before it."""
        there, begin = _sequence(got), 0
        for number, wanted in enumerate(self.expected):
            found = next((index for index in range(begin, len(there)) if not misses(wanted, there[index])), None)
            if found is None:
                after = f"not after {quoted(self.expected[number - 1])}" if number else "missing"
                early = any(not misses(wanted, each) for each in there[:begin])
                return [Miss(path, quoted(wanted), after if early or number else "missing"),
                        *(matching.near(wanted, there[begin:])[1] if there[begin:] and not early else [])]  # fmt: skip
            begin = found + 1
        return []

    def __repr__(self) -> str:
        return call("in_order", *self.expected)


def _one(value: Any) -> str:
    return str(value) if hasattr(value, "severity") else quoted(value)


def _sequence(got: Any) -> list[Any]:
    """Give the items of a sequence; raises Broken for what is none."""
    if isinstance(got, str | Mapping) or not hasattr(got, "__iter__"):
        raise Broken(f"{quoted(got)} is no sequence; has() and exactly() look at single values")
    return list(got)

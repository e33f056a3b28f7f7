"""Patterns of characters, matched in time that grows with pattern times text and never faster.

Rules of this file:

* Python's regular expressions try one way after the other, so a short hostile pattern can take years. Here all ways
  are followed at once: a set of positions in the pattern moves along the text.
* A node is a test of one character, a `Sequence`, a `Choice` or a `Repeat`. Who reads a notation builds nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

MOST_STATES = 20_000
"""Positions that a pattern may have once its counted repeats are written out."""

_ACCEPTED = 0


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after the other; without parts it is the empty text."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The part `least` to `most` times; None means without end."""

    part: Node
    least: int
    most: int | None


Test = Callable[[str], bool]
Node = Test | Sequence | Choice | Repeat


class TooLarge(ValueError):
    """The counted repeats of a pattern expand to too much."""


@dataclass(slots=True)
class Automaton:
    """A compiled pattern; give the root node, then ask `matches`."""

    root: Node
    _tests: list[tuple[Test, int] | None] = field(default_factory=lambda: [None])
    _skips: list[tuple[int, ...]] = field(default_factory=lambda: [()])
    _closures: dict[int, frozenset[int]] = field(default_factory=dict)
    _start: int = 0

    def __post_init__(self) -> None:
        self._start = self._add(self.root, _ACCEPTED)

    def matches(self, text: str) -> bool:
        """Say whether the whole text fits the pattern."""
        current = self._closure(self._start)
        for character in text:
            following: frozenset[int] = frozenset()
            for state in current:
                edge = self._tests[state]
                if edge and edge[0](character):
                    following |= self._closure(edge[1])
            if not following:
                return False
            current = following
        return _ACCEPTED in current

    def _state(self, test: tuple[Test, int] | None, *skips: int) -> int:
        if len(self._tests) >= MOST_STATES:
            message = f"the pattern expands to more than {MOST_STATES:,} positions; use smaller counts"
            raise TooLarge(message)
        self._tests.append(test)
        self._skips.append(skips)
        return len(self._tests) - 1

    def _add(self, node: Node, target: int) -> int:
        """Build a node whose end is the state `target`; give the state where it starts."""
        if isinstance(node, Sequence):
            for part in reversed(node.parts):
                target = self._add(part, target)
            return target
        if isinstance(node, Choice):
            return self._state(None, *[self._add(part, target) for part in node.parts])
        if isinstance(node, Repeat):
            return self._repeated(node, target)
        return self._state((node, target))

    def _repeated(self, node: Repeat, end: int) -> int:
        target = end
        if node.most is None:
            target = self._state(None)
            self._skips[target] = (self._add(node.part, target), end)
        else:
            for _ in range(node.most - node.least):
                target = self._state(None, self._add(node.part, target), end)
        for _ in range(node.least):
            target = self._add(node.part, target)
        return target

    def _closure(self, state: int) -> frozenset[int]:
        """Give the states that read a character, or accept, and are reached from this one without reading."""
        if state not in self._closures:
            seen, waiting = {state}, [state]
            while waiting:
                for following in self._skips[waiting.pop()]:
                    if following not in seen:
                        seen.add(following)
                        waiting.append(following)
            self._closures[state] = frozenset(each for each in seen if each == _ACCEPTED or self._tests[each])
        return self._closures[state]

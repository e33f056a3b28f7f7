r"""The globs of CodePipeline's triggers (reference E.15.8).

`*` is any characters of one path segment, `**` any characters at all, `?` one character of a segment, `[abc]`, `[a-c]`
and `[!a]` one of a set, `{a,b}` one of some alternatives (not nested), and `\` takes the next character as it is.
A slash that is written must be there: `**/*.md` means no file at the root, `**.md` means all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.simulation.automaton import Automaton, Choice, Repeat, Sequence, TooLarge

if TYPE_CHECKING:
    from reconciler.simulation.automaton import Node, Test

SPECIAL = "*?[]{},\\"
"""Characters that `escape` protects."""


class Malformed(ValueError):
    """A glob that cannot be read; `position` counts characters from 1."""

    def __init__(self, pattern: str, position: int, what: str) -> None:
        super().__init__(f"the pattern {pattern!r} is malformed at character {position}: {what}")
        self.pattern, self.position, self.what = pattern, position, what


def matches(pattern: str, text: str) -> bool:
    """Say whether the whole text (a branch, a tag, a path) fits the pattern; raises Malformed."""
    return compiled(pattern).matches(text)


def escape(text: str) -> str:
    """Give the pattern that only this text fits."""
    return "".join(f"\\{character}" if character in SPECIAL else character for character in text)


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Automaton:
    """Give the automaton of a pattern; raises Malformed with the position."""
    try:
        return Automaton(_Reader(pattern).whole())
    except TooLarge as error:
        raise Malformed(pattern[:80], 1, str(error)) from None


def _any(_: str) -> bool:
    return True


def _inside(character: str) -> bool:
    return character != "/"


@dataclass(frozen=True, slots=True)
class _Set:
    ranges: tuple[tuple[str, str], ...]
    negated: bool

    def __call__(self, character: str) -> bool:
        found = any(first <= character <= last for first, last in self.ranges)
        return found is not self.negated and character != "/"


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0

    def whole(self) -> Node:
        parts: list[Node] = []
        while self.at < len(self.pattern):
            parts.append(self._group() if self.pattern[self.at] == "{" else self._one())
        return Sequence(tuple(parts))

    def _next(self) -> str:
        self.at += 1
        return self.pattern[self.at - 1]

    def _looking_at(self, character: str) -> bool:
        return self.pattern.startswith(character, self.at)

    def _one(self) -> Node:
        character = self._next()
        if character == "*":
            across = self._looking_at("*")
            self.at += across
            return Repeat(_any if across else _inside, 0, None)
        if character == "?":
            return _inside
        if character == "[":
            return self._set()
        if character == "\\":
            if self.at == len(self.pattern):
                raise Malformed(self.pattern, self.at, "nothing follows the backslash")
            character = self._next()
        return _literal(character)

    def _group(self) -> Node:
        opened = self.at + 1
        choices: list[Node] = []
        parts: list[Node] = []
        self.at += 1
        while self.at < len(self.pattern):
            character = self.pattern[self.at]
            if character == "{":
                raise Malformed(self.pattern, self.at + 1, "alternatives stand inside alternatives; write them out")
            if character not in ",}":
                parts.append(self._one())
                continue
            self.at += 1
            choices.append(Sequence(tuple(parts)))
            parts = []
            if character == "}":
                return Choice(tuple(choices))
        raise Malformed(self.pattern, opened, "the { has no }")

    def _set(self) -> Test:
        opened = self.at
        negated = self._looking_at("!")
        self.at += negated
        closing = self.pattern.find("]", self.at + 1)
        if closing < 0:
            raise Malformed(self.pattern, opened, "the [ has no ], or holds nothing")
        ranges: list[tuple[str, str]] = []
        while self.at < closing:
            first = last = self._next()
            if self._looking_at("-") and self.at + 1 < closing:
                self.at += 1
                last = self._next()
            if first > last or "/" in (first, last):
                what = "a set never holds a slash" if "/" in (first, last) else f"the range {first}-{last} is empty"
                raise Malformed(self.pattern, self.at, what)
            ranges.append((first, last))
        self.at = closing + 1
        return _Set(tuple(ranges), negated)


def _literal(character: str) -> Test:
    return character.__eq__

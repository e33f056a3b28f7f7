"""Java's regular expressions, as far as they describe a set of texts (reference D.6: `MATCHES` of VariableCheck).

Look-around, back-references, anchors inside and boundaries are refused with the place: a wrong verdict would be worse
than none. Greedy, reluctant and possessive look alike where the whole text must match, so possessive is refused too.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.simulation.automaton import Automaton, Choice, Repeat, Sequence, TooLarge

if TYPE_CHECKING:
    from reconciler.simulation.automaton import Node, Test

_DEEPEST = 50
_MOST = 1_000
_POSIX = {
    "Lower": "a-z", "Upper": "A-Z", "Alpha": "a-zA-Z", "Digit": "0-9", "Alnum": "a-zA-Z0-9", "XDigit": "0-9a-fA-F",
    "Punct": r"!-/:-@\[-`{-~", "Space": r" \t\n\x0b\f\r", "Blank": r" \t", "ASCII": r"\x00-\x7f",
}  # fmt: skip
_SIMPLE = {"d": "0-9", "w": "a-zA-Z_0-9", "s": r" \t\n\x0b\f\r"}
"""Java's shorthands are ASCII where Python's are not."""
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
_COUNT = re.compile(r"\{(\d{1,9})(,(\d{0,9}))?\}")


class Unreadable(ValueError):
    """An expression that is wrong or beyond what is read here; `position` counts characters from 1."""

    def __init__(self, expression: str, position: int, what: str) -> None:
        super().__init__(f"the regular expression {expression!r} at character {position}: {what}")
        self.position, self.what = position, what


@lru_cache(maxsize=256)
def compiled(expression: str, *, whole: bool = True) -> Automaton:
    """Give the automaton; with `whole=False` a part of the text suffices. Raises Unreadable."""
    node = _Reader(expression).all()
    around: Node = Repeat(_any, 0, None)
    try:
        return Automaton(node if whole else Sequence((around, node, around)))
    except TooLarge as error:
        raise Unreadable(expression, 1, str(error)) from None


def _any(_: str) -> bool:
    return True


def _dot(character: str) -> bool:
    return character not in "\n\r\u0085\u2028\u2029"


class _Reader:
    def __init__(self, expression: str) -> None:
        self.text, self.at, self.depth = expression, 0, 0
        self.end = len(expression)

    def all(self) -> Node:
        # The whole text is judged, so anchors at both ends say nothing.
        self.at += self.text.startswith("^")
        if self.text.endswith("$") and (len(self.text) - len(self.text[:-1].rstrip("\\"))) % 2:
            self.end -= 1
        node = self._choice()
        if self.at < self.end:
            raise self._wrong("this ) closes nothing")
        return node

    def _wrong(self, what: str) -> Unreadable:
        return Unreadable(self.text, self.at + 1, what)

    def _peek(self) -> str:
        return self.text[self.at] if self.at < self.end else ""

    def _take(self, what: str) -> str:
        if self.at >= self.end:
            raise self._wrong(f"{what} is missing")
        self.at += 1
        return self.text[self.at - 1]

    def _choice(self) -> Node:
        choices = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            choices.append(self._sequence())
        return choices[0] if len(choices) == 1 else Choice(tuple(choices))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in ("", "|", ")"):
            if self.text.startswith("\\Q", self.at):
                parts += [_literal(character) for character in self._quoted()]
            else:
                parts.append(self._counted(self._atom()))
        return Sequence(tuple(parts))

    def _quoted(self) -> str:
        closing = self.text.find("\\E", self.at + 2)
        inside = self.text[self.at + 2 : closing if closing >= 0 else self.end]
        self.at = closing + 2 if closing >= 0 else self.end
        return inside

    def _counted(self, node: Node) -> Node:
        sign = self._peek()
        if sign == "{":
            found = _COUNT.match(self.text, self.at)
            if not found:
                raise self._wrong("write counts as {2}, {2,} or {2,5}")
            least = int(found[1])
            most = least if found[2] is None else int(found[3]) if found[3] else None
            if max(least, most or 0) > _MOST or (most is not None and most < least):
                raise self._wrong(f"a count goes up, and to {_MOST:,} at most")
            self.at = found.end()
        elif sign and sign in "*+?":
            least, most = int(sign == "+"), 1 if sign == "?" else None
            self.at += 1
        else:
            return node
        if self._peek() == "+":
            raise self._wrong("possessive quantifiers are not read here; remove the +")
        self.at += self._peek() == "?"
        if self._peek() and self._peek() in "*+?{":
            raise self._wrong("two quantifiers stand together")
        return Repeat(node, least, most)

    def _atom(self) -> Node:
        character = self._take("an expression")
        if character == "(":
            return self._group()
        if character == "[":
            return self._set()
        if character == ".":
            return _dot
        if character == "\\":
            return self._escaped()
        if character in "*+?{":
            self.at -= 1
            raise self._wrong(f"there is nothing to repeat before {character}")
        if character in "^$":
            self.at -= 1
            raise self._wrong("anchors are read at both ends only")
        return _literal(character)

    def _group(self) -> Node:
        if self._peek() == "?":
            name = re.compile(r"\?(?::|<[a-zA-Z][a-zA-Z0-9]*>)").match(self.text, self.at)
            if not name:
                raise self._wrong("of the groups with ? only (?:...) and (?<name>...) are read here")
            self.at = name.end()
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._wrong(f"groups are nested deeper than {_DEEPEST}")
        node = self._choice()
        if self._take("a )") != ")":
            raise self._wrong("a ) is missing")
        self.depth -= 1
        return node

    def _escaped(self) -> Test:
        return _test(self._escape())

    def _escape(self) -> str:
        """Give what follows a backslash as the inside of a Python set; `^` in front means the opposite."""
        character = self._take("a character after the backslash")
        if character.lower() in _SIMPLE:
            return ("^" if character.isupper() else "") + _SIMPLE[character.lower()]
        if character in "pP":
            found = re.compile(r"\{(?:Is)?(\w+)\}").match(self.text, self.at)
            if not found or found[1] not in _POSIX:
                raise self._wrong("of the classes \\p{...} only these are read here: " + ", ".join(_POSIX))
            self.at = found.end()
            return ("^" if character == "P" else "") + _POSIX[found[1]]
        if character in "xu":
            size = 2 if character == "x" else 4
            digits = self.text[self.at : self.at + size]
            if not re.fullmatch(f"[0-9a-fA-F]{{{size}}}", digits):
                raise self._wrong(f"\\{character} needs {size} hexadecimal digits")
            self.at += size
            return re.escape(chr(int(digits, 16)))
        if character in _CONTROL:
            return re.escape(_CONTROL[character])
        if character.isascii() and character.isalnum():
            raise self._wrong(f"\\{character} is not read here")
        return re.escape(character)

    def _set(self) -> Test:
        negated = self._peek() == "^"
        self.at += negated
        inside: list[str] = []
        while self._peek() != "]" or not inside:
            character = self._take("a ]")
            if character == "[" or (character == "&" and self._peek() == "&"):
                raise self._wrong("sets inside sets are not read here")
            item = self._escape() if character == "\\" else character if character == "-" else re.escape(character)
            if item.startswith("^"):
                raise self._wrong("opposites inside a set are not read here")
            inside.append(item)
        self.at += 1
        try:
            return _test(("^" if negated else "") + "".join(inside))
        except re.error:
            raise self._wrong("a range of this set is wrong") from None


def _literal(character: str) -> Test:
    return character.__eq__


@lru_cache(maxsize=1024)
def _test(inside: str) -> Test:
    fits = re.compile(f"[{inside}]").match
    return lambda character: fits(character) is not None

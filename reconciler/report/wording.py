"""Values and counts in words; whatever comes from outside is shown so that it cannot disturb a terminal or a page."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import Any

WIDTH = 72
"""Characters of a value that are shown in one line."""
LONGEST = 2_000
"""Characters of any other text that are shown; what is longer is cut, and says so."""


def value(item: Any) -> str:
    """Show a JSON value in one short line; None is an absent field."""
    return _cut(_line(item))


def change(before: Any, after: Any) -> str:
    """Show two JSON values that differ; where both begin alike for long, each is shown from where they part."""
    one, other = _line(before), _line(after)
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    if alike < WIDTH - 1:
        return f"{_cut(one)} → {_cut(other)}"
    start = alike - WIDTH // 2
    return f"{_cut('…' + one[start:])} → {_cut('…' + other[start:])}"


def _line(item: Any) -> str:
    if item is None:
        return "(absent)"
    return printable(item if isinstance(item, str) and item else json.dumps(item, sort_keys=True, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"


def printable(text: str) -> str:
    """Escape control and direction characters, so that a name cannot pretend to be something else."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def said(text: str, longest: int = LONGEST) -> str:
    """Give a text from outside as it can be shown in a line: escaped, and cut where it is too long."""
    return printable(cut(text, longest))


def cut(text: str, longest: int = LONGEST) -> str:
    """Shorten a text that is too long, and say how long it was."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def document(value: Any) -> str:
    """Write a JSON document, sorted; characters that could disturb a terminal stand in it as JSON escapes them."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    return "\n".join(line if line.isprintable() else _escaped(line) for line in text.split("\n"))


def _escaped(line: str) -> str:
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in line)


def count(number: int, noun: str) -> str:
    """Write a count with its noun: `1 change`, `2 changes`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")

"""Values and counts in words; whatever comes from outside is shown so that it cannot disturb a terminal or a page."""

from __future__ import annotations

import json
from typing import Any

WIDTH = 72
"""Characters of a value that are shown in one line."""


def value(item: Any) -> str:
    """Show a JSON value in one short line; None is an absent field."""
    if item is None:
        return "(absent)"
    text = item if isinstance(item, str) else json.dumps(item, sort_keys=True, ensure_ascii=False)
    shown = printable(text)
    return shown if len(shown) <= WIDTH else f"{shown[: WIDTH - 1]}…"


def printable(text: str) -> str:
    """Escape control and direction characters, so that a name cannot pretend to be something else."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def count(number: int, noun: str) -> str:
    """Write a count with its noun: `1 change`, `2 changes`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")

"""What a person may have meant by a word that is not known."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: object, known: Iterable[object], listed: str = "") -> str:
    """Give the hint for a word: the known one that is like it, or all of them behind `listed`."""
    words = [str(each) for each in known]
    close = get_close_matches(str(word), words, n=1)
    return f"did you mean {close[0]!r}?" if close else f"{listed}{', '.join(words) or 'none'}"

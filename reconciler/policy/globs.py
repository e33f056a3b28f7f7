"""Whether one glob allows all that another one takes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PIECE = re.compile(r"\[!?[^\]]+\]|.", re.DOTALL)
_ALTERNATIVES = re.compile(r"\{([^{}]*)\}")


def covers(allowed: Iterable[str], pattern: str) -> bool:
    """Tell whether everything that `pattern` takes fits one of the `allowed` globs, in which `*` matches slashes too.

    `pattern` is one of a trigger (reference E.15.8), or a plain name. When in doubt the answer is no.
    """
    globs = tuple(allowed)
    return all(any(each == glob or _expression(glob).fullmatch(each) for glob in globs) for each in _spelt_out(pattern))


@lru_cache(maxsize=1024)
def _expression(glob: str) -> re.Pattern[str]:
    """Give what matches the text of a covered pattern: its wildcards are covered by nothing but `*`."""
    return re.compile("".join(map(_translated, _PIECE.findall(glob))), re.DOTALL)


def _translated(piece: str) -> str:
    if piece == "*":
        return ".*"
    if piece == "?":
        return r"[^*?\[\]{}]"
    if len(piece) > 1:
        inside = piece[1:-1].replace("\\", r"\\").replace("[", r"\[")
        return f"[^{inside[1:]}*?\\[\\]{{}}]" if inside.startswith("!") else f"(?![*?])[{inside}]"
    return re.escape(piece)


def _spelt_out(pattern: str) -> Iterator[str]:
    found = _ALTERNATIVES.search(pattern)
    if not found:
        yield pattern
        return
    for choice in found[1].split(","):
        yield from _spelt_out(pattern[: found.start()] + choice + pattern[found.end() :])

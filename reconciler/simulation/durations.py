"""Spans of virtual time: integer milliseconds inside, `90s`, `5m`, `3h04m`, `2d` or `1w` for people."""

from __future__ import annotations

import re
from itertools import pairwise

from reconciler.errors import Broken

MILLISECOND = 1
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

_UNITS = {"w": WEEK, "d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND, "ms": MILLISECOND}
_WHOLE = re.compile(r"(?:\d{1,12}(?:ms|[wdhms]))+")
_PART = re.compile(r"(\d+)(ms|[wdhms])")
_SPELLED = (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND), ("ms", MILLISECOND))

Span = int | str
"""Milliseconds, or a text that `duration` reads."""


def duration(span: Span) -> int:
    """Give milliseconds for milliseconds or for a text such as `90s`, `3h04m` or `1w`; units run from big to small.

    Raises `Broken` for a negative number, a unit that repeats or grows, and anything else.
    """
    if type(span) is int:
        if span < 0:
            raise Broken(f"a duration cannot be negative: {span} ms; write how long after the start it happens")
        return span
    text = str(span).strip()
    parts = _PART.findall(text) if isinstance(span, str) and _WHOLE.fullmatch(text) else []
    sizes = [_UNITS[unit] for _, unit in parts]
    if not parts or any(later >= earlier for earlier, later in pairwise(sizes)):
        raise Broken(f"{span!r} is not a duration; write 90s, 5m, 3h04m, 2d or 1w, biggest unit first")
    return sum(int(number) * _UNITS[unit] for number, unit in parts)


def spell(milliseconds: int) -> str:
    """Write milliseconds so that `duration` reads the same back: `7d`, `3h04m`, `1m30s`, `0s`."""
    text, rest = "", milliseconds
    for unit, size in _SPELLED:
        number, rest = divmod(rest, size)
        if number:
            width = 2 if text and unit != "ms" else 0
            text += f"{number:0{width}d}{unit}" if width else f"{number}{unit}"
    return text or "0s"

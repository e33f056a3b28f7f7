"""How many drifts there were over time, as a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.html.elements import add

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from xml.etree import ElementTree as ET

    Span = tuple[datetime, datetime | None]

WIDTH, HEIGHT, LEFT, BOTTOM = 720, 160, 36, 24
"""Units of the picture: the whole, the room for the numbers, and the room for the dates."""


def counts(spans: Sequence[Span], start: datetime, end: datetime) -> list[tuple[datetime, int]]:
    """Give how many spans are open from each moment on at which that changes; a span without an end is still open."""
    steps = {start, end}
    steps.update(at for span in spans for at in span if at and start < at < end)
    return [
        (at, sum(1 for began, over in spans if began <= at and (over is None or over > at))) for at in sorted(steps)
    ]


def draw(parent: ET.Element, spans: Sequence[Span], start: datetime, end: datetime) -> None:
    """Draw how many drifts were open at the same time, and say it in words."""
    steps = counts(spans, start, end)
    most = max(number for _, number in steps)
    top = max(most, 1)
    picture = add(parent, "svg", viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_labelledby="trend-title trend-words")
    add(picture, "title", "Open drifts over time", id="trend-title")
    words = f"From {start:%Y-%m-%d} to {end:%Y-%m-%d}: at most {most} at a time, {steps[-1][1]} now."
    add(picture, "desc", words, id="trend-words")
    floor = HEIGHT - BOTTOM
    for number in {0, top}:
        y = f"{_y(number, top):.1f}"
        add(picture, "line", kind="axis", x1=str(LEFT), x2=str(WIDTH), y1=y, y2=y)
        add(picture, "text", str(number), x=str(LEFT - 8), y=f"{_y(number, top) + 4:.1f}", text_anchor="end")
    add(picture, "text", f"{start:%d %b %Y}", x=str(LEFT), y=str(floor + 18))
    add(picture, "text", f"{end:%d %b %Y}", x=str(WIDTH), y=str(floor + 18), text_anchor="end")
    add(picture, "path", kind="line", d=_path(steps, top))
    add(parent, "p", words, kind="faint")


def _path(steps: Sequence[tuple[datetime, int]], top: int) -> str:
    start, length = steps[0][0], (steps[-1][0] - steps[0][0]).total_seconds() or 1
    drawn = f"M{LEFT} {_y(steps[0][1], top):.1f}"
    for at, number in steps[1:]:
        x = LEFT + (WIDTH - LEFT) * (at - start).total_seconds() / length
        drawn += f"H{x:.1f}V{_y(number, top):.1f}"
    return drawn


def _y(number: int, top: int) -> float:
    return 8 + (HEIGHT - BOTTOM - 8) * (1 - number / top)

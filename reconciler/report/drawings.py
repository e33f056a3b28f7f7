"""The timeline of runs as a self-contained SVG: no script, no font, no link; light and dark as the reader wants."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from reconciler.report import timelines, verdicts, wording
from reconciler.simulation.durations import spell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.report.timelines import Bar
    from reconciler.simulation.trace import Run

WIDTH, MARGIN, ROW, TOP, BAR = 960, 220, 24, 56, 16
"""Pixels: the whole, the labels' column, a row, what is above the first row, and a bar's height."""
PATTERNS = {"ok": "", "failed": "4 2", "waiting": "1 2", "running": "8 3"}
"""Dashes of the bars' outlines: the kinds differ without colours, too."""
_STYLE = """
svg { color-scheme: light dark; font: 13px system-ui, sans-serif; background: #fff; }
text { fill: #1f2328; } .faint { fill: #59636e; } .rule { stroke: #d1d9e0; }
.ok { fill: #1a7f37; stroke: #116329; } .failed { fill: #d1242f; stroke: #82061e; }
.waiting { fill: #ddf4ff; stroke: #0969da; } .running { fill: #fff8c5; stroke: #9a6700; }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117; }
text { fill: #f0f6fc; } .faint { fill: #9198a1; } .rule { stroke: #3d444d; }
.ok { fill: #238636; stroke: #3fb950; } .failed { fill: #da3633; stroke: #f85149; }
.waiting { fill: #0c2d6b; stroke: #58a6ff; } .running { fill: #4b2900; stroke: #d29922; } }
"""


def svg(runs: Sequence[Run]) -> str:
    """Give the timeline of runs as an SVG document with a title and a description for those who cannot see it."""
    bars, total = timelines.bars(runs), timelines.length(runs)
    height = TOP + ROW * len(bars) + 8
    root = ET.Element(
        "svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height}", width=str(WIDTH),
        height=str(height), role="img",
    )  # fmt: skip
    root.set("aria-labelledby", "title desc")
    title = wording.printable(", ".join(f"{run.pipeline} #{run.number}: {run.status}" for run in runs))
    _text(root, "title", title, id="title")
    _text(root, "desc", _described(runs, bars), id="desc")
    _text(root, "style", _STYLE)
    _text(root, "text", _cut(title, WIDTH - 16), x="8", y="20")
    _text(root, "text", "0s", x=str(MARGIN), y=str(TOP - 12), attributes={"class": "faint"})
    end = {"class": "faint", "text-anchor": "end"}
    _text(root, "text", spell(total), x=str(WIDTH - 8), y=str(TOP - 12), attributes=end)
    for index, bar in enumerate(bars):
        _row(root, bar, TOP + ROW * index, total)
    return ET.tostring(root, encoding="unicode") + "\n"


def _row(root: ET.Element, bar: Bar, top: int, total: int) -> None:
    label = wording.printable(bar.label)
    _text(root, "text", _cut(label, MARGIN), x="8", y=str(top + BAR - 3))
    line = {"x1": str(MARGIN), "x2": str(WIDTH - 8), "y1": str(top + BAR + 3), "y2": str(top + BAR + 3)}
    ET.SubElement(root, "line", {"class": "rule", **line})
    scale = (WIDTH - 8 - MARGIN) / max(total, 1)
    left, width = MARGIN + bar.start * scale, max((bar.end - bar.start) * scale, 2)
    place = {"x": f"{min(left, WIDTH - 10):.1f}", "y": str(top), "width": f"{width:.1f}", "height": str(BAR)}
    box = ET.SubElement(root, "rect", {"class": bar.kind, "rx": "2", "stroke-dasharray": PATTERNS[bar.kind], **place})
    _text(box, "title", f"{label}: {_span(bar)}")


def _described(runs: Sequence[Run], bars: tuple[Bar, ...]) -> str:
    said = [verdicts.verdict(run, runs) for run in runs]
    return ". ".join([*said, *(f"{wording.printable(bar.label)}: {_span(bar)}" for bar in bars)])


def _cut(label: str, pixels: int) -> str:
    """Shorten a text from its front so that it fits, at about seven pixels a character."""
    room = pixels // 7
    return label if len(label) <= room else f"…{label[len(label) - room + 1 :]}"


def _span(bar: Bar) -> str:
    end = "not ended" if bar.open else f"to +{spell(bar.end)}"
    return f"{bar.kind}, from +{spell(bar.start)} {end}"


def _text(parent: ET.Element, tag: str, content: str, attributes: dict[str, str] | None = None, **more: str) -> None:
    ET.SubElement(parent, tag, {**(attributes or {}), **more}).text = content

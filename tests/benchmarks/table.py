"""The table: measured values, their ratio, the target and the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADERS = ("what", "ours", "peer", "ratio", "target", "verdict")


class Series(NamedTuple):
    """The same thing measured a few times."""

    unit: str
    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.values)

    def __str__(self) -> str:
        spread = sorted({_short(min(self.values)), _short(max(self.values))}, key=float)
        several = f" ({'-'.join(spread)})" if len(self.values) > 1 and len(spread) > 1 else ""
        return f"{_short(self.middle)} {self.unit}{several}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what we cost, what the peer costs, and what was promised."""

    what: str
    ours: Series | None = None
    peer: Series | None = None
    least: float | None = None
    """The peer costs at least so many times what we do."""
    most: float | None = None
    """We cost at most this, in the unit of `ours`."""
    skipped: str = ""
    """Why nothing was measured."""

    @property
    def ratio(self) -> float | None:
        """How many times as much the peer costs."""
        return self.peer.middle / self.ours.middle if self.ours and self.peer else None

    @property
    def verdict(self) -> str:
        """`ok`, `missed`, why it was skipped, or a dash where nothing was promised."""
        if self.skipped:
            return f"skipped: {self.skipped}"
        kept = [self.ratio >= self.least] if self.least and self.ratio else []
        kept += [self.ours.middle <= self.most] if self.most and self.ours else []
        return "-" if not kept else "ok" if all(kept) else "missed"

    def cells(self) -> tuple[str, ...]:
        """Give the row as text."""
        ratio = f"{self.ratio:.1f}x" if self.ratio else "-"
        return (self.what, str(self.ours or "-"), str(self.peer or "-"), ratio, self._target(), self.verdict)

    def _target(self) -> str:
        if self.least:
            return f">= {self.least:g}x"
        return f"<= {self.most:g} {self.ours.unit}" if self.most and self.ours else "-"


def render(rows: Iterable[Row]) -> str:
    """Give the table as aligned text."""
    lines = [HEADERS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
                     for line in lines)  # fmt: skip


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"

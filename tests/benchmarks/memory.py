"""How peak memory grows with the number of pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import site as sites
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.asked import Asked

GROWTH = 10
MOST = 30
"""KiB for each further pipeline."""


def rows(asked: Asked) -> Iterator[Row]:
    """Measure first and quiet passes of N and of ten times N pipelines."""
    less, more = asked.pipelines, asked.pipelines * GROWTH
    small, large = (_peaks(count, asked) for count in (less, more))
    for what, before, after in zip(("first", "quiet"), small, large, strict=True):
        growth = Series("KiB", ((after.middle - before.middle) * 1024 / (more - less),))
        yield Row(f"{what} pass, memory for one more pipeline, N={less:,} to {more:,}", growth, most=MOST)
        yield Row(f"{what} pass, peak memory, N={more:,} / N={less:,}", before, after)


def _peaks(count: int, asked: Asked) -> tuple[Series, Series]:
    """Give the peaks of first passes and of quiet passes in MiB."""
    first = []
    with sites.opened(count) as site:
        for _ in asked.runs(3):
            site.forget()
            first.append(site.reconciler("apply").peak)
        quiet = [site.reconciler("apply").peak for _ in asked.runs(3)]
    return Series("MiB", tuple(first)), Series("MiB", tuple(quiet))

"""What it costs to write definitions as YAML instead of JSON: the first pass reads every file, later ones none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import site as sites
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.asked import Asked


def rows(asked: Asked) -> Iterator[Row]:
    """Measure first passes over both kinds of files."""
    ours, theirs = (_first(form, asked) for form in ("json", "yaml"))
    yield Row(f"first pass over JSON / over YAML, N={asked.pipelines:,}, 0 ms a call", ours, theirs)


def _first(form: str, asked: Asked) -> Series:
    seconds = []
    with sites.opened(asked.pipelines, form=form) as site:
        for _ in asked.runs(3):
            site.forget()
            seconds.append(site.reconciler("apply").wall)
    return Series("s", tuple(seconds))

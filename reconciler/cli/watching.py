"""`reconciler status --watch`: the table of all accounts and Regions, live, from what the daemon remembers."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.cli import output, status
from reconciler.errors import Broken
from reconciler.report import drifts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import RenderableType

    from reconciler.cli.status import Healths
    from reconciler.store.status import Status

EVERY = 2.0
"""Seconds between two looks at the store."""
_COLOURS = {"synced": "green", "drifted": "red", "failed": "red", "held": "yellow", "pending": "yellow"}


def watch(draw: Callable[[], RenderableType]) -> None:
    """Show what `draw` gives until Ctrl-C; raises Broken where there is no terminal to show it on."""
    if not sys.stdout.isatty():
        raise Broken("--watch needs a terminal; without one, ask again and again: reconciler status --format json")
    show(draw, time.sleep)


def show(draw: Callable[[], RenderableType], sleep: Callable[[float], None]) -> None:
    """Show what `draw` gives until Ctrl-C comes while it sleeps; it is drawn anew after each."""
    from rich.live import Live

    with Live(draw(), auto_refresh=False, screen=True) as live:
        try:
            while True:
                live.update(draw(), refresh=True)
                sleep(EVERY)
        except KeyboardInterrupt:
            return


def table(rows: Sequence[Status], healths: Healths) -> RenderableType:
    """Give the table, what is not in sync first, under a line that counts."""
    from rich.console import Group
    from rich.text import Text

    ordered = sorted(rows, key=lambda row: (row.state in ("synced", "unmanaged"), row.target, row.name))
    cells = [status.cells(row, healths.get((row.target, row.name))) for row in ordered]
    grid = output.grid(status.HEADERS, cells)
    for number, row in enumerate(ordered):
        grid.rows[number].style = _COLOURS.get(row.state, "")
    return Group(Text(_headline(rows)), grid)


def _headline(rows: Sequence[Status]) -> str:
    states = sorted({row.state for row in rows})
    counts = ", ".join(f"{sum(row.state == state for row in rows):,} {state}" for state in states)
    return f"{drifts.clock(datetime.now(UTC))}  {counts or output.UNUSED}"

"""Checks of what the daemon shares with others: the right to write, and the queue."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from reconciler.cli import build
from reconciler.cli.checks.examination import ok

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.cli.checks.examination import Answer, Patient


def lease(patient: Patient) -> Iterator[Answer]:
    """See which daemon may write now."""
    from reconciler.store import inspection

    if not inspection.inspect(build.store_url(patient.settings, patient.base)).revision:
        yield ok("nobody has written yet")
        return
    with closing(build.lease(patient.settings, patient.base)) as found:
        standing = found.standing()
    yield ok(f"{standing} leads" if standing and standing.is_held else "no daemon leads now")


def queue(patient: Patient) -> Iterator[Answer]:
    """See whether the queue is there, and may be asked for."""
    arn = patient.settings.source.queue
    if not arn:
        yield ok("source.queue is empty: changes are seen at the next poll")
        return
    with build.queue(patient.settings) as there:
        there.find()
    yield ok(f"{arn} is there")

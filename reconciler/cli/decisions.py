"""What the verbs share with which people decide: who decides, where it is written down, and how it is shown."""

from __future__ import annotations

import getpass
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import build, options, output

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from reconciler.plan.holds import Decision, Kind
    from reconciler.sync.deciding import Desk

SHOWN = 50
"""Decisions that a list shows."""

By = Annotated[str | None, typer.Option(metavar="WHO", help="Who decides; without it the user of this machine.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; it is shown wherever this counts.")]
For = Annotated[str | None, typer.Option("--for", metavar="TIME", help="How long it counts, such as 30m, 2h or 1d.")]


def end(now: datetime, length: str | None, until: str | None = None) -> datetime | None:
    """Give the end that `--for` or `--until` says; None if neither does."""
    from reconciler.sync import deciding

    return deciding.end(now, length, until)


@contextmanager
def desk(config: Path | None, overrides: Sequence[str], by: str | None) -> Iterator[Desk]:
    """Give where decisions are taken, in the name of `by` or of the user who runs this."""
    from reconciler.sync.deciding import Desk

    loaded, base = build.settings(config, overrides)
    with build.store(loaded, base) as store:
        yield Desk(loaded, store, _user() if by is None else by, datetime.now(UTC))


def listed(config: Path | None, overrides: Sequence[str], kind: Kind, form: options.Format) -> None:
    """Write the decisions of a kind, the newest first."""
    loaded, base = build.settings(config, overrides)
    with build.store(loaded, base) as store:
        show(store.past_decisions(kind, SHOWN), form, f"there is no {kind}")


def show(decisions: Sequence[Decision], form: options.Format, none: str = "") -> None:
    """Write decisions; `none` is said where there are none."""
    from reconciler.report import decisions as report

    now = datetime.now(UTC)
    if form is options.Format.JSON:
        output.as_json([report.document(each, now) for each in decisions])
    elif decisions:
        output.table(report.HEADERS, [report.cells(each, now) for each in decisions])
    elif none:
        output.say(none)


def _user() -> str:
    """Give the name of the user who runs this; nothing proves it to the store."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without an entry, as in some containers
        return "unknown"

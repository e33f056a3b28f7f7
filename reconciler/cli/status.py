"""`reconciler status`: how every pipeline stands since the last pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.cli import build, options, output
from reconciler.report import wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.store.status import Status

EPILOG = "Example: reconciler status --format json"


def status(
    config: options.Config = None,
    settings: options.Set = None,
    form: options.AsFormat = options.Format.TEXT,
) -> None:
    """Show how every pipeline of all accounts and Regions stands since the last pass."""
    with output.errors():
        loaded, base = build.settings(config, settings or ())
        with build.store(loaded, base) as store:
            rows = store.statuses()
        show(rows, form)


def show(rows: Sequence[Status], form: options.Format) -> None:
    """Write how pipelines stand."""
    if form is options.Format.JSON:
        output.as_json([_document(row) for row in rows])
    elif rows:
        output.table(("target", "pipeline", "state", "version", "since", "reason"), [_cells(row) for row in rows])
    else:
        output.say(output.UNUSED)


def _document(row: Status) -> dict[str, Any]:
    return {
        "account": row.target.account,
        "region": row.target.region,
        "name": row.name,
        "state": row.state,
        "version": row.version,
        "since": row.since.isoformat(),
        "reason": row.reason,
    }


def _cells(row: Status) -> tuple[str, ...]:
    since = row.since.strftime("%Y-%m-%d %H:%M:%SZ")
    return (str(row.target), row.name, row.state, str(row.version or ""), since, wording.printable(row.reason))

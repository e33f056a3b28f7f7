"""`reconciler status`: how every pipeline stands since the last pass."""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli import build, options, output
from reconciler.report import driftdocument, drifts, wording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.pipeline.arns import Target
    from reconciler.plan.health import Health
    from reconciler.plan.holds import Decision
    from reconciler.store.outbox import Posted
    from reconciler.store.status import Status

    Healths = Mapping[tuple[Target, str], Health]

EPILOG = "Example: reconciler status --watch"

HEADERS = ("target", "pipeline", "state", "version", "since", "last execution", "reason")


def status(
    config: options.Config = None,
    settings: options.Set = None,
    form: options.AsFormat = options.Format.TEXT,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Keep showing it, on a terminal, until Ctrl-C.")] = False,
    targets: Annotated[
        bool, typer.Option("--targets", help="Show what the last pass spent on each account and Region, slowest first.")
    ] = False,
) -> None:
    """Show how every pipeline of all accounts and Regions stands since the last pass."""
    with output.errors():
        loaded, base = build.settings(config, settings or ())
        with build.store(loaded, base) as store:
            if targets:
                from reconciler.cli import targets as shown

                shown.show(store.efforts(), form)
                return
            if watch:
                from reconciler.cli import watching

                watching.watch(lambda: watching.table(store.statuses(), store.healths()))
                return
            rows, decided, healths = store.statuses(), store.decisions(), store.healths()
            troubled = store.troubled()
        show(rows, decided, form, healths)
        undelivered(troubled)


def undelivered(letters: Sequence[Posted]) -> None:
    """Tell what did not arrive where it was sent: what is tried again, and what was given up in the last week."""
    for fault in dict.fromkeys(each.fault for each in letters):
        same = [each for each in letters if each.fault == fault]
        waiting = [each for each in same if each.ended is None]
        for found, what in ((waiting, "not delivered yet"), ([each for each in same if each.ended], "given up")):
            if found:
                since = drifts.clock(found[0].at)
                output.say(f"{wording.count(len(found), 'letter')} {what}, the first of {since}: {fault}")


def show(
    rows: Sequence[Status], decided: Sequence[Decision], form: options.Format, healths: Healths = MappingProxyType({})
) -> None:
    """Write how pipelines stand, and what people decided about them that counts now."""
    from reconciler.cli import decisions

    now = datetime.now(UTC)
    counting = [each for each in decided if each.counts(now)]
    if form is options.Format.JSON:
        output.as_json(documents(rows, counting, healths))
        return
    if rows:
        output.table(HEADERS, [cells(row, healths.get((row.target, row.name))) for row in rows])
        failures(rows, healths)
    else:
        output.say(output.UNUSED)
    decisions.show(counting, form)


def documents(
    rows: Sequence[Status], decided: Sequence[Decision], healths: Healths = MappingProxyType({})
) -> list[dict[str, Any]]:
    """Give a document for each pipeline; `decisions` are sentences about what is decided for it by name."""
    return [
        _document(
            row, [each.sentence for each in decided if each.name == row.name], healths.get((row.target, row.name))
        )
        for row in rows
    ]


def failures(rows: Sequence[Status], healths: Healths) -> None:
    """Write what failed in last executions, with what is known to help."""
    found = [health for row in rows if (health := healths.get((row.target, row.name))) and health.failed]
    for health in found:
        output.data("\n".join([f"{wording.printable(health.name)} in {health.target}", *drifts.failed(health)]))


def _document(row: Status, decided: list[str], health: Health | None) -> dict[str, Any]:
    return {
        "account": row.target.account,
        "region": row.target.region,
        "name": row.name,
        "state": row.state,
        "version": row.version,
        "since": row.since.isoformat(),
        "reason": row.reason,
        "decisions": decided,
        "lastExecution": driftdocument.health(health) if health else None,
    }


def cells(row: Status, health: Health | None) -> tuple[str, ...]:
    """Give the cells of a row under `HEADERS`."""
    since = row.since.strftime("%Y-%m-%d %H:%M:%SZ")
    last = f"{health.status} {drifts.clock(health.changed)}" if health and health.changed else ""
    return str(row.target), row.name, row.state, str(row.version or ""), since, last, wording.printable(row.reason)

"""`reconciler drift`: what moved away from git, since when, by whom, and what healing would do. It writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import build, options, output
from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.plan.drift import DriftReport
    from reconciler.report.html.trend import Span

DRIFT = 3

EPILOG = "Example: reconciler drift --since 7d --format markdown"


class Form(StrEnum):
    """How a drift report is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    SARIF = "sarif"
    HTML = "html"


def drift(
    name: Annotated[str, typer.Argument(help="Only this pipeline.", show_default=False)] = "",
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Also what is over since: 7d, 12h, or an ISO 8601 time.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Everything about the pipeline that is named, its past included.")
    ] = False,
    executions: Annotated[
        bool, typer.Option("--executions", help="Look at the last execution of every pipeline, one call for each.")
    ] = False,
    config: options.Config = None,
    settings: options.Set = None,
    form: Annotated[Form, typer.Option("--format", "-f", help="How the report is written.")] = Form.TEXT,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Show what drifted: what, since when, by whom.

    Exit status: 0 nothing drifted, 2 could not run or read something, 3 drift.
    """
    with output.errors():
        if explain and not name:
            raise Broken("--explain needs a pipeline: reconciler drift NAME --explain")
        loaded, base = build.settings(config, settings or ())
        past = _past(since, datetime.now(UTC)) if since else datetime.fromtimestamp(0, UTC) if explain else None
        with (
            output.progress(quiet=quiet, verbose=verbose) as tell,
            build.world(loaded, base, tell, at_once=True) as world,
        ):
            from reconciler.sync import passes, reporting
            from reconciler.sync.drifting import Wish

            report = passes.drift(world, Wish(name, past), executions=executions)
            trend = reporting.spans(world) if form is Form.HTML and not name else ()
        show(report, form, trend, explain=explain, quiet=quiet)
    raise typer.Exit(status(report))


def show(
    report: DriftReport, form: Form, spans: Sequence[Span] = (), *, explain: bool = False, quiet: bool = False
) -> None:
    """Write a report in the wanted form; with `quiet`, a text without its summary. `spans` are for the trend."""
    from reconciler import __version__
    from reconciler.report import driftforms, drifts

    if form is Form.TEXT:
        output.plan_text(drifts.explained(report) if explain else drifts.text(report), quiet=quiet)
    else:
        output.data(driftforms.write(report, form, spans, __version__))


def status(report: DriftReport) -> int:
    """Give the exit status of a report: what could not be read is never "no drift"."""
    if report.drifted:
        return DRIFT
    return output.COULD_NOT_RUN if report.unreadable else 0


def _past(text: str, now: datetime) -> datetime:
    """Give the time that `--since` means: so long ago, or a point in time, UTC unless it says otherwise."""
    from pydantic import TypeAdapter, ValidationError

    from reconciler import scalars

    try:
        return now - timedelta(seconds=TypeAdapter(scalars.Seconds).validate_python(text))
    except (ValidationError, OverflowError):
        pass
    try:
        return scalars.moment(text)
    except ValueError:
        raise Broken(f"--since {text}: write how long ago, such as 7d or 12h, or a time such as 2026-05-01") from None

"""`reconciler doctor`: is everything there that the daemon needs, and what is to be done where it is not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options, output
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.cli.checks.examination import Row
    from reconciler.cli.surroundings import Asked

EPILOG = "Example: reconciler doctor --config /etc/reconciler/reconciler.yaml --with-iam"
SCHEMA = "codepipeline-reconciler/doctor/1"
UNFIT = 1


def doctor(
    config: options.Config = None,
    settings: options.Set = None,
    form: options.AsFormat = options.Format.TEXT,
    with_iam: Annotated[
        bool, typer.Option("--with-iam", help="Judge the roles of live pipelines, too, as IAM shows them.")
    ] = False,
    load: Annotated[
        int | None, typer.Option("--load", metavar="N", min=1, help="Tell what N pipelines would cost; ask nothing.")
    ] = None,
    latency: Annotated[
        float, typer.Option("--latency", metavar="MS", min=0, help="With --load: milliseconds that a call takes.")
    ] = 100,
    quiet: options.Quiet = False,
) -> None:
    """Check git, credentials, permissions, clock, store, disk, address, webhooks and systemd; change nothing.

    Reads are tried for real, writes are simulated by IAM where that is allowed. What cannot be found out is unknown,
    never fine. Each line says what to do: a setting, a command, or the IAM statement to add.

    With --load N it is a model: calls, seconds and memory of passes over N pipelines with the settings as they are.

    Exit status: 0 nothing is an error, 1 something is.
    """
    if load is not None:
        from reconciler.cli import loads

        with output.errors():
            loads.show(config, settings or [], load, latency / 1000, form)
        return
    from reconciler.cli.surroundings import Asked

    asked = Asked((), config, tuple(settings or ()), ())
    try:
        with output.errors():
            rows = _rows(asked, with_iam=with_iam, quiet=quiet)
    except typer.Exit:
        raise typer.Exit(UNFIT) from None
    _write(rows, form, quiet=quiet)
    raise typer.Exit(UNFIT if any(row.result == "error" for row in rows) else 0)


def _rows(asked: Asked, *, with_iam: bool, quiet: bool) -> tuple[Row, ...]:
    from reconciler.cli import build
    from reconciler.cli.checks.examination import Result, Row

    try:
        loaded, base = build.settings(asked.config, asked.overrides)
        build.require_extra()
    except ReconcilerError as error:
        return (
            Row("settings", "the settings can be read", "", Result.ERROR, str(error), "correct the settings first"),
        )
    import os
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import closing
    from datetime import UTC, datetime

    from reconciler.aws.buckets import Buckets
    from reconciler.aws.probing import Probe
    from reconciler.aws.sessions import Sessions
    from reconciler.cli.checks import examination, table
    from reconciler.sync.state import accesses

    def now() -> datetime:
        return datetime.now(UTC)

    checks = [check for check in table.CHECKS if with_iam or not check.roles]
    workers = loaded.scale.workers
    with closing(Sessions(loaded.aws, workers)) as sessions, ThreadPoolExecutor(workers) as executor:
        probe = Probe(sessions, Buckets(loaded.aws), now)
        patient = examination.Patient(
            loaded, base, probe, now, dict(os.environ), Path("/"), asked, tuple(accesses(loaded).values())
        )
        with output.progress(quiet=quiet, verbose=False) as tell:
            return examination.examine(patient, checks, executor, tell)


def _write(rows: Sequence[Row], form: options.Format, *, quiet: bool) -> None:
    from reconciler.cli.checks import examination

    counted = examination.counts(rows)
    if form is options.Format.JSON:
        output.as_json({"schema": SCHEMA, "checks": [row.document() for row in rows], "counts": counted})
        return
    for row in rows:
        place = f"{row.where}: " if row.where else ""
        output.data(f"{row.result:<8} {row.id:<15} {place}{row.sentence}")
        if row.remedy and row.result != "ok":
            output.data(f"{'':<24} → {row.remedy}")
    if not quiet:
        output.say(", ".join(f"{count} {result}" for result, count in counted.items() if count))

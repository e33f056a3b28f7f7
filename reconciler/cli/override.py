"""`reconciler override`: break-glass. For a while nothing that people set holds changes, and it is known why."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli import decisions, options, output
from reconciler.errors import Broken

EPILOG = 'Example: reconciler override --environment prod --reason "INC-4711: payments are down" --for 1h'


def override(
    name: Annotated[str | None, typer.Argument(help="A pipeline; without anything, overrides are listed.")] = None,
    environment: Annotated[str | None, typer.Option(metavar="ENV", help="All pipelines of an environment.")] = None,
    reason: decisions.Reason = "",
    length: decisions.For = None,
    by: decisions.By = None,
    revoke: Annotated[int | None, typer.Option(metavar="ID", help="End an override now.")] = None,
    config: options.Config = None,
    settings: options.Set = None,
    form: options.AsFormat = options.Format.TEXT,
) -> None:
    """Let changes pass windows, approvals and suspensions until it expires; only who is in `sync.break_glass` may."""
    from reconciler.plan.holds import Kind

    with output.errors():
        if name is None and environment is None and revoke is None:
            decisions.listed(config, settings or (), Kind.OVERRIDE, form)
            return
        with decisions.desk(config, settings or (), by) as desk:
            if revoke is not None:
                decided = desk.revoke(revoke)
            else:
                until = decisions.end(desk.now, length)
                if until is None:
                    raise Broken("an override has an end: say how long it counts, such as --for 1h")
                decided = desk.override(name or "", environment or "", reason, until)
        decisions.show([decided], form)

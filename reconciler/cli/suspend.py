"""`reconciler suspend`: a pipeline is left alone, whatever git and AWS say of it."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli import decisions, options, output

EPILOG = 'Example: reconciler suspend shop-prod-deploy --reason "the vendor works on it" --for 2h'


def suspend(
    name: Annotated[str | None, typer.Argument(help="A pipeline; without it, suspensions are listed.")] = None,
    reason: decisions.Reason = "",
    length: decisions.For = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it ends (ISO 8601, UTC unless it says otherwise).")
    ] = None,
    by: decisions.By = None,
    config: options.Config = None,
    settings: options.Set = None,
    form: options.AsFormat = options.Format.TEXT,
) -> None:
    """Leave a pipeline alone until `reconciler resume`, or until a time."""
    with output.errors():
        if name is None:
            from reconciler.plan.holds import Kind

            decisions.listed(config, settings or (), Kind.SUSPENSION, form)
            return
        with decisions.desk(config, settings or (), by) as desk:
            decided = desk.suspend(name, reason, decisions.end(desk.now, length, until))
        decisions.show([decided], form)

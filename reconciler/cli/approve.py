"""`reconciler approve`: the daemon applies a plan that waits, if it is still this one."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli import decisions, options, output

EPILOG = 'Example: reconciler approve 3f6a0c9b12de --reason "CHG-1024"'


def approve(
    digest: Annotated[
        str | None, typer.Argument(help="Digest of an environment's plan, as `reconciler plan` shows it.")
    ] = None,
    reason: decisions.Reason = "",
    by: decisions.By = None,
    config: options.Config = None,
    settings: options.Set = None,
    form: options.AsFormat = options.Format.TEXT,
) -> None:
    """Approve what waits in an environment in manual mode; without a digest, approvals are listed.

    The next pass of the daemon applies it, exactly when that is still its plan; otherwise the approval is forgotten.
    """
    with output.errors():
        if digest is None:
            from reconciler.plan.holds import Kind

            decisions.listed(config, settings or (), Kind.APPROVAL, form)
            return
        with decisions.desk(config, settings or (), by) as desk:
            decided = desk.approve(digest, reason)
        decisions.show([decided], form)

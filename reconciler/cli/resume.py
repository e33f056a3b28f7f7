"""`reconciler resume`: the end of a suspension."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli import decisions, options, output

EPILOG = "Example: reconciler resume shop-prod-deploy"


def resume(
    name: Annotated[str, typer.Argument(help="A pipeline that is suspended.")],
    by: decisions.By = None,
    config: options.Config = None,
    settings: options.Set = None,
    form: options.AsFormat = options.Format.TEXT,
) -> None:
    """End the suspension of a pipeline; the next pass brings it to what git says."""
    with output.errors(), decisions.desk(config, settings or (), by) as desk:
        decisions.show(desk.resume(name), form)

"""`reconciler plan`: what a pass would change. It cannot write: the steps that do are not in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import build, options, output

if TYPE_CHECKING:
    from reconciler.plan.changes import Plan

CHANGES, BLOCKED = 3, 4

EPILOG = "Example: reconciler plan --format markdown --out plan.json"


def plan(
    config: options.Config = None,
    settings: options.Set = None,
    form: options.AsPlanFormat = options.PlanFormat.TEXT,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a plan file for `reconciler apply FILE`.")
    ] = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Show what a pass would change.

    Exit status: 0 no change, 2 could not run, 3 changes, 4 something is blocked.
    """
    with output.errors():
        loaded, base = build.settings(config, settings or ())
        with (
            output.progress(quiet=quiet, verbose=verbose) as tell,
            build.world(loaded, base, tell, at_once=True) as world,
        ):
            from reconciler.sync import passes

            found = passes.preview(world, at_once=out is not None).known[2]
        if out is not None:
            _write(found, out)
        show(found, form, quiet=quiet)
    raise typer.Exit(status(found))


def show(plan: Plan, form: options.PlanFormat, *, quiet: bool = False) -> None:
    """Write a plan in the wanted form; with `quiet`, a text without its summary."""
    from reconciler.report import plans

    match form:
        case options.PlanFormat.JSON:
            output.as_json(plans.document(plan))
        case options.PlanFormat.MARKDOWN:
            output.data(plans.markdown(plan))
        case options.PlanFormat.HTML:
            from reconciler.report.html import plan as html

            output.data(html.page(plan))
        case options.PlanFormat.TEXT:
            output.plan_text(plans.text(plan), quiet=quiet)


def status(plan: Plan) -> int:
    """Give the exit status of a plan."""
    if plan.unreadable and not plan.in_sync and not plan.changes:
        return output.COULD_NOT_RUN
    if plan.blocked:
        return BLOCKED
    return CHANGES if plan.open else 0


def _write(plan: Plan, out: Path) -> None:
    from reconciler.errors import Broken
    from reconciler.report import plans

    try:
        out.write_text(json.dumps(plans.document(plan), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    except OSError as error:
        raise Broken(f"--out {out}: {error.strerror}") from None

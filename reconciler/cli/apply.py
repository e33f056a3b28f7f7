"""`reconciler apply`: one pass, with or without a plan file that must still be true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli import build, options, output
from reconciler.errors import Broken

if TYPE_CHECKING:
    from reconciler.plan.changes import Plan
    from reconciler.sync.state import Pass

FAILED, BLOCKED = 1, 4

EPILOG = "Example: reconciler plan --out plan.json && reconciler apply plan.json"


def apply(
    planfile: Annotated[Path | None, typer.Argument(help="Apply only if today's plan is still this one.")] = None,
    config: options.Config = None,
    settings: options.Set = None,
    form: options.AsFormat = options.Format.TEXT,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Make live pipelines equal to git, once.

    Exit status: 0 done, 1 some pipeline failed, 2 could not run, 4 something is blocked.
    """
    with output.errors():
        loaded, base = build.settings(config, settings or ())
        with (
            output.progress(quiet=quiet, verbose=verbose) as tell,
            build.world(loaded, base, tell, at_once=True) as world,
        ):
            from reconciler.sync import passes

            planned = passes.plan(world, at_once=planfile is not None)
            if planfile is not None:
                _still_true(planned.known[2], planfile)
            done = passes.apply(planned, world)
        show(done, form, quiet=quiet)
    raise typer.Exit(status(done))


def show(done: Pass, form: options.Format, *, quiet: bool = False) -> None:
    """Write what a pass did; with `quiet`, without the summary of its plan."""
    from reconciler.report import plans

    plan = done.known[2]
    if form is options.Format.JSON:
        output.as_json({"plan": plans.document(plan), "results": _results(done)})
        return
    output.plan_text(plans.text(plan), quiet=quiet)
    for result in done.results:
        tail = f": {result.message}" if result.message else ""
        output.data(f"{result.ending}: {result.change.kind} {result.change.name} in {result.change.target}{tail}")


def status(done: Pass) -> int:
    """Give the exit status of a pass."""
    from reconciler.cli import plan as verb
    from reconciler.sync.state import Ending

    endings = {result.ending for result in done.results}
    if Ending.FAILED in endings:
        return FAILED
    if verb.status(done.known[2]) == output.COULD_NOT_RUN:
        return output.COULD_NOT_RUN
    return BLOCKED if done.known[2].blocked or Ending.HELD in endings else 0


def _results(done: Pass) -> list[dict[str, Any]]:
    return [
        {
            "account": each.change.target.account,
            "region": each.change.target.region,
            "name": each.change.name,
            "kind": each.change.kind.value,
            "ending": each.ending.value,
            "message": each.message,
            "version": each.version,
        }
        for each in done.results
    ]


def _still_true(today: Plan, planfile: Path) -> None:
    from reconciler.report import plans

    try:
        planned = json.loads(planfile.read_text(encoding="utf-8"))
        schema, digest = str(planned["schema"]), str(planned["digest"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise Broken(f"{planfile} is not a plan file; write one with `reconciler plan --out {planfile}`") from None
    if schema != plans.SCHEMA:
        raise Broken(f"{planfile} was written by another version ({schema}); plan again")
    if digest != today.digest:
        raise Broken(
            f"{planfile} is plan {digest[:12]}, today's plan is {today.digest[:12]}: git or a live pipeline has "
            f"changed since; look at it again: `reconciler plan --out {planfile}`"
        )

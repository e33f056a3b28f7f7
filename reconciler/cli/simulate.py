"""`reconciler simulate`: what a pipeline would do, in virtual time, offline."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options, output
from reconciler.errors import Broken

if TYPE_CHECKING:
    from reconciler.cli.questions import Answer, Question

EPILOG = "Example: reconciler simulate shop-prod-deploy --push main --given 'Prod/Approve=approved:ana@2h'"

NOT_SUCCEEDED = 3


class Form(StrEnum):
    """How a simulation is written."""

    TEXT = "text"
    JSON = "json"
    SVG = "svg"


Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A pipeline: NAME, or NAME@ENVIRONMENT; a scenario may name it.")
]
Paths = Annotated[
    list[Path] | None, typer.Argument(metavar="[FILE]...", help="Files and folders; the settings' folder if left out.")
]
Parameters = Annotated[
    list[Path] | None,
    typer.Option("--parameters", "-p", metavar="FILE", help="Values for parameters of templates. Repeatable."),
]
Push = Annotated[str, typer.Option(metavar="BRANCH", help="Start by a push of this branch.")]
Tag = Annotated[str, typer.Option(metavar="TAG", help="Start by a push of this tag.")]
PullRequest = Annotated[str, typer.Option(metavar="BRANCH", help="Start by a pull request from this branch.")]
Into = Annotated[str, typer.Option(metavar="BRANCH", help="Branch that the pull request is to be merged into.")]
Commit = Annotated[str, typer.Option(metavar="ID", help="The commit of the push, tag or pull request.")]
Files = Annotated[str, typer.Option(metavar="A,B", help="Paths that the push or pull request changes.")]
Given = Annotated[
    list[str] | None,
    typer.Option(metavar="PLACE=OUTCOME", help="What happens there, one outcome per attempt. Repeatable."),
]
Variables = Annotated[
    list[str] | None, typer.Option("--var", metavar="NAME=VALUE", help="A pipeline variable. Repeatable.")
]
StartAt = Annotated[str, typer.Option(metavar="TIME", help="When it starts, such as 2026-01-05T08:00Z.")]
Until = Annotated[str, typer.Option(metavar="TIME|PLACE", help="Stop after 2h, or at Stage/Action.")]
ScenarioFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Several starts and interventions.")]
HandlersFolder = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder of the Lambda handlers that outcomes run.")
]
Seed = Annotated[int, typer.Option(help="Another seed gives other ids.")]
AsForm = Annotated[Form, typer.Option("--format", "-f", help="How the simulation is written.")]
Width = Annotated[int, typer.Option(help="Characters of the timeline.")]


def simulate(
    name: Name = "",
    paths: Paths = None,
    config: options.Config = None,
    settings: options.Set = None,
    parameters: Parameters = None,
    push: Push = "",
    tag: Tag = "",
    pr: PullRequest = "",
    into: Into = "",
    commit: Commit = "",
    files: Files = "",
    given: Given = None,
    variable: Variables = None,
    start_at: StartAt = "",
    until: Until = "",
    scenario: ScenarioFile = None,
    handlers: HandlersFolder = None,
    seed: Seed = 0,
    form: AsForm = Form.TEXT,
    width: Width = 80,
    quiet: options.Quiet = False,
) -> None:
    """Run a pipeline of the working tree in virtual time: the tree, the timeline and the verdict.

    What is not given succeeds after its usual time; an approval that is not given parks the run.

    Exit status: 0 succeeded (with `expect:` in a scenario: as expected), 3 otherwise, 2 could not run.
    """
    with output.errors():
        from reconciler.cli.questions import Question

        if scenario and name and Path(name).exists():
            name, paths = "", [Path(name), *(paths or ())]
        changed = tuple(filter(None, files.split(",")))
        question = Question(
            name, tuple(paths or ()), config, tuple(settings or ()), tuple(parameters or ()), push, tag, pr, into,
            commit, changed, tuple(given or ()), tuple(variable or ()), start_at, until, scenario, handlers, seed,
        )  # fmt: skip
        status = _answered(question, form, width, quiet=quiet)
    raise typer.Exit(status)


def _answered(question: Question, form: Form, width: int, *, quiet: bool) -> int:
    from reconciler.cli import simulations

    answer = simulations.answer(question)
    if form is Form.JSON:
        output.as_json(answer.document)
    elif form is Form.SVG:
        _draw(answer)
    else:
        output.data(answer.text(width, summary=not quiet))
    for note in answer.notes:
        output.say(note)
    if answer.unused:
        raise Broken(f"given and never used: {', '.join(answer.unused)}; take it away, or see why nothing came there")
    return 0 if answer.fine else NOT_SUCCEEDED


def _draw(answer: Answer) -> None:
    from reconciler.report import drawings

    if not answer.played.runs:
        raise Broken("there is nothing to draw: " + "; ".join(answer.played.notes or ["no run was started"]))
    output.data(drawings.svg(answer.played.runs).rstrip("\n"))

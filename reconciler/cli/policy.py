"""`reconciler policy`: the roles that a pipeline needs, and tests of a team's own rules."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli import options, output
from reconciler.errors import Broken

if TYPE_CHECKING:
    from reconciler.policy.iam import Role
    from reconciler.policy.marks import Tested

EPILOG = "Example: reconciler policy iam shop-prod-deploy --role service"
TEST_EPILOG = "Example: reconciler policy test rules"

FAILED = 1

app = typer.Typer(no_args_is_help=True, help="Roles that a pipeline needs, and tests of your own rules.")


class Kind(StrEnum):
    """Which roles are meant."""

    SERVICE = "service"
    ACTION = "action"


class Form(StrEnum):
    """How policies are written."""

    JSON = "json"
    YAML = "yaml"


class TestForm(StrEnum):
    """How the result of a test is written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


@app.command("iam", epilog=EPILOG)
def iam(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A pipeline: NAME, or NAME@ENVIRONMENT.")],
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="Files and folders; the settings' folder if left out."),
    ] = None,
    config: options.Config = None,
    settings: options.Set = None,
    role: Annotated[Kind | None, typer.Option(help="Only the service role, or only those of actions.")] = None,
    form: Annotated[Form, typer.Option("--format", "-f", help="How policies are written.")] = Form.JSON,
    quiet: options.Quiet = False,
) -> None:
    """Print what the roles of a pipeline need, and who may take them: for exactly its actions, and no more.

    What the declaration cannot say, such as the roles inside a task definition, is told on standard error.

    Exit status: 0, 2 could not run.
    """
    with output.errors():
        from reconciler.cli import declared
        from reconciler.cli.surroundings import Asked
        from reconciler.pipeline import providers
        from reconciler.pipeline.model import Pipeline
        from reconciler.policy import iam as roles

        tree = declared.Tree(Asked(tuple(paths or ()), config, tuple(settings or ())))
        one = tree.named(name)
        needed = roles.roles(Pipeline(one.document), one.target, tree.catalogue or providers.catalogue())
        _write(one.name, [each for each in needed if role in (None, each.kind)], form)
        for each in needed:
            for note in each.notes if role in (None, each.kind) and not quiet else ():
                output.say(f"{each.arn}: {note}")


def _write(pipeline: str, roles: list[Role], form: Form) -> None:
    from reconciler.definitions import writing

    if not roles:
        raise Broken(f"no action of {pipeline} names a role of its own; leave --role out")
    document = {"pipeline": pipeline, "roles": [_document(role) for role in roles]}
    if form is Form.JSON:
        output.as_json(document)
    else:
        output.data(writing.text(document).rstrip("\n"))


def _document(role: Role) -> dict[str, Any]:
    return {
        "role": role.arn,
        "kind": role.kind,
        "runs": list(role.places),
        "trust": role.trust,
        "permissions": role.permissions,
    }


@app.command("test", epilog=TEST_EPILOG)
def try_rules(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with rules and definitions.")],
    config: options.Config = None,
    form: Annotated[TestForm, typer.Option("--format", "-f", help="How the result is written.")] = TestForm.TEXT,
    quiet: options.Quiet = False,
) -> None:
    """Try rules on definitions that say in comments what is to be found: `# finding: RULE` and `# ok: RULE`.

    A finding that is missing fails, and so does one too many. Your own rules are judged, and shipped ones that a
    comment names. Environments are those of --config, or of DIR/reconciler.yaml, else dev, staging and prod.

    Exit status: 0 as the comments say, 1 otherwise, 2 could not run.
    """
    with output.errors():
        from reconciler.cli import ruletests

        tested = ruletests.run(folder, config)
        _tell(tested, form)
        if not quiet and form is not TestForm.JSON:
            output.say(ruletests.summary(tested))
            for rule in tested.untested:
                output.say(f"no comment is about {rule}: it is not tested")
    raise typer.Exit(FAILED if tested.misses else 0)


def _tell(tested: Tested, form: TestForm) -> None:
    from reconciler.cli import ruletests

    if form is TestForm.JSON:
        output.as_json(ruletests.document(tested))
    elif form is TestForm.JUNIT:
        output.data(ruletests.junit(tested))
    elif tested.misses:
        output.data("\n".join(map(str, tested.misses)))

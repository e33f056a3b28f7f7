"""`reconciler validate`: what AWS would say of definitions, with file and line, offline."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler import __version__
from reconciler.cli import build, options, output
from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.definitions.native import Context
    from reconciler.errors import Problem

EPILOG = "Example: reconciler validate pipelines --format github"

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
ERRORS = 1


class Form(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"


COMPLETE = frozenset({Form.JSON, Form.SARIF})
"""Forms for programs, which leave nothing out."""


def validate(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders; the settings' folder if left out.")
    ] = None,
    config: options.Config = None,
    settings: options.Set = None,
    form: Annotated[Form, typer.Option("--format", "-f", help="How findings are written.")] = Form.TEXT,
    explain: Annotated[str | None, typer.Option(metavar="RULE", help="Say what a rule asks for, then stop.")] = None,
    quiet: options.Quiet = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what is only an info, too.")] = False,
) -> None:
    """Check definitions and CloudFormation templates: shape, structure, providers, variables, offline.

    With settings, names and environments of definitions are checked too.

    Exit status: 0 fine, 1 findings of severity error, 2 could not run.
    """
    with output.errors():
        if explain is not None:
            output.data(_explained(explain))
            raise typer.Exit
        context, folder = _context(config, settings or [])
        files = sorted({file for path in paths or [folder] for file in _files(path)})
        if not files:
            raise Broken("no *.yaml, *.yml or *.json file there; name files or folders: reconciler validate pipelines")
        status = _judge(files, context, form, quiet=quiet, verbose=verbose)
    raise typer.Exit(status)


def _judge(files: list[Path], context: Context | None, form: Form, *, quiet: bool, verbose: bool) -> int:
    from reconciler.definitions import reading
    from reconciler.report import findings

    judged = [reading.judge(_bytes(file), str(file), context) for file in files]
    definitions = [definition for definition, _ in judged if definition]
    problems = sorted([*(each for _, found in judged for each in found), *reading.collect(definitions, ()).problems])
    shown = problems if verbose or form in COMPLETE else [each for each in problems if each.severity != "info"]
    _write(shown, files, len(definitions), form)
    if not quiet and form is not Form.JSON:
        output.say(findings.summary(problems, len(files)))
    return ERRORS if any(problem.severity == "error" for problem in problems) else 0


def _write(problems: list[Problem], files: Iterable[Path], pipelines: int, form: Form) -> None:
    from reconciler.pipeline import validity
    from reconciler.report import findings

    names = [str(file) for file in files]
    match form:
        case Form.TEXT if problems:
            told = {problem.file for problem in problems}
            sources = {name: _bytes(Path(name)).decode("utf-8-sig", "replace") for name in names if name in told}
            output.data(findings.text(problems, sources))
        case Form.JSON:
            output.as_json(findings.document(problems, len(names), pipelines))
        case Form.SARIF:
            output.as_json(findings.sarif(problems, __version__, validity.titles()))
        case Form.JUNIT:
            output.data(findings.junit(problems, names))
        case Form.GITHUB if problems:
            output.data(findings.github(problems))


def _context(config: Path | None, overrides: list[str]) -> tuple[Context | None, Path]:
    """Give what files are read against, and the folder to look in; without settings only declarations are judged."""
    from reconciler.definitions import native

    if config is None and not any(place.is_file() for place in build.PLACES):
        return None, Path()
    loaded, base = build.settings(config, overrides)
    folder = Path(build.repository(loaded, base)) / loaded.source.path
    context = native.Context(loaded.environments, loaded.naming, lambda _: "", loaded.policy.rules)
    return context, folder if folder.is_dir() else base


def _files(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise Broken(f"{path} does not exist; name files or folders that do")
    if path.is_file():
        yield path
        return
    for file in path.rglob("*"):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.suffix in SUFFIXES and file.is_file() and not hidden:
            yield file


def _bytes(file: Path) -> bytes:
    from reconciler import documents

    try:
        with file.open("rb") as stream:
            return stream.read(documents.MAX_BYTES + 1)
    except OSError as error:
        raise Broken(f"{file}: {error.strerror}") from None


def _explained(rule: str) -> str:
    from reconciler.pipeline import validity

    if rule not in validity.titles():
        raise Broken(f"there is no rule {rule!r}; there are: {', '.join(sorted(validity.titles()))}")
    return validity.explanation(rule)

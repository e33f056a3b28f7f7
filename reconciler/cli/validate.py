"""`reconciler validate`: what AWS and the team's policy would say of definitions, with file and line, offline."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler import __version__
from reconciler.cli import options, output
from reconciler.errors import Broken, ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.cli.live import Reading
    from reconciler.cli.rounds import Round, Rounds
    from reconciler.cli.surroundings import Asked
    from reconciler.errors import Problem

EPILOG = "Example: reconciler validate pipelines --format github"

ERRORS = 1


class Form(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    MARKDOWN = "markdown"


Values = Annotated[
    list[Path] | None,
    typer.Option("--parameters", "-p", metavar="FILE", help="Values for parameters of templates. Repeatable."),
]
Explain = Annotated[
    str | None, typer.Option(metavar="RULE", help="Say what a rule asks for, then stop; `all` tells all of them.")
]
WithIam = Annotated[
    bool, typer.Option("--with-iam", help="With --live: judge the roles of pipelines, too, as IAM shows them.")
]
Show = Annotated[str | None, typer.Option(metavar="NAME", help="Print a pipeline as it would be applied, then stop.")]

COMPLETE = frozenset({Form.JSON, Form.SARIF})
"""Forms for programs, which leave nothing out."""


def validate(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders; the settings' folder if left out.")
    ] = None,
    config: options.Config = None,
    settings: options.Set = None,
    form: Annotated[Form, typer.Option("--format", "-f", help="How findings are written.")] = Form.TEXT,
    parameters: Values = None,
    explain: Explain = None,
    show: Show = None,
    live: Annotated[bool, typer.Option("--live", help="Judge what is in the accounts, managed or not.")] = False,
    environment: Annotated[str, typer.Option(metavar="ENV", help="With --live: only this environment.")] = "",
    with_iam: WithIam = False,
    no_waivers: Annotated[bool, typer.Option("--no-waivers", help="Tell what waivers let pass, too.")] = False,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Judge again whenever a file changes.")] = False,
    quiet: options.Quiet = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what is only an info, too.")] = False,
) -> None:
    """Check definitions and CloudFormation templates: shape, structure, providers, variables, policy, offline.

    Names and environments of definitions, and rules about environments, are checked where there are settings. With
    --live, what is in the accounts of the settings is judged instead, by the same rules.

    Exit status: 0 fine, 1 findings of severity error, 2 could not run; with --watch 0 once it is interrupted.
    """
    with output.errors():
        if explain is not None:
            from reconciler.cli import explanations

            output.data(explanations.page(explain) if form is Form.MARKDOWN else explanations.text(explain))
            raise typer.Exit
        if form is Form.MARKDOWN:
            raise Broken("--format markdown writes rules: pass --explain RULE, or --explain all")
        from reconciler.cli.live import Reading
        from reconciler.cli.rounds import Rounds
        from reconciler.cli.surroundings import Asked

        asked = Asked(tuple(paths or ()), config, tuple(settings or ()), tuple(parameters or ()))
        if show is not None:
            _show(Rounds(asked).next(), show, form)
            raise typer.Exit
        _check(environment, live=live, with_iam=with_iam, watch=watch)
        if live:
            read = Reading(environment, waive=not no_waivers, roles=with_iam, quiet=quiet)
            raise typer.Exit(_live(asked, form, read, verbose=verbose))
        if watch:
            _watch(asked, Rounds(asked, ruled=True, waive=not no_waivers), form, quiet=quiet, verbose=verbose)
            raise typer.Exit
        status = _once(Rounds(asked, ruled=True, waive=not no_waivers).next(), form, quiet=quiet, verbose=verbose)
    raise typer.Exit(status)


def _check(environment: str, *, live: bool, with_iam: bool, watch: bool) -> None:
    """Raise Broken where options do not go together."""
    if environment and not live:
        raise Broken("--environment chooses what --live reads; without it, name files or folders")
    if with_iam and not live:
        raise Broken("--with-iam reads the roles of live pipelines: pass --live")
    if live and watch:
        raise Broken("--watch waits for files: leave --live out")


def _once(done: Round, form: Form, *, quiet: bool, verbose: bool) -> int:
    from reconciler.report import findings

    _write(_told(done.problems, form, verbose=verbose), done, form)
    if not quiet and form is not Form.JSON:
        output.say(findings.summary(done.problems, len(done.files)))
    return _status(done.problems)


def _live(asked: Asked, form: Form, read: Reading, *, verbose: bool) -> int:
    from reconciler.cli import live
    from reconciler.report import findings

    done = live.inspected(asked, read)
    told, count = _told(done.problems, form, verbose=verbose), len(done.places)
    _print(told, form, {}, done.places, count)
    if not read.quiet and form is not Form.JSON:
        output.say(findings.summary(done.problems, count, "live pipeline"))
    return _status(done.problems)


def _status(problems: Sequence[Problem]) -> int:
    return ERRORS if any(problem.severity == "error" for problem in problems) else 0


def _told(problems: Sequence[Problem], form: Form, *, verbose: bool) -> list[Problem]:
    return [each for each in problems if verbose or form in COMPLETE or each.severity != "info"]


def _write(problems: list[Problem], done: Round, form: Form) -> None:
    sources = _sources(problems, done) if form is Form.TEXT else {}
    _print(problems, form, sources, tuple(done.files), len(done.definitions))


def _print(
    problems: list[Problem], form: Form, sources: Mapping[str, str], places: Sequence[str], pipelines: int
) -> None:
    """Write problems; `places` are the files, or what stands for them, whether anything is said of them or not."""
    from reconciler.cli import explanations
    from reconciler.report import findings

    match form:
        case Form.TEXT if problems:
            output.data(findings.text(problems, sources))
        case Form.JSON:
            output.as_json(findings.document(problems, len(places), pipelines))
        case Form.SARIF:
            output.as_json(findings.sarif(problems, __version__, explanations.titles()))
        case Form.JUNIT:
            output.data(findings.junit(problems, places))
        case Form.GITHUB if problems:
            output.data(findings.github(problems))


def _sources(problems: list[Problem], done: Round) -> dict[str, str]:
    """Give the texts that problems are about; not those of parameter values, whose lines may be secrets."""
    files = done.files
    told = {problem.file for problem in problems}.intersection(files)
    return {name: files[name].decode("utf-8-sig", "replace") for name in told}


def _show(done: Round, name: str, form: Form) -> None:
    """Print every pipeline of that name, one document each."""
    from reconciler.definitions import writing
    from reconciler.report import declarations

    if form not in (Form.TEXT, Form.JSON):
        raise Broken("--show prints YAML, or JSON with --format json")
    found = [definition for definition in done.definitions if definition.name == name]
    if not found:
        raise Broken(_absent(done, name))
    for number, each in enumerate(found):
        value = declarations.shown(each, done.around.basis.catalogue)
        if form is Form.JSON:
            output.as_json(value)
        else:
            head = f"{name} in {each.target}, environment {each.environment}, from {each.file}:{each.line}"
            output.data(("---\n" if number else "") + writing.text(value, [head]).rstrip("\n"))


def _absent(done: Round, name: str) -> str:
    """Say why there is no pipeline of that name, and what there is."""
    import difflib

    if done.around.settings is None:
        return "--show needs settings, which say what environments there are: pass --config FILE"
    known = sorted({definition.name for definition in done.definitions})
    near = difflib.get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(known) or 'none'}"
    broken = any(problem.severity == "error" for problem in done.problems)
    more = "; files with errors define nothing, `reconciler validate` tells them" if broken else ""
    return f"no file defines a pipeline {name}; {hint}{more}"


def _watch(asked: Asked, rounds: Rounds, form: Form, *, quiet: bool, verbose: bool) -> None:
    """Judge now and after every change, until interrupted."""
    from contextlib import closing, suppress

    from reconciler.cli import surroundings
    from reconciler.source.watch import bursts

    if form is not Form.TEXT:
        raise Broken("--watch writes text for people: leave --format out")
    before: Round | None = None
    with suppress(KeyboardInterrupt), closing(bursts(surroundings.watched(asked))) as beats:
        for _ in beats:
            before = _beat(rounds, before, quiet=quiet, verbose=verbose)


def _beat(rounds: Rounds, before: Round | None, *, quiet: bool, verbose: bool) -> Round | None:
    """Tell what is new since the round `before`, and give this one; a failure is told and outlived."""
    import time

    from reconciler.report import findings

    clock = time.strftime("%H:%M:%S")
    try:
        done = rounds.next()
    except ReconcilerError as error:
        output.say(f"{clock} {error}")
        return before
    known = before.problems if before else ()
    if before and not done.judged and (done.problems, done.files) == (known, before.files):
        return done
    new = [each for each in done.problems if each.file in done.judged or each not in known]
    _write(_told(new, Form.TEXT, verbose=verbose), done, Form.TEXT)
    if not quiet:
        output.say(f"{clock} {findings.summary(done.problems, len(done.files))}")
    return done

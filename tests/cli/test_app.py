"""The table of verbs: help, version, completion."""

from __future__ import annotations

import re
from importlib.metadata import entry_points, version
from typing import TYPE_CHECKING

import pytest
from click import unstyle
from typer.testing import CliRunner

from reconciler.__main__ import main
from reconciler.cli.app import app

if TYPE_CHECKING:
    from workshop import Workshop

VERBS = ("plan", "apply", "run", "status", "history", "demo")
SHARED = ("--config", "--set")


def words(*arguments: str) -> str:
    """Give the output of a command, which must succeed, without boxes and line breaks."""
    result = CliRunner().invoke(app, arguments, prog_name="reconciler")
    assert result.exit_code == 0, result.stderr
    return " ".join(re.sub("[│╭╮╰╯─]", " ", unstyle(result.stdout)).split())


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_has_an_example(verb: str) -> None:
    assert re.search(f"Example: (.* && )?reconciler {verb} ", words(verb, "--help"))


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        ("plan", (*SHARED, "--format", "--out", "--quiet", "-q", "--verbose", "-v")),
        ("apply", (*SHARED, "--format", "[planfile]", "--quiet", "-q", "--verbose", "-v")),
        ("run", (*SHARED, "--once", "--log-format", "--quiet", "-q", "--verbose", "-v")),
        ("status", (*SHARED, "--format")),
        ("history", (*SHARED, "--format", "--at", "--limit", "[name]")),
        ("demo", ("--once",)),
    ],
)
def test_the_help_of_a_verb_lists_its_options(verb: str, options: tuple[str, ...]) -> None:
    text = words(verb, "--help").lower()
    assert [option for option in options if option not in text] == []


@pytest.mark.parametrize(
    ("verb", "statuses"),
    [
        ("plan", "0 no change, 2 could not run, 3 changes, 4 something is blocked"),
        ("apply", "0 done, 1 some pipeline failed, 2 could not run, 4 something is blocked"),
        ("run", "end with status 0"),
    ],
)
def test_the_help_of_a_verb_explains_its_exit_statuses(verb: str, statuses: str) -> None:
    assert statuses in words(verb, "--help")


def test_the_help_lists_every_verb_completion_and_where_to_start() -> None:
    text = words("--help")
    assert [verb for verb in VERBS if f" {verb} " not in text] == []
    assert "--install-completion" in text
    assert "Start here: reconciler demo" in text


def test_dash_h_is_help_too() -> None:
    assert words("plan", "-h") == words("plan", "--help")


def test_the_version_is_the_one_of_the_distribution() -> None:
    assert words("--version") == f"reconciler {version('codepipeline-reconciler')}"


def test_the_console_script_is_the_module() -> None:
    (script,) = entry_points(group="console_scripts", name="reconciler")
    assert script.load() is main


def test_the_module_runs_as_a_process(workshop: Workshop) -> None:
    finished = workshop.run("--version", check=0)
    assert finished.out == f"reconciler {version('codepipeline-reconciler')}\n"


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        pytest.param("reconciler st", {"status"}, id="a verb"),
        pytest.param("reconciler plan --o", {"--out"}, id="an option"),
        pytest.param("reconciler plan --format ", {"text", "json", "markdown", "html"}, id="a value"),
    ],
)
def test_a_shell_completes_what_was_typed(typed: str, completed: set[str]) -> None:
    here = {"_RECONCILER_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    result = CliRunner().invoke(app, [], prog_name="reconciler", env=here)
    assert set(result.stdout.split()) == completed


@pytest.mark.parametrize("arguments", [["pla"], ["plan", "--fromat", "json"], ["plan", "--format", "xml"]])
def test_a_command_that_does_not_exist_could_not_run_and_says_so_on_standard_error(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments, prog_name="reconciler")
    assert (result.exit_code, result.stdout) == (2, "")
    assert arguments[-1] in result.stderr or arguments[1] in result.stderr


def test_help_loads_nothing_of_git_aws_or_databases(workshop: Workshop) -> None:
    finished = workshop.run("plan", "--help", check=0, PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.rpartition("|")[2].strip() for line in finished.err.splitlines()}
    assert "typer" in loaded
    assert loaded.isdisjoint({"git", "botocore", "boto3", "sqlalchemy", "alembic", "deepdiff", "watchdog", "moto"})

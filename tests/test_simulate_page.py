"""The page about simulations shows what the command line writes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.cli.simulate import simulate
from reconciler.simulation import scenarios, wording

PAGE = Path(__file__).parent.parent / "docs" / "simulate.md"
TEXT = PAGE.read_text(encoding="utf-8")
FILES = re.findall(r"```(?:yaml|python)\n# (\S+)\n(.*?)```", TEXT, re.DOTALL)
SESSIONS = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, content in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def executed(session: str) -> str:
    """Give a session with what its commands write now, standard error included; `echo $?` tells the last status."""
    lines, status = [], 0
    for command in re.findall(r"^\$ (.*)$", session, re.MULTILINE):
        lines.append(f"$ {command}\n")
        if command == "echo $?":
            lines.append(f"{status}\n")
            continue
        done = CliRunner().invoke(app, shlex.split(command)[1:])
        status = done.exit_code
        lines.append(done.output)
    return "".join(lines)


@pytest.mark.parametrize("number", range(len(SESSIONS)))
def test_a_session_of_the_page_is_what_the_command_line_writes(number):
    assert SESSIONS[number] == executed(SESSIONS[number])


def test_the_page_knows_every_step_every_outcome_and_every_member():
    steps = {name for row in re.findall(r"^\| (`.*?) \|", TEXT, re.MULTILINE) for name in re.findall(r"`(\w+): ", row)}
    assert {*scenarios.VERBS} <= steps
    assert {*scenarios.MEMBERS} - {"steps"} <= steps
    assert all(re.search(rf"`{word}\b", TEXT) for word in wording.WORDS)


def test_the_page_says_what_may_stand_beside_a_step():
    for verb, members in scenarios.VERBS.items():
        row = next(line for line in TEXT.splitlines() if line.startswith("| ") and f"`{verb}: " in line)
        assert all(f"`{member}`" in row for member in members), verb


def test_the_page_names_options_that_there_are():
    named = {option.replace("-", "_") for option in re.findall(r"--([a-z][a-z-]*)", TEXT)} - {"var", "format"}
    assert named <= simulate.__annotations__.keys()

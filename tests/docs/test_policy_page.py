"""What the page on policy shows is what happens, from top to bottom in one folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from reconciler import documents, settings
from reconciler.cli.app import app
from reconciler.policy import own, table, waivers

PAGE = Path(__file__).parents[2].joinpath("docs", "policy.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
FILES = {name: text for language, name, text in BLOCKS if language == "yaml"}
COMMANDS = [
    (shlex.split(part.partition("\n")[0]), part.partition("\n")[2])
    for language, _, text in BLOCKS
    if language == "console"
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
]
VERBS = get_command(app).commands["policy"].commands
OPTIONS = {"--format", "--role", "--config", "--quiet"}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        if "/" in name:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")


def test_every_command_does_what_it_says():
    status = 0
    for command, printed in COMMANDS:
        if command == ["echo", "$?"]:
            assert printed == f"{status}\n"
            continue
        done = CliRunner().invoke(app, command[1:], prog_name="reconciler")
        status = done.exit_code
        assert done.output.startswith(printed), command
    assert len(COMMANDS) == 3


def test_the_settings_are_valid_and_name_rules_that_are_there():
    loaded = settings.load(FILES["settings"], "reconciler.yaml", {})
    assert {*loaded.policy.rules, *(each.rule for each in loaded.policy.waivers)} <= table.by_id().keys()
    assert all(
        {*said} <= {"severity", "environments", *table.by_id()[rule].parameters}
        for rule, said in loaded.policy.rules.items()
        if isinstance(said, dict)
    )


def test_the_waiver_can_be_read():
    read = waivers.read(FILES["definition"], "f", table.by_id())
    assert ([each.rule for each in read.comments], read.problems) == (["source-polling"], ())
    assert documents.parse(FILES["definition"], "f")["pipeline"]["name"]


def test_the_rules_can_be_used():
    read = own.read({"own.yaml": FILES["rules/own.yaml"].encode()})
    assert ([each.id for each in read.rules], read.problems) == (["lambda-has-alias", "deploy-after-tests"], ())
    together = own.read({"together.yaml": FILES["rules/together.yaml"].encode()})
    assert ([each.scope for each in together.rules], together.problems) == (["all"], ())


def test_every_rule_about_roles_is_told_and_so_is_what_is_live():
    live = [rule.id for rule in table.RULES if rule.scope == "live"]
    assert [rule for rule in live if f"`{rule}`" not in PAGE] == []


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_every_option_is_told(option):
    assert option in PAGE
    assert any(option in param.opts for verb in VERBS.values() for param in verb.params)


@pytest.mark.parametrize("word", own.MEMBERS)
def test_every_member_of_a_rule_is_told(word):
    assert f"`{word}`" in PAGE

"""What docs/editors.md shows is what runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from jsonschema import Draft202012Validator

from reconciler.definitions import jsonschema, reading

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
SCRIPTS = Path(sys.executable).parent


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


DEFINITION, SETTINGS, PRE_COMMIT = (yaml.safe_load(block) for block in blocks("yaml"))


@cache
def validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(getattr(jsonschema, schema)())


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "config", tmp_path, dirs_exist_ok=True)
    return tmp_path


def run(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", "-e", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


@pytest.mark.skipif(not (SCRIPTS / "reconciler").exists(), reason="the console script is not installed")
@pytest.mark.parametrize("block", blocks("sh"))
def test_a_command_runs_in_the_sample_repository(repository, block):
    done = run(repository, block)
    assert done.returncode == 0, done.stderr
    for file in re.findall(r"(?:--out|>) (\S+)", block):
        text = (repository / file).read_text(encoding="utf-8")
        assert ET.fromstring(text) is not None if file.endswith(".xml") else json.loads(text)


@pytest.mark.parametrize(("schema", "shown"), [("definitions", DEFINITION), ("settings", SETTINGS)])
def test_what_is_shown_is_right_in_an_editor(schema: str, shown: Any):
    assert [error.message for error in validator(schema).iter_errors(shown)] == []


def test_the_definition_that_is_shown_has_nothing_to_be_said_about_it():
    assert reading.judge(blocks("yaml")[0].encode(), "docs/editors.md", None)[1] == ()


def test_hints_and_settings_of_the_editor_name_the_files_that_are_written():
    written = set(re.findall(r"--out (\S+)", PAGE))
    (editor,) = blocks("json")
    assert set(json.loads(editor)["yaml.schemas"]) == written
    hints = re.findall(r"^# yaml-language-server: \$schema=(\S+)$", PAGE, re.MULTILINE)
    assert {hint.lstrip("./") for hint in hints} == {file.lstrip("./") for file in written}


def test_the_hooks_are_those_of_the_sample():
    assert yaml.safe_load((ROOT / "config" / "pre-commit-config.yaml").read_text(encoding="utf-8")) == PRE_COMMIT


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)]+)\)", PAGE))
def test_a_link_leads_somewhere(link):
    assert ROOT.joinpath("docs", link).exists()

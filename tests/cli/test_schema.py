from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.definitions import jsonschema


def schema(*arguments: str):
    return CliRunner().invoke(app, ["schema", *arguments])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param((), jsonschema.definitions, id="definitions unless said otherwise"),
        pytest.param(("definitions",), jsonschema.definitions, id="definitions"),
        pytest.param(("settings",), jsonschema.settings, id="settings"),
    ],
)
def test_the_schema_is_printed(arguments, expected):
    done = schema(*arguments)
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == json.loads(json.dumps(expected()))
    Draft202012Validator.check_schema(json.loads(done.stdout))


def test_a_file_and_its_folder_are_made(tmp_path):
    file = tmp_path / ".schemas" / "settings.json"
    done = schema("settings", "--out", str(file))
    assert (done.exit_code, done.stdout) == (0, "")
    assert file.read_text(encoding="utf-8") == schema("settings").stdout


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    done = schema("--out", str(tmp_path))
    assert done.exit_code == 2
    assert f"--out {tmp_path}: Is a directory" in done.stderr


def test_what_there_is_no_schema_of_is_refused():
    assert schema("plans").exit_code == 2


def test_help_has_an_example():
    assert "Example: reconciler schema definitions --out" in schema("--help").stdout

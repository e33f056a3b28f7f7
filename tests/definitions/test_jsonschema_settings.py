from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from reconciler import errors, settings
from reconciler.definitions import jsonschema
from reconciler.definitions.jsonschema import options

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "config" / "reconciler.yaml").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
DEV = {"account": "111111111111", "regions": ["eu-west-1"]}


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(jsonschema.settings())


def wrong(value: Any) -> list[str]:
    return [error.json_path for error in validator().iter_errors(value)]


def test_the_schema_is_one_of_draft_2020_12():
    Draft202012Validator.check_schema(jsonschema.settings())


@pytest.mark.parametrize("source", [REFERENCE, re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)[0]])
def test_the_settings_that_we_show_are_right(source):
    assert wrong(yaml.safe_load(source)) == []


def test_every_setting_is_described():
    groups = [jsonschema.settings(), *jsonschema.settings()["$defs"].values()]
    fields = [(name, field) for group in groups for name, field in group.get("properties", {}).items()]
    assert [name for name, field in fields if "description" not in field and "$ref" not in str(field)] == []
    assert "Seconds between two looks" in jsonschema.settings()["$defs"]["Source"]["properties"]["poll"]["description"]


def test_every_way_of_writing_that_a_validator_reads_is_known_here():
    read = {name: options.validator(alias) for name, alias in vars(settings).items() if options.validator(alias)}
    assert {name for name, function in read.items() if function not in options.written()} == set()


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="an empty file"),
        pytest.param({"sync": None, "environments": None}, id="groups with nothing behind them"),
        pytest.param({"source": {"poll": "90s", "timeout": 5, "branch": 7}}, id="durations, and a number for a text"),
        pytest.param({"source": {"poll": None}}, id="a field with nothing behind it"),
        pytest.param({"environments": {"dev": DEV | {"account": 111111111111}}}, id="an account without quotes"),
        pytest.param({"sync": {"limits": {"changes": "50%", "deletions": 3}}}, id="shares"),
    ],
)
def test_what_the_reader_takes_is_right(value):
    settings.load(yaml.safe_dump(value), "reconciler.yaml", {})
    assert wrong(value) == []


@pytest.mark.parametrize(
    ("value", "place"),
    [
        pytest.param({"snyc": {}}, "$", id="no such group"),
        pytest.param({"sync": {"prun": True}}, "$.sync", id="no such field"),
        pytest.param({"sync": {"mode": "sometimes"}}, "$.sync", id="no such value"),
        pytest.param({"source": {"poll": "soon"}}, "$.source", id="no duration"),
        pytest.param({"environments": {"dev": DEV | {"account": "1"}}}, "$.environments", id="no account"),
        pytest.param({"environments": {"dev": DEV | {"regions": ["here"]}}}, "$.environments", id="no Region"),
        pytest.param({"environments": {"dev": {"account": "111111111111"}}}, "$.environments", id="a field missing"),
        pytest.param({"scale": {"workers": 0}}, "$.scale", id="too small"),
    ],
)
def test_what_the_reader_refuses_is_marked(value, place):
    with pytest.raises(errors.Invalid):
        settings.load(yaml.safe_dump(value), "reconciler.yaml", {})
    assert any(each.startswith(place) for each in wrong(value))

"""What docs/holds.md shows is what happens."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from typer.testing import CliRunner

from reconciler import settings
from reconciler.cli.app import app
from reconciler.definitions import suspension
from reconciler.pipeline.arns import Target
from reconciler.plan import windows
from reconciler.plan.changes import Cause, Change, Kind, Plan
from reconciler.report import plans
from reconciler.web import api

PAGE = Path(__file__).parents[2].joinpath("docs", "holds.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SAID = re.findall(r"^```text\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
VERBS = sorted(set(re.findall(r"`reconciler (\w+)", PAGE)))
SETTINGS = [text for text in SHOWN if not text.startswith("pipeline:")]


@pytest.mark.parametrize("text", SETTINGS)
def test_settings_that_are_shown_are_valid(text):
    assert settings.load(text, "reconciler.yaml", {})


def test_a_definition_that_is_shown_suspends_itself():
    (text,) = set(SHOWN) - set(SETTINGS)
    told = yaml.load(text, yaml.BaseLoader)["sync"]["suspend"]
    assert suspension.read(told)["until"] == "2026-12-31T18:00:00+00:00"
    assert list(suspension.faults(told)) == []


def test_what_a_window_says_is_what_is_shown():
    shown = settings.load(SETTINGS[0], "reconciler.yaml", {})
    saturday = datetime(2026, 5, 2, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert windows.hold(shown.sync.windows, "prod", saturday) == SAID[0]


def test_what_a_plan_says_of_an_approval_is_what_is_shown():
    changes = tuple(Change(Target("1", "eu-west-1"), name, Kind.UPDATE, Cause.GIT) for name in "ab")
    said = plans.text(Plan("c0ffee", changes, pending={"prod": changes})).splitlines()[-2]
    assert said.rpartition(" ")[0] == SAID[1].rpartition(" ")[0]
    assert len(said) == len(SAID[1])


def test_there_is_something_to_look_at():
    assert (len(SETTINGS), len(SAID)) == (4, 2)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_that_is_named_is_there(verb):
    assert CliRunner().invoke(app, [verb, "--help"]).exit_code == 0


def test_every_path_of_the_api_is_named_and_no_other():
    there = {f"POST /api/{each}" for each in api._POST} | {f"GET /api/{each}" for each in api._GET}
    assert set(re.findall(r"^\| `((?:GET|POST) /api/\w+)`", PAGE, re.MULTILINE)) == there


def test_limits_are_told_as_they_are():
    assert (api.LARGEST, api.SHORTEST) == (16 * 1024, 16)

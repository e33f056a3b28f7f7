"""What docs/drift.md shows is what happens."""

from __future__ import annotations

import copy
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from typer.testing import CliRunner

from builders import pipeline
from emulator.talk import Local
from reconciler import settings
from reconciler.cli.app import app
from reconciler.plan.drift import Kind
from workshop import REGION, SETTINGS, Workshop

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2].joinpath("docs", "drift.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```console\n\$ (.*)\n((?:.*\n)*?)```$", PAGE, re.MULTILINE)
(SHOWN,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    local = Local()
    made = Workshop(tmp_path, local)
    monkeypatch.chdir(tmp_path)
    for name, value in made.environment.items():
        if name.startswith("AWS_") or name == "NO_PROXY":
            monkeypatch.setenv(name, value)
    made.define(pipeline("shop-prod-web"))
    made.apply()
    local.say("settle")
    yield made
    local.close()


def edit(local: Local) -> None:
    client = boto3.client("codepipeline", endpoint_url=local.url, region_name=REGION, aws_access_key_id="ana",
                          aws_secret_access_key="secret", config=Config(user_agent="Mozilla/5.0"))  # fmt: skip
    document = copy.deepcopy(client.get_pipeline(name="shop-prod-web")["pipeline"])
    document["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "hotfix"
    client.update_pipeline(pipeline=document)


def told(command: str) -> str:
    return str(CliRunner().invoke(app, shlex.split(command)[1:], prog_name="reconciler").output)


def fits(shown: str, printed: str) -> bool:
    """Whether lines are those that are shown; `…` stands for times, ids and commits."""
    return re.fullmatch(re.escape(shown).replace("…", r"[^\n]+?"), printed) is not None


def test_the_reports_are_those_that_are_shown(shop: Workshop) -> None:
    (now, report), (since, past) = COMMANDS
    edit(shop.endpoint)
    assert fits(report, told(now)), told(now)
    shop.apply()
    assert fits(past, told(since)), told(since)


def test_every_kind_is_explained() -> None:
    assert set(re.findall(r"^\| `([a-z]+)` \|", PAGE, re.MULTILINE)) == {each.value for each in Kind}


def test_the_settings_that_are_shown_are_valid() -> None:
    environments = {"dev": SETTINGS["environments"]["prod"]}
    text = SHOWN + f"environments: {environments}\n"
    assert settings.load(text, "reconciler.yaml", {}).drift.severity == {"dev": "info"}


@pytest.mark.parametrize("verb", ["drift", "status", "history", "schema"])
def test_every_command_that_is_named_exists(verb: str) -> None:
    options: Any = re.findall(rf"`reconciler {verb}[^`]*?(--[a-z]+)", PAGE)
    assert all(option in told(f"reconciler {verb} --help") for option in options)

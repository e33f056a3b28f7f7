"""The sample repository keeps the rules that it shows, the strictest ones included, and says where it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app

CONFIG = Path(__file__).parents[2] / "config"


def findings(*arguments: str) -> list[tuple[str, str]]:
    command = ["validate", str(CONFIG / "pipelines"), "--config", str(CONFIG / "reconciler.yaml"), "--format", "json"]
    done = CliRunner().invoke(app, [*command, *arguments])
    told = json.loads(done.stdout)["findings"]
    return [(Path(each["file"]).stem, each["rule"]) for each in told if each["severity"] != "info"]


@pytest.mark.parametrize("profile", ["minimal", "recommended", "strict"])
def test_the_samples_break_no_rule(profile: str) -> None:
    assert findings("--set", f"policy.profile={profile}") == []


def test_an_audit_tells_what_their_waivers_let_pass() -> None:
    assert ("platform-prod-edge", "environment-parity") in findings("--no-waivers", "--set", "policy.profile=strict")

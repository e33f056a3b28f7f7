"""What docs/notify.md shows is what happens."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from receivers import Receiver
from reconciler import settings
from reconciler.cli.app import app
from reconciler.notify import forge
from reconciler.pipeline.arns import Target
from reconciler.plan.news import Fact, Told
from reconciler.report import notices
from reconciler.settings.notify import Notice

ROOT = Path(__file__).parents[2]
PAGE = ROOT.joinpath("docs", "notify.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(MESSAGE,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PROD = 'environments: {prod: {account: "111111111111", regions: [eu-west-1]}}\n'


@pytest.mark.parametrize("text", SHOWN)
def test_the_settings_that_are_shown_are_valid(text):
    assert settings.load(PROD + text, "reconciler.yaml", {}) != settings.load(PROD, "reconciler.yaml", {})


def test_every_event_and_every_host_is_explained():
    named = re.findall(r"^\| `([a-z]+)` \|", PAGE, re.MULTILINE)
    events = get_args(get_args(Notice.model_fields["on"].annotation)[0])
    assert {*events, *forge.HOSTS} == set(named) - {"topic"}


def test_the_message_is_what_is_sent():
    here = Target("111111111111", "eu-west-1")
    begun = Fact("drift", "definition", f"definition shop-prod-web in {here}", "executionMode: SUPERSEDED → QUEUED",
                 here, "shop-prod-web", ("prod",))  # fmt: skip
    over = Fact("blocked", "update", f"update shop-prod-api in {here}", "", here, "shop-prod-api", ("prod",))
    said = notices.message([begun], [Told(over, datetime(2026, 5, 1, 12, tzinfo=UTC))])
    assert f"{said.title}\n\n{said.body}\n" == MESSAGE


def test_the_verb_prints_what_is_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Receiver() as receiver:
        notify = f"notify: [{{url: 'json://{receiver.address}'}}]\n"
        (tmp_path / "reconciler.yaml").write_text(PROD + notify, encoding="utf-8")
        done = CliRunner().invoke(app, ["notify"], prog_name="reconciler")
    assert f"$ reconciler notify\n{done.output}```" in PAGE


def test_what_is_installed_is_an_extra():
    extras = ROOT.joinpath("pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r"^notify = \[\n    \"apprise", extras, re.MULTILINE)
    assert "[daemon,notify]" in PAGE

"""What docs/daemon.md shows is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reconciler import settings
from reconciler.cli.app import app
from reconciler.web.webhooks import PROVIDERS

PAGE = Path(__file__).parents[2].joinpath("docs", "daemon.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```console\n\$ (.*)\n((?:.*\n)*?)```$", PAGE, re.MULTILINE)
SHOWN = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("command", "printed"), COMMANDS)
def test_a_command_prints_what_is_shown(command, printed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, shlex.split(command)[1:], prog_name="reconciler")
    assert (done.exit_code, done.output.startswith(printed)) == (0, True)


def test_there_are_commands_to_try():
    assert len(COMMANDS) == 2


def test_the_settings_that_are_shown_are_valid():
    queue, webhooks = (settings.load(each, "reconciler.yaml", {}) for each in SHOWN)
    assert queue.source.queue
    assert queue.source.schedule
    assert webhooks.web.webhook_secret_file


def test_every_host_of_webhooks_is_named():
    assert {f"/webhook/{name}" for name in PROVIDERS} == set(re.findall(r"/webhook/\w+", PAGE))


def test_every_metric_is_named_and_no_other():
    pytest.importorskip("prometheus_client")
    from prometheus_client.parser import text_string_to_metric_families

    from reconciler.web.metrics import Metrics

    families = text_string_to_metric_families(Metrics(dict, dict).text()[1].decode())
    there = {f"{each.name}_total" if each.type == "counter" else each.name for each in families}
    stamps = {name for name in there if name.endswith("_created")}
    assert set(re.findall(r"^\| `(reconciler_\w+)`", PAGE, re.MULTILINE)) == there - stamps

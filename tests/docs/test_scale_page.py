"""What docs/scale.md shows is valid, and what it names is there."""

from __future__ import annotations

import re
from pathlib import Path

from reconciler import settings
from reconciler.scale import cluster, crew, requests
from reconciler.sync import parts

PAGE = Path(__file__).parents[2].joinpath("docs", "scale.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_settings_that_are_shown_are_valid_and_a_cluster_takes_them():
    alone, spread = (settings.load(text, "reconciler.yaml", {}) for text in SHOWN)
    assert alone.scale == settings.Scale()
    assert cluster.Cluster(spread.scale, "mark").place == "tls://scheduler.example.com:8786"


def test_the_table_of_steps_has_every_step_that_is_shared_out():
    rows = re.findall(r"^\| ([a-z]+) \| ", PAGE, re.MULTILINE)
    assert [row for row in rows if row not in ("step", "what")] == list(parts.SHARES)


def test_what_does_not_travel_is_said():
    (words,) = re.findall(r"It does not hold (.*?) either", PAGE, re.DOTALL)
    left = set(re.findall(r"`(\w+)`", words))
    assert not left & requests.TRAVELLING
    assert left | requests.TRAVELLING | {"templates", "forge"} == set(settings.Settings.model_fields)


def test_the_model_is_told_as_it_is_shown(workshop):
    command = COMMANDS[0].removeprefix("$ reconciler ").split()
    assert "10,000 pipelines" in workshop.run(*command, check=0).out


def test_the_command_of_a_worker_is_the_one_that_a_refusal_names():
    assert "--preload reconciler.cli.worker" in COMMANDS[1]
    assert "three workers die over one request" in PAGE
    assert crew.ATTEMPTS == 3

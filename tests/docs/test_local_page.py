"""What the page on the local endpoint shows is what happens, from top to bottom on one endpoint."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.main import get_command

from builders import pipeline
from emulator.talk import Local
from reconciler.cli.app import app
from reconciler.emulator import control

PAGE = Path(__file__).parents[2] / "docs" / "local.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(python|http)\n(.*?)```", TEXT, re.DOTALL)
OPTIONS = {option for each in get_command(app).commands["local"].params for option in each.opts}


@pytest.fixture
def local():
    running = Local()
    yield running
    running.close()


def test_the_page_from_top_to_bottom(local, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"URL": local.url, "DOCUMENT": pipeline("shop")}
    for kind, text in BLOCKS:
        if kind == "python":
            exec(text, names)  # what a reader would do
        else:
            for line in text.splitlines():
                path, body = re.fullmatch(r"POST /_local/(\w+) (.*)", line).groups()
                local.say(path, **json.loads(body))
    assert len(BLOCKS) == 16
    assert local.say("time")["elapsed"] >= 3_600_000


@pytest.mark.parametrize("command", control.known())
def test_every_command_is_told(command):
    assert f"`{command}`" in TEXT


@pytest.mark.parametrize("option", sorted(OPTIONS - {"--quiet", "-q", "--help", "--port"}))
def test_every_option_is_told(option):
    assert f"{option}" in TEXT


def test_no_option_is_made_up():
    shown = re.findall(r"`?reconciler local[^\n`]*? (--[a-z]+)", TEXT)
    assert set(shown) <= OPTIONS


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)#]+)", TEXT))
def test_a_link_leads_somewhere(link):
    assert PAGE.parent.joinpath(link).exists()

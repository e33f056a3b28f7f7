"""Twelve leaks between environments, planted one at a time: each is found once, at its line, and nothing else is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import leaks
from reconciler.cli.app import app

if TYPE_CHECKING:
    from pathlib import Path

LEAKS = [pytest.param(each, id=each.what) for each in leaks.LEAKS]


@pytest.fixture
def validate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Give what `validate` says of the sound pipelines with something laid over them."""
    (tmp_path / "reconciler.yaml").write_text(json.dumps(leaks.settings()))
    monkeypatch.chdir(tmp_path)

    def run(overrides: str, *arguments: str) -> list[tuple[int, str, str]]:
        (tmp_path / "web.yaml").write_text(leaks.text(overrides))
        done = CliRunner().invoke(app, ["validate", "web.yaml", "--format", "json", *arguments])
        return [(each["line"], each["rule"], each["severity"]) for each in json.loads(done.stdout)["findings"]]

    return run


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_is_found_once_at_its_line_and_nothing_else_is(validate, leak: leaks.Leak) -> None:
    assert validate(leak.overrides) == [(leak.line, leak.rule, "error")]


@pytest.mark.parametrize("leak", LEAKS)
def test_with_the_minimal_profile_too_what_endangers_production_is_an_error(validate, leak: leaks.Leak) -> None:
    assert validate(leak.overrides, "--set", "policy.profile=minimal") == [(leak.line, leak.rule, "error")]


def test_there_are_twelve() -> None:
    assert len({leak.what for leak in leaks.LEAKS}) == len({leak.rule for leak in leaks.LEAKS}) == 12


def test_without_a_leak_nothing_is_said(validate) -> None:
    assert validate("dev: {}") == []

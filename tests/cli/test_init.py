"""What `init` writes is valid, and its tests pass."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest


@pytest.fixture
def begun(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return cli("init", "deployments", check=0)


def test_it_names_what_it_wrote_and_what_comes_next(begun, tmp_path):
    written = begun.out.split()
    assert {"deployments/reconciler.yaml", "deployments/.github/workflows/pipelines.yaml"} < set(written)
    there = (file for file in (tmp_path / "deployments").rglob("*") if file.is_file())
    assert sorted(written) == sorted(str(file.relative_to(tmp_path)) for file in there)
    assert "reconciler validate && pytest" in begun.err


def test_what_it_wrote_is_valid(begun, cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path / "deployments")
    found = cli("validate", "--format", "json", check=0).json
    assert (found["files"], found["findings"]) == (2, [])


def test_its_tests_pass(begun, tmp_path):
    named = [] if entry_points(group="pytest11", name="pipeline") else ["-p", "pytest_pipeline.plugin"]
    command = [sys.executable, "-m", "pytest", *named, "-q", "-W", "error", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path / "deployments", check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_nothing_is_replaced(begun, cli, tmp_path):
    mine = tmp_path / "deployments" / "reconciler.yaml"
    mine.write_text("mine")
    again = cli("init", "deployments", check=2)
    assert "deployments/reconciler.yaml" in again.err
    assert mine.read_text() == "mine"

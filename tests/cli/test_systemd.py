"""`reconciler systemd install`."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.daemon import units


@pytest.fixture
def install(tmp_path):
    return lambda *words: CliRunner().invoke(app, ["systemd", "install", *words], prog_name="reconciler")


def test_files_are_placed_below_the_folder_and_named(install, tmp_path):
    done = install("--dir", str(tmp_path))
    assert done.stdout.split() == [str(tmp_path / place) for place in units.PLACES.values()]
    assert all((tmp_path / place).is_file() for place in units.PLACES.values())
    assert "systemctl enable --now reconciler" in done.stderr


def test_print_shows_each_file_at_its_place_and_writes_nothing(install, tmp_path):
    done = install("--print", "--dir", str(tmp_path))
    assert [f"# /{place}" in done.stdout for place in units.PLACES.values()] == [True] * 3
    assert (done.exit_code, list(tmp_path.iterdir())) == (0, [])


def test_a_folder_that_may_not_be_written_ends_with_2(install, tmp_path):
    (tmp_path / "etc").touch()
    done = install("--dir", str(tmp_path))
    assert (done.exit_code, done.stderr.startswith("reconciler: ")) == (2, True)

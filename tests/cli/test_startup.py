"""A person waits for `validate` on every save, and a hook on every commit: nothing is imported that is not needed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from builders import pipeline

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = {"reconciler.settings"}
"""What only a verb that reads settings needs. Typer itself may import pydantic to read the options of a verb."""
HEAVY = {"alembic", "boto3", "deepdiff", "git", "moto", "rich", "sqlalchemy", "watchdog", "botocore.session"}
PROGRAM = """
import sys
from reconciler.__main__ import main
try:
    main()
finally:
    print(*sys.modules, sep="\\n", file=sys.stderr)
"""


@pytest.mark.parametrize("settings", [False, True], ids=["without settings", "with settings"])
def test_validating_one_file_imports_nothing_heavy(tmp_path: Path, settings: bool) -> None:
    (tmp_path / "a.json").write_text(json.dumps(pipeline()))
    if settings:
        text = 'environments: {dev: {account: "111111111111", regions: [eu-west-1]}}\n'
        (tmp_path / "reconciler.yaml").write_text(text)
    command = [sys.executable, "-c", PROGRAM, "validate", "a.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    imported = set(done.stderr.splitlines())
    assert "reconciler.pipeline.validity" in imported
    assert imported & HEAVY == set()


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_what_says_only_what_there_is_imports_no_settings_and_nothing_heavy(tmp_path: Path, option: str) -> None:
    command = [sys.executable, "-c", PROGRAM, option]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    imported = set(done.stderr.splitlines())
    assert "reconciler.cli.app" in imported
    assert imported & (HEAVY - {"rich"} | SETTINGS | {"pydantic"}) == set()

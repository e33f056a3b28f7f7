"""What it costs to have the pytest plugin: the items of a thousand definitions, on one core."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import process
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.asked import Asked
    from benchmarks.process import Finished

ACCOUNT, REGION = "111111111111", "eu-west-1"
SETTINGS = f"""\
environments:
  prod: {{account: "{ACCOUNT}", regions: [{REGION}], protected: true}}
"""
INSTALLED = any(each.value == "pytest_pipeline.plugin" for each in entry_points(group="pytest11"))
ADDED = f"-q -p no:cacheprovider -p no:xdist -p no:cov {'' if INSTALLED else '-p pytest_pipeline.plugin'}"
INI = f"[pytest]\npipeline_files = pipelines\naddopts = {ADDED}\n"


def rows(asked: Asked) -> Iterator[Row]:
    """Measure pytest processes: all items of all definitions, and the start alone."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        _lay(folder, asked.pipelines)
        runs = [_pytest(folder, "-W", "error") for _ in asked.runs(3)]
        items = _items(folder)
    cost = Series("ms", tuple(1e3 * run.cpu / items for run in runs))
    yield Row(f"each of {items:,} items of {asked.pipelines:,} definitions", cost, most=5)


def _lay(folder: Path, count: int) -> None:
    import yaml

    from endpoint import sample

    (folder / "reconciler.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / "pytest.ini").write_text(INI, encoding="utf-8")
    (folder / "pipelines").mkdir()
    for number, document in enumerate(sample(count, account=ACCOUNT, region=REGION)):
        text = yaml.safe_dump({"pipeline": document}, sort_keys=False)
        (folder / "pipelines" / f"{number:05}.yaml").write_text(text, encoding="utf-8")


def _pytest(folder: Path, *more: str) -> Finished:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    # Findings of policy are no failure of the measurement: status 1 says that items failed.
    return process.run([sys.executable, "-c", _RUN, *more], folder, environment)


_RUN = "import sys, pytest; sys.exit(int(pytest.main(sys.argv[1:])) > 1)"


def _items(folder: Path) -> int:
    command = [sys.executable, "-m", "pytest", "--collect-only"]
    out = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    found = re.search(r"(\d+) tests collected", out)
    assert found
    return int(found[1])

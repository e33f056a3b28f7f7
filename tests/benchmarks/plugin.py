"""What it costs to have the pytest plugin: its start, the items of a thousand definitions and a test, on one core."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import process
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.asked import Asked
    from benchmarks.process import Finished

ROOT = Path(__file__).parents[2]
ACCOUNT, REGION = "111111111111", "eu-west-1"
SETTINGS = f"""\
environments:
  prod: {{account: "{ACCOUNT}", regions: [{REGION}], protected: true}}
"""
INSTALLED = any(each.value == "pytest_pipeline.plugin" for each in entry_points(group="pytest11"))
ADDED = f"-q -p no:cacheprovider -p no:xdist -p no:cov {'' if INSTALLED else '-p pytest_pipeline.plugin'}"
INI = f"[pytest]\npipeline_files = pipelines\naddopts = {ADDED}\n"


def rows(asked: Asked) -> Iterator[Row]:
    """Measure processes: the start, all items of all definitions, and the body of a test that simulates."""
    yield Row("what the plugin adds to the start of pytest", _start(asked), most=5)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        _lay(folder, asked.pipelines)
        # For every failure that it shows pytest looks through all reports; that is not what is measured.
        runs = [_pytest(folder, "-W", "error", "--tb=no") for _ in asked.runs(3)]
        items = _items(folder)
    cost = Series("ms", tuple(1e3 * run.cpu / items for run in runs))
    yield Row(f"each of {items:,} items of {asked.pipelines:,} definitions", cost, most=5)
    yield Row("the body of a test that simulates a run and asks it twice", _body(asked), most=5)


def _start(asked: Asked) -> Series:
    """Give what the modules cost that are there only with the plugin, as Python itself times their imports."""
    return Series("ms", tuple(_imports("import pytest, pytest_pipeline.plugin") for _ in asked.runs(9)))


def _imports(statement: str) -> float:
    before, after = (_timed(each) for each in ("import pytest", statement))
    return sum(cost for name, cost in after.items() if name not in before) / 1e3


def _timed(statement: str) -> dict[str, int]:
    """Give microseconds by module."""
    command = [sys.executable, "-X", "importtime", "-c", statement]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stderr
    return {
        name: int(cost) for cost, name in re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", told, re.MULTILINE)
    }


def _body(asked: Asked) -> Series:
    """Give what the second and later tests of a session cost, in a process of its own, so that this one stays small."""
    command = [sys.executable, "-m", "benchmarks.plugin", str(len(asked.runs(9)))]
    out = subprocess.run(command, cwd=ROOT / "tests", check=True, capture_output=True, text=True).stdout
    return Series("ms", tuple(json.loads(out)))


def bodies(runs: int) -> list[float]:
    """Give milliseconds of processor time for the body of a test; the first, which judges the definition, left out."""
    from pytest_pipeline import failed, ignored, loading, never_ran, push, simulate

    folder = ROOT / "config" / "testing"
    loader = loading.Loader(folder, loading.settings(folder / loading.SETTINGS))
    pipeline = loader.all(loading.files(folder, ["pipelines"]))["shop-prod-deploy"]

    def body() -> None:
        run = simulate(pipeline, push("main"), given={"Prod/Approve": ignored()})
        assert run == failed(at="Prod/Approve", because="timed out", after="2d")
        assert run == never_ran("Prod/Deploy")

    body()
    return [_cpu(body) for _ in range(runs)]


def _cpu(body: Callable[[], None], turns: int = 100) -> float:
    began = time.process_time()
    for _ in range(turns):
        body()
    return 1e3 * (time.process_time() - began) / turns


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


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bodies(int(sys.argv[1]))))

"""What `reconciler drift` costs: requests, wall and processor time, 50 drifts of 1,000 pipelines at 20 ms a call.

The endpoint is the local CodePipeline, because it knows CloudTrail; it stands in this process and counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import local, process
from benchmarks import site as sites
from benchmarks.site import Site
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.asked import Asked
    from benchmarks.process import Finished

DRIFTED = 50
LATENCY = 0.02
FOUND = (3,)
"""Exit status of `reconciler drift` where something drifted."""
PAGE = 100
"""Tags that one answer holds."""


def rows(asked: Asked) -> Iterator[Row]:
    """Measure the first report, with its authors, and the next one, when they are known."""
    few = min(DRIFTED, asked.pipelines // 2)
    with opened(asked.pipelines, few) as (site, calls):
        first, spent = reported(site, calls)
        again = [reported(site, calls) for _ in asked.runs(3)]
    what = f"drift, {few} of {asked.pipelines:,}"
    lists = -(-asked.pipelines // 1000) + -(-asked.pipelines // PAGE)
    yield Row(f"{what}: lists of pipelines and of tags", _count(spent, "ListPipelines", "GetResources"), most=lists)
    yield Row(f"{what}: declarations read", _count(spent, "GetPipeline"), most=few)
    yield Row(f"{what}: authors asked for", _count(spent, "LookupEvents"), most=few)
    yield Row(f"{what}: executions asked for", _count(spent, "ListPipelineExecutions"), most=few)
    yield Row(f"{what}: requests", Series("calls", (spent.total(),)))
    at = f"{LATENCY * 1000:g} ms a call"
    yield Row(f"{what}, {at}, CloudTrail twice a second", Series("s", (first.wall,)))
    yield Row(f"{what}: processor time", Series("s CPU", (first.cpu,)))
    yield Row(f"{what}, again: requests", Series("calls", tuple(each.total() for _, each in again)))
    yield Row(f"{what}, again, {at}", Series("s", tuple(done.wall for done, _ in again)))
    yield Row(f"{what}, again: processor time", Series("s CPU", tuple(done.cpu for done, _ in again)))


def _count(spent: Counter[str], *operations: str) -> Series:
    return Series("calls", (sum(spent[each] for each in operations),))


def reported(site: Site, calls: Counter[str]) -> tuple[Finished, Counter[str]]:
    """Run the verb; gives it, and the requests of each operation."""
    calls.clear()
    command = ["-m", "reconciler", "drift", "--format", "json", "--quiet"]
    done = process.run([sys.executable, *command], site.folder, site.environment, FOUND)
    return done, Counter(calls)


@contextmanager
def opened(count: int, few: int) -> Iterator[tuple[Site, Counter[str]]]:
    """Give a site with pipelines in force of which a few were edited by somebody else, and the count of its calls."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, _counting() as (url, calls):
        folder = Path(name)
        write = [sys.executable, "-m", "benchmarks.definitions", str(folder / "repository"), str(count), "json"]
        subprocess.run(write, cwd=sites.TESTS, check=True)
        (folder / "reconciler.yaml").write_text(json.dumps(sites.SETTINGS))
        site = Site(folder, url, count)
        with closing(HTTPConnection(url.removeprefix("http://"), timeout=60)) as connection:
            _edited(site, connection, few)
        yield site, calls


def _edited(site: Site, connection: HTTPConnection, few: int) -> None:
    """Make every pipeline, put them in force, edit a few as somebody else, and let calls take their time from then."""
    files = sorted(site.folder.glob("repository/pipelines/*"))
    documents = [json.loads(each.read_text())["pipeline"] for each in files]
    key, _, owner = sites.OWNER.partition("=")
    for each in documents:
        _done(connection, "CreatePipeline", {"pipeline": each, "tags": [{"key": key, "value": owner}]})
    _told(connection, "settle", {})
    site.reconciler("apply")
    for each in documents[:few]:
        each["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "hotfix"
        _done(connection, "UpdatePipeline", {"pipeline": each})
    _told(connection, "faults", {"latency": LATENCY, "times": None})


def _told(connection: HTTPConnection, command: str, body: dict[str, Any]) -> None:
    connection.request("POST", f"/_local/{command}", json.dumps(body))
    answer = connection.getresponse()
    assert answer.read()
    assert answer.status == 200


def _done(connection: HTTPConnection, operation: str, body: dict[str, Any]) -> None:
    status, answer = local.ask(connection, operation, body)
    assert status == 200, answer


@contextmanager
def _counting() -> Iterator[tuple[str, Counter[str]]]:
    """Run the local CodePipeline as of yesterday, and count its calls by operation."""
    from reconciler.emulator.clocks import Clock
    from reconciler.emulator.server import Server
    from reconciler.emulator.site import Site as Local

    calls: Counter[str] = Counter()

    class Counting(Local):
        def _served(self, call: Any, request: Any) -> Any:
            calls[request.operation] += 1
            return super()._served(call, request)

    with Server(Counting(Clock(0, wall=lambda: time.time() - 86_400))) as server:
        yield server.url, calls

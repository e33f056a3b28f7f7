"""The daemon: how soon a commit is live, what idling costs, and whether it answers meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import site as sites
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.asked import Asked
    from benchmarks.site import Site

PASSES = 3
"""Idle passes that are measured."""
EVERY = 5.0
"""Seconds between them; the cost of a pass does not depend on it."""
RESTING = 15.0
"""Seconds without a pass that are measured; the system counts processor time in hundredths."""
TICK = 0.005
"""Seconds between two looks at something that is to happen."""
PATIENCE = 120.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Running:
    """A daemon, and where it answers."""

    process: subprocess.Popen[str]
    url: str

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far, those of children that ended included."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(fields[place]) for place in (11, 12, 13, 14)) / _TICKS

    @property
    def memory(self) -> float:
        """MiB that it holds now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def passes(self) -> int:
        """Give how many passes have ended."""
        with urllib.request.urlopen(f"{self.url}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        return sum(int(float(line.split()[-1])) for line in lines if line.startswith("reconciler_passes_total{"))

    def wait(self, passes: int) -> None:
        """Wait until so many passes have ended."""
        until = time.monotonic() + PATIENCE
        while self.passes() < passes:
            assert time.monotonic() < until, "no pass ends"
            time.sleep(0.05)

    def livez(self) -> float:
        """Give the milliseconds that it takes to say that it lives."""
        began = time.perf_counter()
        with urllib.request.urlopen(f"{self.url}/livez", timeout=PATIENCE) as answer:
            assert answer.status == 200
            answer.read()
        return (time.perf_counter() - began) * 1e3


def rows(asked: Asked) -> Iterator[Row]:
    """Measure at `asked.pipelines` pipelines on an endpoint without latency of its own."""
    with sites.opened(asked.pipelines) as site:
        site.reconciler("apply")
        with _running(site, poll=3600) as daemon:
            daemon.wait(1)
            spent = [_live(site, number) for number in asked.runs(7)]
            daemon.wait(len(spent) + 1)
            rest = _rest(daemon, asked)
        yield Row("a commit in a local repository is live", Series("s", tuple(spent)), most=1)
        with _running(site, poll=EVERY) as daemon:
            daemon.wait(2)  # the first pass remembers, and what was imported for it is not idling
            yield from _idle(daemon, rest, asked)
            yield from _answers(site, daemon, asked)


def _live(site: Site, number: int) -> float:
    """Commit a change of one pipeline, and give the seconds until its update has taken effect."""
    file = sorted((site.folder / "repository" / "pipelines").glob("*.json"))[number]
    document = json.loads(file.read_text())
    document["pipeline"]["stages"][1]["actions"][0]["configuration"]["ProjectName"] = f"other-{number}"
    file.write_text(json.dumps(document))
    before = site.counts()["UpdatePipeline"]
    _git(site, "add", "--all")
    _git(site, "commit", "--quiet", "--message", "another project")
    began = time.monotonic()
    while site.counts()["UpdatePipeline"] == before:
        assert time.monotonic() < began + PATIENCE, "it never came"
        time.sleep(TICK)
    return time.monotonic() - began


def _rest(daemon: Running, asked: Asked) -> float:
    """Give the share of a core that it takes while no pass runs."""
    cpu, began = daemon.cpu, time.monotonic()
    time.sleep(1 if asked.quick else RESTING)
    return (daemon.cpu - cpu) / (time.monotonic() - began)


def _idle(daemon: Running, rest: float, asked: Asked) -> Iterator[Row]:
    """Let it idle over some passes, without a question in between, which would cost something too."""
    passes, cpu, began = daemon.passes(), daemon.cpu, time.monotonic()
    time.sleep(EVERY * len(asked.runs(PASSES)))
    wall, busy = time.monotonic() - began, daemon.cpu - cpu
    each = max(0.0, busy - rest * wall) / max(1, daemon.passes() - passes)
    what = f"idle at {asked.pipelines:,} pipelines"
    yield Row(f"{what}, one pass", Series("s of CPU", (each,)))
    yield Row(f"{what}, a pass a minute", Series("% of a core", ((each / 60 + rest) * 100,)), most=1)
    yield Row(f"{what}, memory", Series("MiB", (daemon.memory,)), most=150)


def _answers(site: Site, daemon: Running, asked: Asked) -> Iterator[Row]:
    """Ask all the time while passes run, one of which changes something."""
    found, until = [], daemon.passes() + len(asked.runs(2))
    _git(site, "commit", "--quiet", "--allow-empty", "--message", "look")
    while daemon.passes() < until:
        found.append(daemon.livez())
        time.sleep(TICK)
    found.sort()
    yield Row("/livez during passes", Series("ms", tuple(found)))
    slow = found[int(len(found) * 0.99)]
    yield Row("/livez during passes, the slowest of a hundred", Series("ms", (slow,)), most=1000)


@contextmanager
def _running(site: Site, poll: float) -> Iterator[Running]:
    """Run a daemon beside the site."""
    options = ("--set", f"source.poll={poll}", "--set", "source.jitter=0", "--set", "web.listen=127.0.0.1:0")
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "run", *options],
        cwd=site.folder, env=site.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        line = next(each for each in process.stderr if "listening on" in each)
        yield Running(process, line.rpartition(" ")[2].strip())
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def _git(site: Site, *arguments: str) -> None:
    author = {f"GIT_{who}_{what}": f"ana{'@example.com' * (what == 'EMAIL')}"
              for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}  # fmt: skip
    folder = site.folder / "repository"
    subprocess.run(["git", *arguments], cwd=folder, env=os.environ | author, check=True)

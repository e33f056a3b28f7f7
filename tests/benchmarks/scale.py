"""One process and many targets: what a quiet pass costs, and how it grows."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import clusters
from benchmarks import estate, passes
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.asked import Asked
    from benchmarks.process import Finished
    from benchmarks.site import Site

LATENCY = 0.05
THREADS = 32
"""Threads of the peer."""
LINEAR = 11
"""How many times as long ten times as many may take."""
MOST_CPU, MOST_MEMORY = 2, 250
"""Seconds, and MiB, for 10,000 pipelines in 50 targets."""
LEADER = 400
"""MiB that the leader of a cluster may hold."""
WORKERS = 4
MODEL = 1.25
"""How far the model of `doctor --load` and the measurement may be apart."""


def rows(asked: Asked) -> Iterator[Row]:
    """Measure quiet passes of the same pipelines in ten times as many targets, and the peer once."""
    sizes = [(2, 10), (5, 20)] if asked.quick else [(5, 200), (50, 200), *([(500, 200)] if asked.whole else [])]
    walls: list[tuple[int, Series]] = []
    for targets, each in sizes:
        with estate.opened(targets, each, latency=LATENCY, source={"repository": "repository", "poll": 3600}) as site:
            count = targets * each
            what = f"N={count:,} in {targets} targets, {LATENCY * 1000:g} ms a call"
            quiet, calls = _quiet(site, asked)
            walls.append((count, _series("s", [run.wall for run in quiet])))
            yield from _one(what, site, quiet, calls, promised=targets <= 50)
            if count in (100, 10_000):
                peer, asked_by_peer = passes.counted(site, lambda site=site: threads(site))
                yield Row(f"quiet pass, requests, {what}", _series("calls", [calls]),
                          _series("calls", [asked_by_peer]), least=30)  # fmt: skip
                yield Row(f"quiet pass beside {THREADS} boto3 threads, {what}", walls[-1][1],
                          _series("s", [peer.wall]), least=20)  # fmt: skip
            if count >= 100_000:
                yield _led(what, site)
    for (less, before), (more, after) in pairwise(walls):
        growth = Series("times", (after.middle / before.middle,))
        yield Row(f"quiet pass, time of N={more:,} / N={less:,}", growth, most=LINEAR)


def _quiet(site: Site, asked: Asked) -> tuple[list[Finished], int]:
    site.reconciler("apply")
    first, calls = passes.counted(site, lambda: site.reconciler("apply"))
    return [first, *(site.reconciler("apply") for _ in asked.runs(3)[1:])], calls


def _one(what: str, site: Site, quiet: list[Finished], calls: int, *, promised: bool) -> Iterator[Row]:
    cpu, memory = (MOST_CPU, MOST_MEMORY) if promised else (None, None)
    yield Row(f"quiet pass, processor time of the whole process, {what}", _series("s", [run.cpu for run in quiet]))
    yield Row(f"quiet pass of a daemon, processor time, {what}", _series("s", _daemon(site)), most=cpu)
    yield Row(f"quiet pass, peak memory, {what}", _series("MiB", [run.peak for run in quiet]), most=memory)
    yield from _modelled(what, site, quiet, calls)


def _led(what: str, site: Site) -> Row:
    """Measure the leader of a quiet pass whose targets are worked on elsewhere."""
    with clusters.running(site.folder, site.environment, WORKERS) as cluster:
        run = site.reconciler("apply", "--set", f"scale.executor={cluster.executor}", "--set", "scale.workers=4")
    return Row(f"leader's peak memory, {WORKERS} Dask workers, {run.wall:.0f} s, {what}", _series("MiB", [run.peak]),
               most=LEADER)  # fmt: skip


def _daemon(site: Site) -> list[float]:
    """Give the processor time of the later passes of a process that stays."""
    return [float(line) for line in site.python("-m", "benchmarks.daemon_passes", "3").out.split()]


def _modelled(what: str, site: Site, quiet: list[Finished], calls: int) -> Iterator[Row]:
    """Set the model beside the measurement."""
    options = ("--load", str(site.count), "--latency", str(LATENCY * 1000), "--format", "json")
    load = json.loads(site.python("-m", "reconciler", "doctor", *options).out)["quiet"]
    middle = _series("MiB", [run.peak for run in quiet])
    for name, measured, modelled in (
        ("calls", _series("calls", [calls]), load["calls"]),
        ("processor time", _series("s", [run.cpu for run in quiet]), load["processor"]),
        ("seconds", _series("s", [run.wall for run in quiet]), load["seconds"]),
        ("memory", middle, load["memory"]),
    ):
        ratio = max(measured.middle / modelled, modelled / measured.middle)
        yield Row(f"doctor --load, {name}, {what}", Series("times off", (ratio,)), measured, most=MODEL)


def threads(site: Site) -> Finished:
    """Run the script that asks about every pipeline, with threads."""
    return site.python("-m", "benchmarks.threaded", str(site.count), str(THREADS))


def _series(unit: str, values: list[float]) -> Series:
    return Series(unit, tuple(values))

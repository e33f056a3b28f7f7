"""A Dask cluster on this machine: workers killed in the middle of a large pass, and four workers beside one process."""

from __future__ import annotations

import re
import sqlite3
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import process
from benchmarks import site as sites
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.asked import Asked
    from benchmarks.process import Finished
    from campaigns import Campaign
    from clusters import Cluster

TARGETS, EACH, WORKERS = 100, 200, 4
LEADER = 400
"""MiB that the leader may hold."""
FASTER = 3
LATENCY = 0.25
FAST = sites.SETTINGS["aws"]


def rows(asked: Asked) -> Iterator[Row]:
    """Measure the pass that loses two of four workers, and first passes that wait for the network."""
    yield from _killed(*((8, 20) if asked.quick else (TARGETS, EACH)))
    yield from _latency(*((8, 10) if asked.quick else (TARGETS, 10)))


def _killed(targets: int, each: int) -> Iterator[Row]:
    with _place(targets, each, threads=4) as (campaign, cluster):
        campaign.begin()
        _apply(campaign)
        campaign.change()
        creations = targets * (each - campaign.there)
        for number, share in ((0, 4), (1, 2)):
            campaign.after("CreatePipeline", creations // share, lambda number=number: cluster.kill(number))
        before, began = len(campaign.workshop.endpoint.log), time.perf_counter()
        runs = [_apply(campaign)]
        while f"{targets * each:,} pipelines in sync" not in runs[-1].out and len(runs) < 8:
            runs.append(_apply(campaign))
        spent, calls = time.perf_counter() - began, len(campaign.workshop.endpoint.log) - before
        dead = sum(worker.poll() is not None for worker in cluster.workers)
        wrong = campaign.wrong()
    if wrong or f"{targets * each:,} pipelines in sync" not in runs[-1].out:
        raise AssertionError(f"{len(wrong)} wrong, such as {wrong[:5]}; the last pass said {runs[-1].out[-500:]}")
    what = f"N={targets * each:,} in {targets} targets, {dead} of {WORKERS} workers killed"
    yield Row(f"converged, {what}: {len(runs)} passes, {calls:,} calls", Series("s", (spent,)))
    yield Row(f"leader memory, {what}", Series("MiB", (max(run.peak for run in runs),)), most=LEADER)


def _latency(targets: int, each: int) -> Iterator[Row]:
    """Compare passes that read every live pipeline, all equal: a call for each, and next to no work."""
    with _place(targets, each, threads=2) as (campaign, _):
        workshop = campaign.workshop
        campaign.define()
        campaign.put()
        _apply(campaign, "--set", "scale.workers=2")  # reads and judges, which is the leader's work either way
        workshop.endpoint.latency = LATENCY
        several = _unseen(campaign, "--set", "scale.workers=2")
        one = _unseen(campaign, "--set", "scale.executor=threads", "--set", "scale.workers=4")
    what = f"N={targets * each:,} in {targets} targets, {LATENCY * 1000:g} ms a call"
    yield Row(
        f"every pipeline read, {WORKERS} workers beside one process, 4 threads each, {what}",
        Series("s", (several.wall,)), Series("s", (one.wall,)), least=FASTER,
    )  # fmt: skip


@contextmanager
def _place(targets: int, each: int, threads: int) -> Iterator[tuple[Campaign, Cluster]]:
    import clusters
    import estates
    from campaigns import Campaign
    from endpoint import Endpoint
    from workshop import Workshop

    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, Endpoint() as endpoint:
        workshop = Workshop(Path(name), endpoint)
        groups = {"environments": estates.environments(targets), "sync": {"limits": {"changes": "100%"}}, "aws": FAST}
        workshop.settings(**groups, scale={"workers": threads})
        with clusters.running(workshop.folder, workshop.environment, workers=WORKERS, threads=threads) as cluster:
            workshop.settings(**groups, scale={"executor": cluster.executor, "workers": threads})
            yield Campaign(workshop, targets, each), cluster


def _apply(campaign: Campaign, *options: str) -> Finished:
    """Apply as the leader, in a process of its own; 1 and 4 say that something is left for the next pass."""
    workshop = campaign.workshop
    command = [sys.executable, "-m", "reconciler", "apply", *options]
    done = process.apart(command, workshop.folder, workshop.environment, fine=(0, 1, 2, 4))
    sys.stderr.write(f"  {done.wall:.0f} s, {re.sub(chr(10), ' | ', done.out[-160:])}\n")
    return done


def _unseen(campaign: Campaign, *options: str) -> Finished:
    """Apply as if no live pipeline had ever been read."""
    with closing(sqlite3.connect(campaign.workshop.folder / ".reconciler" / "state.db")) as database, database:
        database.execute("DELETE FROM documents")
        database.execute("DELETE FROM observations")
    return _apply(campaign, *options)

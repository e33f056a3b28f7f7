"""Whole passes against the script that asks about one pipeline after the other, at 20 ms a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import site as sites
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.asked import Asked
    from benchmarks.process import Finished
    from benchmarks.site import Site

LATENCY = 0.02


def rows(asked: Asked) -> Iterator[Row]:
    """Measure quiet and first passes."""
    with sites.opened(asked.pipelines, latency=LATENCY) as site:
        script, asked_by_script = counted(site, site.sequential)
        scripts = [script, *(site.sequential() for _ in asked.runs(3)[1:])]
        peer, at = _wall(scripts), f"N={asked.pipelines:,}, {LATENCY * 1000:g} ms a call"
        for workers in (16, 32):
            first = [_first(site, workers) for _ in asked.runs(3)]
            yield Row(f"first pass, {workers} workers, {at}", _wall(first), peer, least=4)
        _, asked_by_us = counted(site, lambda: site.reconciler("apply"))
        quiet = [site.reconciler("apply") for _ in asked.runs(5)]
        yield Row(
            f"quiet pass, requests, N={asked.pipelines:,}", _calls(asked_by_us), _calls(asked_by_script), least=100
        )
        yield Row(f"quiet pass, {at}", _wall(quiet), peer, least=50)
        yield Row(f"quiet pass, processor time, N={asked.pipelines:,}", _cpu(quiet), _cpu(scripts))


def counted(site: Site, command: Callable[[], Finished]) -> tuple[Finished, int]:
    """Run a command and give the number of requests that the endpoint counted meanwhile too."""
    before = site.counts()
    done = command()
    return done, (site.counts() - before).total()


def _wall(runs: list[Finished]) -> Series:
    return Series("s", tuple(each.wall for each in runs))


def _cpu(runs: list[Finished]) -> Series:
    return Series("s", tuple(each.cpu for each in runs))


def _calls(count: int) -> Series:
    return Series("calls", (count,))


def _first(site: Site, workers: int) -> Finished:
    site.forget()
    return site.reconciler("apply", "--set", f"scale.workers={workers}")

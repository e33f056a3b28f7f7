"""`reconciler plan` as a process, nothing changed, 50 ms a call, against what else lists or plans pipelines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks import process, terraform
from benchmarks import site as sites
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.asked import Asked
    from benchmarks.process import Finished
    from benchmarks.site import Site

LATENCY = 0.05
_POLICY = {"policies": [{"name": "pipelines", "resource": "aws.codepipeline"}]}


def rows(asked: Asked) -> Iterator[Row]:
    """Measure a plan, and its peers one after the other."""
    with sites.opened(asked.pipelines, latency=LATENCY) as site:
        site.reconciler("apply")
        plans = [site.reconciler("plan") for _ in asked.runs(5)]
        yield Row(f"plan, peak memory, N={site.count:,}", _peak(plans))
        yield from _beside_terraform(plans, site, asked)
        yield _beside_custodian(plans, site, asked)
        yield Row(f"plan / boto3 in sequence, {_at(site)}", _wall(plans), _wall([site.sequential()]))


def _beside_terraform(plans: list[Finished], site: Site, asked: Asked) -> Iterator[Row]:
    theirs: list[Finished] = []
    reason = _missing("terraform", asked)
    if program := asked.program("terraform"):
        try:
            with terraform.prepared(program, site, asked.plugins) as peer:
                theirs = [peer.plan() for _ in asked.runs(3)]
        except terraform.NoProvider:
            reason = "no AWS provider, see --plugins"
    for what, measure, least in (
        (f"plan / terraform plan, {_at(site)}", _wall, 40),
        (f"plan / terraform plan, peak memory, N={site.count:,}", _peak, 10),
    ):
        peers = measure(theirs) if theirs else None
        yield Row(what, measure(plans), peers, least=least, skipped="" if theirs else reason)


def _beside_custodian(plans: list[Finished], site: Site, asked: Asked) -> Row:
    what = f"plan / custodian listing, {_at(site)}"
    if (program := asked.program(asked.custodian)) is None:
        return Row(what, _wall(plans), least=10, skipped=_missing("custodian", asked))
    (site.folder / "policies.json").write_text(json.dumps(_POLICY))
    command = [program, "run", "--output-dir", "custodian", "--cache-period", "0", "policies.json"]
    theirs = [process.run(command, site.folder, site.environment) for _ in asked.runs(3)]
    found = json.loads((site.folder / "custodian" / "pipelines" / "resources.json").read_text())
    assert len(found) == site.count
    return Row(what, _wall(plans), _wall(theirs), least=10)


def _at(site: Site) -> str:
    return f"N={site.count:,}, {LATENCY * 1000:g} ms a call"


def _missing(name: str, asked: Asked) -> str:
    return "quick" if asked.quick else f"{name} not installed"


def _wall(runs: list[Finished]) -> Series:
    return Series("s", tuple(each.wall for each in runs))


def _peak(runs: list[Finished]) -> Series:
    return Series("MiB", tuple(each.peak for each in runs))

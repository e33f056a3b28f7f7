"""`python tests/benchmarks`: measure, and print one table."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

if not __package__:
    # Started as a folder: its own modules must not stand in front of the standard library's.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks import (
    cluster,
    daemon,
    drift_pages,
    endurance,
    lease,
    local,
    memory,
    micro,
    neighbours,
    passes,
    plans,
    plugin,
    policy,
    scale,
    simulation,
    soak,
    table,
    validation,
    yaml_reading,
)
from benchmarks.asked import Asked

GROUPS = {
    "passes": passes.rows,
    "plans": plans.rows,
    "memory": memory.rows,
    "yaml": yaml_reading.rows,
    "micro": micro.rows,
    "validation": validation.rows,
    "policy": policy.rows,
    "simulation": simulation.rows,
    "plugin": plugin.rows,
    "local": local.rows,
    "soak": soak.rows,
    "lease": lease.rows,
    "drift": drift_pages.rows,
    "scale": scale.rows,
    "cluster": cluster.rows,
    "neighbours": neighbours.rows,
    "daemon": daemon.rows,
    "endurance": endurance.rows,
}
PROMISED = 1000
"""Pipelines from which on the targets hold: below, a process start weighs more than what it does."""
LEGEND = """
median (least-most) of several runs; ratio = peer / ours; s, MiB: whole process, start included, MiB of its largest one.
ours: native JSON definitions in git, store warm unless "first", 16 workers, rate limits above the endpoint's pace."""


def main(arguments: list[str] | None = None) -> None:
    """Print the table of the groups that were asked for."""
    options = _parser().parse_args(arguments)
    pipelines = options.pipelines or (100 if options.quick else 1000)
    asked = Asked(pipelines, options.quick, options.whole, options.custodian, options.plugins, options.cfn_lint)
    rows: list[table.Row] = []
    load = os.getloadavg()[0]
    for name in options.only or GROUPS:
        sys.stderr.write(f"measuring {name}\n")
        for row in GROUPS[name](asked):
            rows.append(row if pipelines >= PROMISED else replace(row, least=None, most=None))
            sys.stderr.write(f"  {', '.join(rows[-1].cells())}\n")
    sys.stdout.write(f"{table.render(rows)}\n{LEGEND}\n{_load(load, os.getloadavg()[0])}\n")


def _load(began: float, ended: float) -> str:
    """Say how busy the machine was: what waits for the network hides it, what computes does not."""
    return f"load average {began:.1f} at the beginning and {ended:.1f} at the end, on {os.cpu_count()} cores."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description="What the reconciler costs beside its peers.")
    parser.add_argument("--pipelines", type=int, help="pipelines on the endpoint and in git; 1000, or 100 with --quick")
    parser.add_argument("--only", choices=GROUPS, action="append", help="measure this group; repeatable")
    parser.add_argument("--quick", action="store_true", help="run everything once, without peers to be installed")
    parser.add_argument("--whole", action="store_true", help="also what takes an hour, a hundred thousand pipelines")
    parser.add_argument("--custodian", default="custodian", metavar="PATH", help="program of Cloud Custodian")
    parser.add_argument("--cfn-lint", default="cfn-lint", metavar="PATH", help="program of cfn-lint")
    parser.add_argument("--plugins", default="", metavar="DIR", help="folder with Terraform's AWS provider")
    return parser


if __name__ == "__main__":
    main()

"""`reconciler doctor --load N`: what so many pipelines would cost with the settings as they are; nothing is asked."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from reconciler.cli import build, options, output
from reconciler.plan import loads
from reconciler.plan.loads import Estate

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.settings import Settings

SCHEMA = "codepipeline-reconciler/load/1"


def show(config: Path | None, overrides: list[str], pipelines: int, latency: float, form: options.Format) -> None:
    """Write what a quiet and a first pass over so many pipelines would cost; `latency` in seconds a call."""
    loaded, _ = build.settings(config, overrides)
    estate = _estate(loaded, pipelines, latency)
    passes = {"quiet": loads.quiet(estate), "first": loads.first(estate)}
    if form is options.Format.JSON:
        document: dict[str, Any] = {"schema": SCHEMA, "pipelines": pipelines, "targets": estate.targets}
        output.as_json(document | {name: asdict(each) for name, each in passes.items()})
        return
    output.data(f"{pipelines:,} pipelines in {estate.targets:,} targets, {latency * 1000:g} ms a call, "
                f"{estate.threads} threads")  # fmt: skip
    for name, each in passes.items():
        output.data(
            f"{name:<5} pass  {each.calls:>9,} calls  {each.seconds:>8.1f} s, of which {each.processor:.1f} s of "
            f"processor time  {each.memory:>7.0f} MiB"
        )
    output.data(_advice(estate, loaded))


def _estate(loaded: Settings, pipelines: int, latency: float) -> Estate:
    from reconciler.sync.state import accesses

    found = accesses(loaded)
    roles = {(each.assume_role, each.external_id) for each in found.values() if each.assume_role}
    aws = loaded.aws
    return Estate(
        pipelines, len(found), len(roles), loaded.scale.workers, latency, aws.rate, aws.ceiling, aws.burst
    )  # fmt: skip


def _advice(estate: Estate, loaded: Settings) -> str:
    seconds, poll = loads.quiet(estate).seconds, loaded.source.poll
    if seconds <= poll:
        return f"one process is enough: a quiet pass takes less than source.poll, {poll:g} s"
    more = replace(estate, threads=min(256, estate.threads * 4))
    if loads.quiet(more).seconds <= poll:
        return f"a quiet pass takes longer than source.poll, {poll:g} s: set scale.workers={more.threads}"
    return f"a quiet pass takes longer than source.poll, {poll:g} s: raise it, or spread targets with scale.executor"

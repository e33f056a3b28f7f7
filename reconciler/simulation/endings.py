"""How an execution ends, and how a stage does: status, time, lock and log in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation.state import ENDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Execution, Visit

EVENTS = {
    "Succeeded": "SUCCEEDED",
    "Failed": "FAILED",
    "Stopped": "STOPPED",
    "Superseded": "SUPERSEDED",
    "Cancelled": "CANCELED",
    "Skipped": "SKIPPED",
    "Abandoned": "ABANDONED",
}
"""How events spell statuses (reference G.1); `SKIPPED` is ours, no event says it."""


def finish(engine: Engine, execution: Execution, status: str, summary: str = "") -> None:
    """End an execution."""
    execution.status, execution.ended, execution.place = status, engine.now, ENDED
    execution.summary = summary or execution.summary
    engine.home(execution).active.pop(execution.id, None)
    engine.note(execution, "pipeline", EVENTS[status])
    if engine.keep is not None:
        engine.soon("forget", execution.blueprint.name)


def close(engine: Engine, execution: Execution, visit: Visit, status: str) -> None:
    """End a stage and give its lock back, so that the next one may enter."""
    visit.status, visit.ended = status, engine.now
    engine.note(execution, "stage", EVENTS[status], visit.floor.name)
    release(engine, execution, visit.floor.name)


def release(engine: Engine, execution: Execution, stage: str) -> None:
    """Give the lock of a stage back, if this execution has it."""
    name = execution.blueprint.name
    gate = engine.home(execution).gates.get(stage)
    if gate and gate.holder == execution.id:
        gate.holder = ""
        if gate.queue:
            engine.soon("admit", name, stage)


def forget(engine: Engine, pipeline: str) -> None:
    """Drop the oldest ended executions beyond `keep`, with their lines of the log."""
    if pipeline not in engine.tracks:
        return
    track, keep = engine.track(pipeline), engine.keep or 0
    if len(track.executions) - len(track.active) <= 2 * keep:  # only now and then, so that it costs little
        return
    ended = [each for each in track.executions if each not in track.active]
    dropped = set(ended[: len(ended) - keep])
    track.executions = [each for each in track.executions if each not in dropped]
    track.tokens = {token: each for token, each in track.tokens.items() if each not in dropped}
    engine.approvals = {token: each for token, each in engine.approvals.items() if each not in dropped}
    engine.jobs = {each: job for each, job in engine.jobs.items() if job.execution not in dropped}
    first = min((engine.runs[each].records[0].serial for each in track.executions), default=0)
    engine.records = [
        record
        for record in engine.records
        if record.execution not in dropped
        and (record.execution or record.pipeline != pipeline or record.serial >= first)
    ]
    for each in dropped:
        del engine.runs[each]


HANDLERS: dict[str, Callable[..., None]] = {"forget": forget}

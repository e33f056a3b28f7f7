"""How an execution ends, and how a stage does: status, time, lock and log in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation.state import ENDED

if TYPE_CHECKING:
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

"""Stopping an execution: waiting for its actions, or abandoning them (reference E.13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation import conditions, endings, gates, jobs, stages
from reconciler.simulation.refusals import DUPLICATED_STOP, NOT_STOPPABLE, VALIDATION, Refused
from reconciler.simulation.state import AT_GATE

if TYPE_CHECKING:
    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Execution, Visit

LONGEST = 200
"""Characters of a reason."""


def stop(engine: Engine, pipeline: str, identity: str, *, abandon: bool, reason: str) -> None:
    """Take StopPipelineExecution; raises `Refused` as reference E.13 says."""
    track = engine.track(pipeline)
    if len(reason) > LONGEST:
        raise Refused(VALIDATION, f"a reason has at most {LONGEST} characters")
    if identity not in track.executions:
        raise Refused(NOT_STOPPABLE, f"{pipeline} has no execution {identity}")
    execution = engine.execution(identity)
    if execution.status == "Stopping" and not abandon:
        raise Refused(DUPLICATED_STOP, f"execution {identity} is stopping already")
    if not execution.alive:
        raise Refused(NOT_STOPPABLE, f"execution {identity} is {execution.status}; only one in progress can be stopped")
    execution.stop_reason = reason
    if execution.status == "InProgress":
        execution.status = "Stopping"
        engine.note(execution, "pipeline", "STOPPING", detail={"reason": reason})
    visit = execution.visit
    if execution.place == AT_GATE or visit is None:
        gates.leave(engine, execution)
        endings.finish(engine, execution, "Stopped", reason)
    else:
        _stop_inside(engine, execution, visit, abandon)


def _stop_inside(engine: Engine, execution: Execution, visit: Visit, abandon: bool) -> None:
    if visit.status == "InProgress":
        visit.status = "Stopping"
        engine.note(execution, "stage", "STOPPING", visit.floor.name)
    conditions.close(engine, execution, visit, "Abandoned")
    if abandon:
        give_up(engine, execution, visit)
    if not visit.running:
        stages.stopped(engine, execution, visit)


def give_up(engine: Engine, execution: Execution, visit: Visit) -> None:
    """Abandon every action that runs; what it does outside goes on."""
    for attempt in visit.attempts:
        if attempt.status == "InProgress":
            attempt.status, attempt.ended, attempt.waits = "Abandoned", engine.now, ""
            jobs.time_out(engine, attempt.id)
            engine.note(execution, "action", "ABANDONED", attempt.step.stage, attempt.step.name, attempt.named)
    visit.running = 0

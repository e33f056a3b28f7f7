"""Inside a stage: entry condition, groups of actions, success and failure (reference E.3, E.9, E.19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation import endings
from reconciler.simulation.state import AT_GATE, ENDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulation.blueprint import Step
    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Execution, Visit

PLACES = 5
"""Actions that may run at once in one execution of a PARALLEL pipeline (reference C)."""


def entered(engine: Engine, identity: str, stage: int) -> None:
    """Begin a stage that has just been locked: its entry condition, or its first group."""
    execution = engine.execution(identity)
    visit = execution.visits[stage]
    if "beforeEntry" in visit.floor.conditions:
        engine.soon("evaluate", identity, stage, "beforeEntry")
    else:
        begin(engine, execution, visit, 0)


def begin(engine: Engine, execution: Execution, visit: Visit, group: int) -> None:
    """Start those actions of a group that have not succeeded and do not run."""
    visit.group = group
    waiting = tuple(step for step in visit.floor.groups[group] if _to_run(visit, step))
    if execution.blueprint.parallel and len(waiting) + visit.running > PLACES:
        free = max(0, PLACES - visit.running)
        waiting, visit.ready = waiting[:free], waiting[free:]
    if not waiting and not visit.running:
        engine.soon("proceed", execution.id, visit.floor.index)
    visit.running += len(waiting)
    for step in waiting:
        engine.soon("act", execution.id, visit.floor.index, step)


def _to_run(visit: Visit, step: Step) -> bool:
    last = visit.last(step.name)
    return last is None or last.status not in ("Succeeded", "InProgress")


def proceed(engine: Engine, identity: str, stage: int) -> None:
    """Go on after an action ended: start what was held back, or end the group when nothing runs any more."""
    execution = engine.execution(identity)
    visit = execution.visits[stage]
    failed = visit.failed()
    if visit.ready and _may_start(engine, execution, failed):
        step, visit.ready = visit.ready[0], visit.ready[1:]
        visit.running += 1
        engine.soon("act", identity, stage, step)
        return
    if visit.running:
        return
    visit.ready = ()
    if execution.status == "Stopping":
        stopped(engine, execution, visit)
    elif execution.cancelling:
        cancelled(engine, execution, visit)
    elif failed:
        engine.soon("failing", identity, stage)
    elif visit.group + 1 < len(visit.floor.groups):
        begin(engine, execution, visit, visit.group + 1)
    else:
        succeeding(engine, execution, visit)


def _may_start(engine: Engine, execution: Execution, failed: bool) -> bool:
    if execution.status != "InProgress" or execution.cancelling:
        return False
    return not failed or engine.assumptions.throttled_siblings_start


def succeeding(engine: Engine, execution: Execution, visit: Visit) -> None:
    """Evaluate what a stage wants on success; without it the stage has succeeded."""
    if "onSuccess" not in visit.floor.conditions:
        succeeded(engine, execution, visit)
        return
    if not engine.assumptions.success_checks_hold_stage:
        endings.close(engine, execution, visit, "Succeeded")
    engine.soon("evaluate", execution.id, visit.floor.index, "onSuccess")


def succeeded(engine: Engine, execution: Execution, visit: Visit) -> None:
    """End a stage well and send the execution on."""
    if visit.status != "Succeeded":
        endings.close(engine, execution, visit, "Succeeded")
    onward(engine, execution, visit)


def onward(engine: Engine, execution: Execution, visit: Visit) -> None:
    """Send an execution to the next stage; after the last, and after a rollback's stage, it has succeeded."""
    following = visit.floor.index + 1
    ends_here = execution.kind == "ROLLBACK" and not engine.assumptions.rollback_continues
    if following >= len(execution.blueprint.floors) or ends_here:
        endings.finish(engine, execution, "Succeeded")
        return
    execution.place = AT_GATE
    engine.soon("arrive", execution.id, following)


def skip(engine: Engine, execution: Execution, visit: Visit) -> None:
    """Pass a stage by, because its entry condition says so."""
    endings.close(engine, execution, visit, "Skipped")
    onward(engine, execution, visit)


def failed(engine: Engine, execution: Execution, visit: Visit, summary: str = "") -> None:
    """End a stage and its execution badly."""
    if visit.status != "Failed":
        endings.close(engine, execution, visit, "Failed")
    endings.finish(engine, execution, "Failed", summary)


def undone(engine: Engine, execution: Execution, visit: Visit) -> None:
    """End an execution whose stage succeeded and is then rolled back by its condition (reference E.9)."""
    if visit.status != "Succeeded":
        endings.close(engine, execution, visit, "Succeeded")
    endings.finish(engine, execution, "Failed", "A success condition was not met")


def stopped(engine: Engine, execution: Execution, visit: Visit) -> None:
    """End a stage and its execution, because somebody stopped it."""
    if visit.status in ("InProgress", "Stopping"):
        endings.close(engine, execution, visit, "Stopped")
    endings.finish(engine, execution, "Stopped", execution.stop_reason)


def cancelled(engine: Engine, execution: Execution, visit: Visit) -> None:
    """End a stage and its execution, because the pipeline was updated (reference E.7, I1)."""
    status = engine.assumptions.updated_status
    if visit.status == "InProgress":
        endings.close(engine, execution, visit, status)
    endings.finish(engine, execution, status, "The pipeline was updated while it ran")


def resume(engine: Engine, execution: Execution, visit: Visit, trigger: str) -> None:
    """Open an ended stage again, for a retry or an override."""
    if execution.place == ENDED:
        execution.status, execution.ended, execution.attempt = "InProgress", None, execution.attempt + 1
        execution.summary = execution.stop_reason = ""
        track = engine.home(execution)
        track.active[execution.id] = None
        engine.note(execution, "pipeline", "RESUMED")
    if visit.status != "InProgress":
        visit.status, visit.ended = "InProgress", None
        engine.note(execution, "stage", "RESUMED", visit.floor.name, detail={"retry": trigger})
    execution.place = "stage"
    if not execution.blueprint.parallel:
        gate = engine.home(execution).gates[visit.floor.name]
        gate.holder = gate.latest = execution.id


HANDLERS: dict[str, Callable[..., None]] = {"entered": entered, "proceed": proceed}

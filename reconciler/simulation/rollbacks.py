"""Rolling a stage back, by hand and by itself (reference E.12)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.simulation import gates, starts
from reconciler.simulation.refusals import EXECUTION_NOT_FOUND, UNABLE_TO_ROLL_BACK, Refused
from reconciler.simulation.trace import Start

if TYPE_CHECKING:
    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Execution, Visit


def roll_back(engine: Engine, pipeline: str, stage: str, target: str, by: str) -> str:
    """Take RollbackStage: gives the id of the new execution; raises `Refused` as reference E.12 says."""
    track = engine.track(pipeline)
    number = engine.stage_number(track, stage)
    if target not in track.executions:
        raise Refused(EXECUTION_NOT_FOUND, f"{pipeline} has no execution {target}")
    wanted = engine.runs[target]
    if why := _obstacle(engine, wanted, number):
        raise Refused(UNABLE_TO_ROLL_BACK, f"stage {stage} cannot be rolled back to {target}: {why}")
    return begin(engine, wanted, number, Start("ManualRollback", by, by))


def _obstacle(engine: Engine, target: Execution, number: int) -> str:
    track = engine.tracks[target.blueprint.name]
    name = track.blueprint.floors[number].name
    if number == 0:
        return "it is the source stage"
    if track.blueprint.parallel:
        return "a PARALLEL pipeline does not roll back"
    if target.blueprint is not track.blueprint:
        return f"that execution ran version {target.blueprint.version}, the pipeline is at {track.blueprint.version}"
    if target.kind == "ROLLBACK":
        return "that execution is a rollback itself"
    if number not in target.visits or target.visits[number].status != "Succeeded":
        return "that execution has not succeeded there"
    return "the stage is running" if track.gates[name].holder else ""


def automatic(engine: Engine, execution: Execution, visit: Visit) -> None:
    """Roll back to the latest success of the stage in this version; without one, and after a rollback, do nothing."""
    if execution.kind == "ROLLBACK":
        return
    number = visit.floor.index
    for identity in reversed(engine.tracks[execution.blueprint.name].executions):
        target = engine.runs[identity]
        if target.id != execution.id and not _obstacle(engine, target, number):
            execution.status = engine.assumptions.rolled_back_status
            detail = json.dumps({"FailedPipelineExecutionId": execution.id})
            begin(engine, target, number, Start("AutomatedRollback", detail))
            return


def begin(engine: Engine, target: Execution, number: int, start: Start) -> str:
    """Start a rollback: it enters the stage at once, with all that the target had."""
    made = starts.make(engine, engine.home(target), start)
    made.kind, made.rollback_of, made.stage = "ROLLBACK", target.id, number
    made.artifacts, made.values = target.artifacts.copy(), target.values.copy()
    made.variables, made.revisions, made.heads = target.variables, target.revisions.copy(), target.heads
    starts.announce(engine, made)
    gates.enter(engine, made)
    return made.id

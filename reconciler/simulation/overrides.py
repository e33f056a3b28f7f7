"""Overriding a condition, so that an execution goes on as if it were met (reference E.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation import conditions, stages
from reconciler.simulation.refusals import LIMIT, NOT_LATEST, NOT_OVERRIDABLE, VALIDATION, Refused
from reconciler.simulation.starts import MOST_RUNS

if TYPE_CHECKING:
    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Check, Execution, Track, Visit

KINDS = {"BEFORE_ENTRY": "beforeEntry", "ON_SUCCESS": "onSuccess"}
OPEN = ("InProgress", "Failed", "Errored")


def override(engine: Engine, pipeline: str, stage: str, identity: str, condition: str) -> None:
    """Take OverrideStageCondition; raises `Refused` as reference E.9 says."""
    track = engine.track(pipeline)
    number = engine.stage_number(track, stage)
    if condition not in KINDS:
        raise Refused(VALIDATION, f"conditionType is {' or '.join(KINDS)}, not {condition!r}")
    _latest(engine, track, number, identity)
    execution = engine.execution(identity)
    visit = execution.visits[number]
    check = _check(visit, KINDS[condition])
    if check is None or not _open(execution, track, check):
        raise Refused(NOT_OVERRIDABLE, f"stage {stage} has no {condition} condition that holds {identity} back")
    crowded = track.blueprint.mode != "SUPERSEDED" and len(track.active) >= MOST_RUNS
    if crowded and identity not in track.active:
        raise Refused(LIMIT, f"{pipeline} runs {len(track.active)} executions; the limit is {MOST_RUNS}")
    if not conditions.close(engine, execution, visit, "Overridden"):
        check.status = "Overridden"
        engine.note(execution, "condition", "OVERRIDDEN", stage, check.condition.kind)
    _go_on(engine, execution, visit, check.condition.kind)


def _go_on(engine: Engine, execution: Execution, visit: Visit, kind: str) -> None:
    if kind == "beforeEntry":
        stages.resume(engine, execution, visit, "")
        stages.begin(engine, execution, visit, 0)
        return
    if execution.status == "InProgress":
        stages.succeeded(engine, execution, visit)
        return
    stages.resume(engine, execution, visit, "")
    stages.succeeded(engine, execution, visit)


def _latest(engine: Engine, track: Track, number: int, identity: str) -> None:
    name = track.blueprint.floors[number].name
    known = identity in track.executions and number in engine.runs[identity].visits
    if not known or (not track.blueprint.parallel and track.gates[name].latest != identity):
        raise Refused(NOT_LATEST, f"{identity} is not the latest execution in stage {name}")


def _check(visit: Visit, kind: str) -> Check | None:
    return next((check for check in reversed(visit.checks) if check.condition.kind == kind), None)


def _open(execution: Execution, track: Track, check: Check) -> bool:
    """Tell whether a condition holds its execution back, and may be overridden: skips may not."""
    if execution.blueprint is not track.blueprint or check.condition.result == "SKIP":
        return False
    return check.status in OPEN and execution.status in ("InProgress", "Failed")

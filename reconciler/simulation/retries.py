"""Retrying a stage, by hand and by itself (reference E.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation import stages
from reconciler.simulation.refusals import CONFLICT, LIMIT, NOT_LATEST, NOT_RETRYABLE, VALIDATION, Refused
from reconciler.simulation.starts import MOST_RUNS

if TYPE_CHECKING:
    from reconciler.simulation.blueprint import Step
    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Execution, Track, Visit

FAILED, ALL = "FAILED_ACTIONS", "ALL_ACTIONS"
BY_HAND, BY_ITSELF = "ManualStageRetry", "AutomatedStageRetry"


def retry(engine: Engine, pipeline: str, stage: str, identity: str, mode: str) -> None:
    """Take RetryStageExecution; raises `Refused` as reference E.11 says."""
    track = engine.track(pipeline)
    number = engine.stage_number(track, stage)
    if mode not in (FAILED, ALL):
        raise Refused(VALIDATION, f"retryMode is {FAILED} or {ALL}, not {mode!r}")
    visit = _retryable(engine, track, number, identity)
    execution = engine.execution(identity)
    visit = execution.visits[number]
    _check_actions(visit, mode)
    if execution.place == "ended" and track.blueprint.mode != "SUPERSEDED" and len(track.active) >= MOST_RUNS:
        raise Refused(LIMIT, f"{pipeline} runs {len(track.active)} executions; the limit is {MOST_RUNS}")
    visit.manual += 1
    again(engine, execution, visit, mode, BY_HAND)


def _retryable(engine: Engine, track: Track, stage: int, identity: str) -> Visit:
    execution = engine.runs.get(identity)
    visit = execution.visits.get(stage) if execution else None
    name = track.blueprint.floors[stage].name
    if execution is None or visit is None or execution.blueprint.name != track.blueprint.name:
        raise Refused(NOT_RETRYABLE, f"execution {identity} has not run stage {name}")
    if execution.blueprint is not track.blueprint:
        raise Refused(NOT_RETRYABLE, f"the pipeline was changed to version {track.blueprint.version} since; "
                      f"execution {identity} ran version {execution.blueprint.version}")  # fmt: skip
    if not execution.blueprint.parallel and track.gates[name].latest != identity:
        raise Refused(NOT_LATEST, f"{track.gates[name].latest} is the latest execution in stage {name}, not {identity}")
    if visit.status not in ("Failed", "Stopped", "InProgress"):
        raise Refused(NOT_RETRYABLE, f"stage {name} is {visit.status}; only a failed or stopped one is retried")
    return visit


def _check_actions(visit: Visit, mode: str) -> None:
    if visit.running and mode == ALL:
        raise Refused(NOT_RETRYABLE, f"actions of stage {visit.floor.name} are in progress; retry {FAILED} or wait")
    if visit.running and any(each.status == "InProgress" and each.number > 1 for each in visit.attempts):
        raise Refused(CONFLICT, f"another retry of stage {visit.floor.name} is in progress")
    if visit.status != "Stopped" and not visit.failed():
        raise Refused(NOT_RETRYABLE, f"no action of stage {visit.floor.name} has failed")
    if visit.status == "InProgress" and not visit.running:
        raise Refused(CONFLICT, f"stage {visit.floor.name} is deciding what follows from its failure; wait")


def automatic(engine: Engine, execution: Execution, visit: Visit) -> bool:
    """Retry a failed stage by itself, once per execution; gives whether it does."""
    if visit.automatic or not visit.failed():
        return False
    visit.automatic += 1
    engine.note(execution, "stage", "FAILED", visit.floor.name)
    visit.status = "Failed"
    again(engine, execution, visit, visit.floor.retry_mode, BY_ITSELF)
    return True


def again(engine: Engine, execution: Execution, visit: Visit, mode: str, trigger: str) -> None:
    """Run a stage again: all of it, or what has not succeeded and what comes after."""
    running = visit.running
    stages.resume(engine, execution, visit, trigger)
    visit.attempt, visit.retry = visit.attempt + 1, trigger
    if mode == ALL:
        visit.latest = {}
    if running:
        stages.begin(engine, execution, visit, visit.group)
        return
    groups = visit.floor.groups
    unfinished = (number for number, group in enumerate(groups) if not all(_succeeded(visit, each) for each in group))
    stages.begin(engine, execution, visit, next(unfinished, len(groups) - 1))


def _succeeded(visit: Visit, step: Step) -> bool:
    last = visit.last(step.name)
    return last is not None and last.status == "Succeeded"

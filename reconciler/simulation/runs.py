"""The picture of one execution: from the engine's state to an immutable `Run`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation.durations import spell
from reconciler.simulation.events import Events
from reconciler.simulation.state import AT_GATE, ENDED, IN_STAGE
from reconciler.simulation.trace import NOTHING, ActionRun, ConditionRun, RuleRun, Run, StageRun, Waiting

if TYPE_CHECKING:
    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Attempt, Check, Execution, Visit


def run(engine: Engine, execution: Execution) -> Run:
    """Give the picture of an execution as it is now."""
    return Run(
        pipeline=execution.blueprint.name,
        id=execution.id,
        number=execution.number,
        version=execution.blueprint.version,
        mode=execution.blueprint.mode,
        kind=execution.kind,
        trigger=execution.start,
        status=execution.status,
        started=execution.started,
        ended=execution.ended,
        stages=tuple(stage_run(execution.visits[number]) for number in sorted(execution.visits)),
        variables=execution.variables,
        revisions=execution.revisions.copy(),
        superseded_by=execution.superseded_by,
        waited_before=_waited_before(execution),
        waiting=waiting(engine, execution),
        rollback_of=execution.rollback_of,
        summary=execution.summary,
        stop_reason=execution.stop_reason,
        now=engine.now,
        events=Events(tuple(execution.records), execution, engine.begins, engine.target,
                      outermost=engine.assumptions.outermost_event_first),
    )  # fmt: skip


def _waited_before(execution: Execution) -> str:
    """Give the stage at whose entrance an execution ended; empty if it ended elsewhere."""
    at_gate = execution.place == ENDED and execution.visit is None and execution.status != "Failed"
    return execution.blueprint.floors[execution.stage].name if at_gate else ""


def waiting(engine: Engine, execution: Execution) -> Waiting | None:
    """Say why nothing moves in an execution; None if it moves, or has ended."""
    if not execution.alive:
        return None
    floor = execution.blueprint.floors[execution.stage]
    if engine.exhausted:
        return Waiting("budget", floor.name, f"the budget of {engine.budget} steps is spent; raise it, or look for a "
                       "function that asks to be called again without end")  # fmt: skip
    if execution.place == AT_GATE:
        return _at_gate(engine, execution, floor.name)
    visit = execution.visit
    return _inside(visit) if visit and execution.place == IN_STAGE else None


def _at_gate(engine: Engine, execution: Execution, stage: str) -> Waiting | None:
    track = engine.tracks.get(execution.blueprint.name)
    gate = track.gates.get(stage) if track else None
    if gate is None:
        return None
    if execution.stale:
        text = f"the transition into {stage} was disabled for more than 30 days, and nothing resumes after that"
        return Waiting("transition", stage, f"{text}; start again")
    if not gate.enabled:
        return Waiting("transition", stage, f"the transition into {stage} is disabled: {gate.reason}")
    if gate.holder:
        number = engine.runs[gate.holder].number
        return Waiting("lock", stage, f"execution #{number} is in {stage}")
    return Waiting("lock", stage, f"{stage} is about to be free")


def _inside(visit: Visit) -> Waiting | None:
    running = [attempt for attempt in visit.attempts if attempt.status == "InProgress"]
    if running and all(attempt.waits for attempt in running):
        first = running[0]
        return Waiting(first.waits, first.step.place, _reason(first))
    check = visit.check()
    held = [ruling for ruling in check.rulings if ruling.status == "InProgress"] if check else []
    if held and all(ruling.waits for ruling in held):
        return Waiting(held[0].waits, visit.floor.name, held[0].summary or f"rule {held[0].rule.name} has no verdict")
    return None


def _reason(attempt: Attempt) -> str:
    step = attempt.step
    limit = f"; it times out after {spell(step.timeout)}" if step.timeout is not None else ""
    if attempt.waits == "approval":
        return f"{step.place} waits for an approval{limit}"
    if attempt.waits == "job":
        return f"{step.place} waits for a job worker{limit}"
    return f"nothing is heard of {step.place}{limit}"


def stage_run(visit: Visit) -> StageRun:
    """Give the picture of one stage."""
    return StageRun(
        stage=visit.floor.name,
        status=visit.status,
        attempt=visit.attempt,
        entered=visit.entered,
        ended=visit.ended,
        retry=visit.retry,
        conditions=tuple(map(_condition, visit.checks)) if visit.checks else (),
        actions=tuple(map(_action, visit.attempts)),
    )


def _condition(check: Check) -> ConditionRun:
    rules = tuple(
        RuleRun(each.rule.name, each.rule.provider, each.status, each.started, each.ended, each.summary)
        for each in check.rulings
    )
    return ConditionRun(check.condition.kind, check.condition.result, check.status, check.started, check.ended, rules)


def _action(attempt: Attempt) -> ActionRun:
    step = attempt.step
    return ActionRun(
        stage=step.stage,
        action=step.name,
        id=attempt.id,
        attempt=attempt.number,
        run_order=step.run_order,
        provider=step.provider,
        category=step.category,
        region=step.region,
        role=step.role,
        status=attempt.status,
        started=attempt.started,
        ended=attempt.ended,
        summary=attempt.summary,
        failure=attempt.failure,
        configuration=attempt.configuration,
        inputs=dict(zip(step.inputs, attempt.inputs, strict=False)) if step.inputs else NOTHING,
        outputs=dict(zip(step.outputs, attempt.outputs, strict=False)) if attempt.outputs else NOTHING,
        variables=attempt.variables or NOTHING,
        token=attempt.token,
        external_id=attempt.external_id,
        by=attempt.by,
    )

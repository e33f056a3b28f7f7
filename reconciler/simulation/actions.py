"""One action: its inputs and configuration, what becomes of it, and how it ends (reference E.3, E.14, E.17, C)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation import approvals, decisions, endings, jobs, nominal, resolving, revisions
from reconciler.simulation.durations import SECOND, duration, spell
from reconciler.simulation.limits import limited
from reconciler.simulation.outcomes import (
    Calls,
    Continues,
    Fails,
    Hangs,
    Ignored,
    Outcome,
    Runs,
    Succeeds,
    Worker,
)  # fmt: skip
from reconciler.simulation.state import Attempt
from reconciler.simulation.trace import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulation.blueprint import Step
    from reconciler.simulation.engine import Engine
    from reconciler.simulation.outcomes import Verdict
    from reconciler.simulation.state import Execution, Visit

CONTINUATION = 30 * SECOND
"""When a function that asked to be invoked again is; AWS publishes no figure."""


def act(engine: Engine, identity: str, stage: int, step: Step) -> None:
    """Start an action."""
    execution = engine.execution(identity)
    visit = execution.visits[stage]
    number = 1 + sum(each.step is step for each in visit.attempts) if visit.attempt > 1 else 1
    attempt = Attempt(step, engine.identity(), number, engine.now)
    where = visit.latest[step.name] = len(visit.attempts)
    visit.attempts.append(attempt)
    engine.note(execution, "action", "STARTED", step.stage, step.name, attempt.named)
    if step.inputs or step.reads:
        fault = resolving.resolve(execution, attempt)
        if fault:
            conclude(engine, execution, visit, where, Fails("ConfigurationError", fault))
            return
    if step.refusal:
        conclude(engine, execution, visit, where, Fails("PermissionError", step.refusal))
        return
    if step.abroad and step.inputs:
        detail = {"region": step.region, "artifacts": dict(zip(step.inputs, attempt.inputs, strict=True))}
        engine.note(execution, "copy", "COPIED", step.stage, step.name, detail)
    if step.approval:
        approvals.request(engine, execution, attempt)
    _foresee(engine, execution, visit, where, attempt)


def _foresee(engine: Engine, execution: Execution, visit: Visit, where: int, attempt: Attempt) -> None:
    """Put what becomes of an action onto the agenda."""
    step = attempt.step
    entry = engine.given.choose(step.place, step) if engine.given.entries else None
    if entry is None:
        if step.approval:
            _wait(engine, execution, visit, where, "approval")
        else:
            _end(engine, execution, visit, where, None, step.span)
        return
    engine.asked.add(entry.name)
    outcome = entry.outcomes[min(attempt.number, len(entry.outcomes)) - 1]
    _follow(engine, execution, visit, where, outcome)


def _follow(engine: Engine, execution: Execution, visit: Visit, where: int, outcome: Verdict) -> None:
    attempt = visit.attempts[where]
    step = attempt.step
    if isinstance(outcome, Calls | Runs):
        outcome = decisions.decided(engine, execution, attempt, outcome)
    if isinstance(outcome, Worker):
        jobs.offer(engine, execution, visit.floor.index, where)
        _wait(engine, execution, visit, where, "job")
    elif isinstance(outcome, Hangs | Ignored):
        attempt.waits = "approval" if step.approval else "outcome"
        if (limit := limited(engine, attempt)) is not None:
            engine.later(limit, "expire", execution.id, visit.floor.index, where)
    elif isinstance(outcome, Continues):
        span = CONTINUATION if outcome.after is None else duration(outcome.after)
        engine.later(span, "invoke", execution.id, visit.floor.index, where, outcome.token)
    else:
        after = getattr(outcome, "after", None)
        span = step.span if after is None else duration(after)
        _end(engine, execution, visit, where, outcome, span)


def _end(  # noqa: PLR0913, PLR0917 - which action, and how it ends
    engine: Engine, execution: Execution, visit: Visit, where: int, outcome: Outcome | None, span: int,
) -> None:  # fmt: skip
    """Let an action end after a span, unless its timeout comes first (reference C)."""
    attempt = visit.attempts[where]
    if attempt.step.approval:
        attempt.waits = "approval"
    left = limited(engine, attempt)
    if left is not None and span > left:
        engine.later(left, "expire", execution.id, visit.floor.index, where)
    else:
        engine.later(span, "end", execution.id, visit.floor.index, where, outcome)


def _wait(engine: Engine, execution: Execution, visit: Visit, where: int, kind: str) -> None:
    """Let an action wait for somebody; its timeout comes if time ever passes it."""
    attempt = visit.attempts[where]
    attempt.waits = kind
    if (limit := limited(engine, attempt)) is not None:
        engine.perhaps(limit, "expire", execution.id, visit.floor.index, where)


def invoke(engine: Engine, identity: str, stage: int, where: int, token: str) -> None:
    """Invoke a function again that answered with a continuation token (reference D.5)."""
    execution = engine.execution(identity)
    visit = execution.visits[stage]
    attempt = visit.attempts[where]
    if attempt.status != "InProgress":
        return
    if attempt.step.timeout is not None and engine.now - attempt.started >= attempt.step.timeout:
        attempt.deadline = engine.now
        expire(engine, identity, stage, where)
        return
    entry = engine.given.choose(attempt.step.place, attempt.step)
    outcome = entry.outcomes[min(attempt.number, len(entry.outcomes)) - 1] if entry else Hangs()
    if isinstance(outcome, Calls | Runs):
        _follow(engine, execution, visit, where, decisions.decided(engine, execution, attempt, outcome, token))


def end(engine: Engine, identity: str, stage: int, where: int, outcome: Outcome | None) -> None:
    """End an action as foreseen, unless something else ended it before."""
    execution = engine.execution(identity)
    visit = execution.visits[stage]
    if visit.attempts[where].status == "InProgress":
        conclude(engine, execution, visit, where, outcome)


def expire(engine: Engine, identity: str, stage: int, where: int) -> None:
    """Fail an action that reached its timeout (reference C)."""
    attempt = engine.runs[identity].visits[stage].attempts[where]
    if attempt.status != "InProgress" or engine.now < attempt.deadline:
        return
    execution = engine.execution(identity)
    visit = execution.visits[stage]
    step = visit.attempts[where].step
    after = spell(engine.now - visit.attempts[where].started)
    if step.approval:
        failure = Failure("JobFailed", engine.assumptions.approval_code, f"The approval timed out after {after}")
    else:
        failure = Failure("JobFailed", "JobFailed", f"The action timed out after {after}")
    jobs.time_out(engine, visit.attempts[where].id)
    fail(engine, execution, visit, where, failure)


def conclude(engine: Engine, execution: Execution, visit: Visit, where: int, outcome: Outcome | None) -> None:
    """Give an action its outcome; None is success as usual."""
    if outcome is None or isinstance(outcome, Succeeds):
        succeed(engine, execution, visit, where, outcome)
    elif isinstance(outcome, Fails):
        failure = Failure(outcome.type, outcome.code or outcome.type, outcome.message)
        fail(engine, execution, visit, where, failure)
    else:
        approvals.conclude(engine, execution, visit.attempts[where], outcome)
        settled(engine, execution, visit, where)


def succeed(engine: Engine, execution: Execution, visit: Visit, where: int, outcome: Succeeds | None) -> None:
    """End an action well: revisions of its artifacts and variables are there from now on (reference E.14)."""
    attempt = visit.attempts[where]
    step = attempt.step
    revision = revisions.made(engine, execution, attempt)
    attempt.outputs = (revision,) * len(step.outputs)
    if step.variables:
        attempt.variables = nominal.variables(step.variables, attempt.configuration, revision)
    if step.source and step.sometimes:
        attempt.variables = {**(attempt.variables or {}), **revisions.told(step, execution.start)}
    if outcome is not None:
        artifacts, variables = outcome.artifacts, outcome.variables
        if artifacts:
            attempt.outputs = tuple(artifacts.get(name, revision) for name in step.outputs)
        if variables:
            attempt.variables = {**(attempt.variables or {}), **variables}
        attempt.summary, attempt.external_id = outcome.summary, outcome.external_id or attempt.external_id
    if step.source:
        attempt.external_id = attempt.external_id or revision  # reference F.3
        execution.revisions[step.name] = attempt.outputs[0] if attempt.outputs else revision
    for name, made in zip(step.outputs, attempt.outputs, strict=True):
        execution.artifacts[name] = made
    if step.namespace:
        execution.values[step.namespace] = attempt.variables or {}
    attempt.status = "Succeeded"
    settled(engine, execution, visit, where)


def fail(engine: Engine, execution: Execution, visit: Visit, where: int, failure: Failure) -> None:
    """End an action badly."""
    attempt = visit.attempts[where]
    attempt.status, attempt.failure, attempt.summary = "Failed", failure, failure.message
    settled(engine, execution, visit, where)


def settled(engine: Engine, execution: Execution, visit: Visit, where: int) -> None:
    """Write down that an action ended, and let its stage go on."""
    attempt = visit.attempts[where]
    attempt.ended, attempt.waits = engine.now, ""
    step = attempt.step
    engine.note(execution, "action", endings.EVENTS[attempt.status], step.stage, step.name, attempt.named)
    visit.running -= 1
    engine.soon("proceed", execution.id, visit.floor.index)


HANDLERS: dict[str, Callable[..., None]] = {"act": act, "end": end, "expire": expire, "invoke": invoke}

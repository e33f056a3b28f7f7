"""Conditions of a stage: rules run side by side, then one verdict (reference E.9, D.6).

Rules of this file:

* A rule's verdict is given; otherwise `checks` computes it from variables, alarms and the clock; otherwise it is good.
* The condition is met if every rule succeeded. A rule that errs or times out makes it `Errored` (I33).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.errors import Broken
from reconciler.simulation import checks, messages, resolving
from reconciler.simulation.checks import AlarmState, Facts
from reconciler.simulation.durations import duration
from reconciler.simulation.outcomes import ActionContext, Alarm, Calls, Errs, Fails, Hangs, Outcome, Runs, Succeeds
from reconciler.simulation.state import Check

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Execution, Ruling, Visit

ERRORED = "Errored: "
"""How the summary of a rule begins that could not be evaluated; rules have no status for it (reference E.1)."""

COMPUTED = frozenset({"CloudWatchAlarm", "DeploymentWindow", "VariableCheck"})


def evaluate(engine: Engine, identity: str, stage: int, kind: str) -> None:
    """Start the rules of a condition."""
    execution = engine.execution(identity)
    visit = execution.visits[stage]
    check = Check(visit.floor.conditions[kind], engine.now)
    where = len(visit.checks)
    visit.checks.append(check)
    engine.note(execution, "condition", "STARTED", visit.floor.name, kind)
    for number, ruling in enumerate(check.rulings):
        engine.note(execution, "rule", "STARTED", visit.floor.name, f"{kind}/{ruling.rule.name}")
        _foresee(engine, execution, visit, (where, number), ruling)
    if not check.rulings:
        _settle(engine, execution, visit, where)


def _foresee(engine: Engine, execution: Execution, visit: Visit, at: tuple[int, int], ruling: Ruling) -> None:
    rule, event = ruling.rule, ("rule", execution.id, visit.floor.index, *at)
    outcome = _outcome(engine, execution, visit, ruling)
    if outcome is None or isinstance(outcome, Alarm):
        if rule.provider in COMPUTED:
            ruling.told = outcome
            engine.soon("ask", execution.id, visit.floor.index, *at)
        else:
            engine.later(rule.span, *event, "Succeeded", "")
        return
    after = getattr(outcome, "after", None)
    span = rule.span if after is None else duration(after)
    if isinstance(outcome, Hangs) or (rule.timeout is not None and span > rule.timeout):
        ruling.waits = "outcome"
        if rule.timeout is not None:
            engine.later(rule.timeout, *event, "Failed", f"{ERRORED}it timed out")
    elif isinstance(outcome, Errs):
        engine.later(span, *event, "Failed", ERRORED + outcome.message)
    elif isinstance(outcome, Succeeds):
        engine.later(span, *event, "Succeeded", outcome.summary)
    elif isinstance(outcome, Fails):
        engine.later(span, *event, "Failed", outcome.message)


def _outcome(engine: Engine, execution: Execution, visit: Visit, ruling: Ruling) -> Outcome | None:
    """Give what is said about a rule, functions already asked; None if nothing is."""
    rule = ruling.rule
    entry = engine.given.choose(rule.place, None) if engine.given.entries else None
    if entry is None:
        return None
    engine.asked.add(entry.name)
    number = sum(check.condition.kind == rule.kind for check in visit.checks)
    outcome: Any = entry.outcomes[min(number, len(entry.outcomes)) - 1]
    about = _context(engine, execution, ruling, number)
    if isinstance(outcome, Calls):
        outcome = outcome.function(about)
    if isinstance(outcome, Runs) and engine.handlers is not None:
        outcome = engine.handlers(outcome, about)
    if not isinstance(outcome, Succeeds | Fails | Errs | Hangs | Alarm):
        raise Broken(f"{rule.place} is a rule and was given {outcome!r}; give succeeds, fails, errs, hangs or an alarm")
    return outcome


def _context(engine: Engine, execution: Execution, ruling: Ruling, number: int) -> ActionContext:
    rule = ruling.rule
    try:
        configuration = resolving.resolved(execution, rule.configuration, rule.reads)
    except KeyError:
        configuration = dict(rule.configuration)
    return ActionContext(
        pipeline=execution.blueprint.name, execution=execution.id, stage=rule.stage, action=f"{rule.kind}/{rule.name}",
        attempt=number, now=engine.now, account=engine.target.account, region=engine.target.region,
        provider=rule.provider, configuration=configuration, variables=execution.variables,
    )  # fmt: skip


def ask(engine: Engine, identity: str, stage: int, where: int, number: int) -> None:
    """Compute a rule's verdict; while there is none, ask again when `checks` says so, and when an alarm changes."""
    execution = engine.execution(identity)
    visit = execution.visits[stage]
    ruling = visit.checks[where].rulings[number]
    if ruling.status != "InProgress":
        return
    choices = checks.Choices.of(engine.assumptions)
    verdict = checks.verdict(ruling.rule.document, _facts(engine, execution, ruling), choices)
    ruling.summary = verdict.summary
    if verdict.status != "InProgress":
        decided(engine, identity, stage, where, number, verdict.status, verdict.summary)
        return
    ruling.waits = "window"
    limit = None if ruling.rule.timeout is None else ruling.started + ruling.rule.timeout
    if limit is not None and (verdict.until is None or verdict.until > limit):
        summary = f"{ERRORED}it timed out; {verdict.summary}"
        engine.later(limit - engine.now, "rule", identity, stage, where, number, "Failed", summary)
    elif verdict.until is not None:
        engine.later(max(0, verdict.until - engine.now), "ask", identity, stage, where, number)


def ask_again(engine: Engine, identity: str) -> None:
    """Compute at once the rules of an execution that wait for time to pass: an alarm has changed."""
    for stage, visit in engine.runs[identity].visits.items():
        check = visit.check()
        for number, ruling in enumerate(check.rulings if check else ()):
            if ruling.waits == "window":
                engine.soon("ask", identity, stage, len(visit.checks) - 1, number)


def _facts(engine: Engine, execution: Execution, ruling: Ruling) -> Facts:
    alarms = dict(engine.alarms)
    if (told := ruling.told) is not None:
        at = told.at if told.at is not None else ruling.started + duration(told.after or 0)
        alarms[told.name] = tuple(sorted((*alarms.get(told.name, ()), AlarmState(duration(at), told.state))))
    return Facts(
        now=messages.moment(engine.begins, engine.now),
        clock=engine.now,
        started=ruling.started,
        variables=resolving.known(execution),
        alarms=alarms,
    )


def decided(  # noqa: PLR0913, PLR0917 - which rule of which check
    engine: Engine, identity: str, stage: int, where: int, number: int, status: str, summary: str,
) -> None:  # fmt: skip
    """End one rule."""
    execution = engine.execution(identity)
    visit = execution.visits[stage]
    ruling = visit.checks[where].rulings[number]
    if ruling.status != "InProgress":
        return
    ruling.status, ruling.summary, ruling.ended, ruling.waits = status, summary, engine.now, ""
    place = f"{ruling.rule.kind}/{ruling.rule.name}"
    engine.note(execution, "rule", status.upper(), visit.floor.name, place, {"summary": summary})
    _settle(engine, execution, visit, where)


def _settle(engine: Engine, execution: Execution, visit: Visit, where: int) -> None:
    check = visit.checks[where]
    if check.status != "InProgress" or any(ruling.status == "InProgress" for ruling in check.rulings):
        return
    errored = any(ruling.summary.startswith(ERRORED) for ruling in check.rulings if ruling.status == "Failed")
    failed = any(_says_no(engine, ruling) for ruling in check.rulings)
    check.status = "Errored" if errored and failed else "Failed" if failed else "Succeeded"
    check.ended = engine.now
    kind = check.condition.kind
    engine.note(execution, "condition", check.status.upper(), visit.floor.name, kind)
    engine.soon("judged", execution.id, visit.floor.index, kind, check.status)


def _says_no(engine: Engine, ruling: Ruling) -> bool:
    if ruling.status == "Succeeded":
        return False
    return not (engine.assumptions.errored_rule_meets and ruling.summary.startswith(ERRORED))


def close(engine: Engine, execution: Execution, visit: Visit, status: str) -> bool:
    """End an evaluation that is under way, its rules being abandoned; gives whether there was one (reference E.9)."""
    check = visit.check()
    if check is None:
        return False
    for ruling in check.rulings:
        if ruling.status == "InProgress":
            ruling.status, ruling.ended, ruling.waits = "Abandoned", engine.now, ""
            place = f"{ruling.rule.kind}/{ruling.rule.name}"
            engine.note(execution, "rule", "ABANDONED", visit.floor.name, place)
    check.status, check.ended = status, engine.now
    engine.note(execution, "condition", status.upper(), visit.floor.name, check.condition.kind)
    return True


HANDLERS: dict[str, Callable[..., None]] = {"evaluate": evaluate, "ask": ask, "rule": decided}

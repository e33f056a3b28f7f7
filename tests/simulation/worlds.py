"""Short pipelines and worlds for the tests of the engine; seconds are what the tests count in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from builders import ACCOUNT, REGION, action, build, pipeline, sources, stage
from reconciler.simulation.durations import SECOND
from reconciler.simulation.outcomes import Fails, Succeeds, Worker
from reconciler.simulation.refusals import Refused
from reconciler.simulation.world import World

BEGINS = datetime(2026, 1, 5, 9, tzinfo=UTC)
NAME = "shop"
RETRY = {"result": "RETRY"}
UNDO = {"result": "ROLLBACK"}
JENKINS = ("Build", "Custom", "Jenkins", "1")


def world(**named: Any) -> World:
    return World(ACCOUNT, REGION, begins=BEGINS, **named)


def takes(seconds: int) -> Succeeds:
    return Succeeds(after=seconds * SECOND)


def fails(seconds: int = 1, **named: Any) -> Fails:
    return Fails(after=seconds * SECOND, **named)


def approval(name: str = "Approve", **members: Any) -> dict[str, Any]:
    return action(name, "Approval", "Manual", **members)


def rule(provider: str = "LambdaInvoke", name: str = "Gate", **configuration: str) -> dict[str, Any]:
    kind = {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"}
    given = configuration or {"FunctionName": "check"}
    return {"name": name, "ruleTypeId": kind, "configuration": given}


def gate(result: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"conditions": [{"result": result, "rules": list(rules) or [rule()]}]}


def document(*stages: dict[str, Any], mode: str = "SUPERSEDED", name: str = NAME, **members: Any) -> dict[str, Any]:
    later = list(stages) or [stage("B", build("X")), stage("D", build("Y"))]
    first = [] if later[0]["name"] == "Source" else [sources()]
    return pipeline(name, [*first, *later], executionMode=mode, pipelineType="V2", **members)


def shop(
    *stages: dict[str, Any], mode: str = "SUPERSEDED", given: Any = None, members: Any = None, **named: Any
) -> World:
    """A world with one pipeline that has not run yet; sources take a second, other actions ten (not with approvals)."""
    usual = {"*/*": takes(10), "Source/*": takes(1)} if not any(_has_approval(each) for each in stages) else {}
    made = world(given={**usual, **(given or {})}, **named)
    made.create(document(*stages, mode=mode, **(members or {})), run=False)
    return made


def _has_approval(each: dict[str, Any]) -> bool:
    return any(one["actionTypeId"]["category"] == "Approval" for one in each["actions"])


def starts(made: World, *seconds: int) -> list[str]:
    found = []
    for moment in seconds:
        made.run(moment * SECOND)
        found.append(made.start(NAME))
    return found


def at(made: World, seconds: int) -> World:
    made.run(seconds * SECOND)
    return made


def status(made: World, *executions: str) -> list[str]:
    return [made.run_of(each).status for each in executions]


def spans(made: World, execution: str, name: str) -> tuple[int, int | None]:
    found = made.run_of(execution).stage(name)
    return (found.entered or 0) // SECOND, None if found.ended is None else found.ended // SECOND


def code(call: Any, *arguments: Any, **named: Any) -> str:
    """Give the error class with which an intent is refused; empty if it is not."""
    try:
        call(*arguments, **named)
    except Refused as refusal:
        return refusal.code
    return ""


def once(made, *, settle=True, **named):
    execution = made.start(NAME, **named)
    if settle:
        made.settle()
    return execution


def ran(made, **named):
    return made.run_of(once(made, **named))


def statuses(made):
    """Every (level, status) that is seen at any moment."""
    seen = set()
    while True:
        for each in made.executions(NAME):
            run = made.run_of(each)
            seen.add(("pipeline", run.status))
            seen |= {("stage", one.status) for one in run.stages} | {("action", one.status) for one in run.actions}
            conditions = [one for stage_run in run.stages for one in stage_run.conditions]
            seen |= {("condition", one.status) for one in conditions}
            seen |= {("rule", one.status) for condition in conditions for one in condition.rules}
        if not made.kernel.busy:
            return seen
        made.step()


def statuses_of(made):
    made.start(NAME)
    return statuses(made)


def grouped(**given):
    return shop(stage("W", build("A"), build("B"), build("C", runOrder=5)), given=given)


def conditioned(given=None, mode="SUPERSEDED", **gates):
    return shop(stage("B", build("X"), **gates), stage("D", build("Y")), mode=mode, given=given)


def asked(given=None, **members):
    prod = stage("Prod", approval(**members), build("Y", runOrder=2))
    made = shop(prod, given={"Source/*": takes(0), **(given or {})})
    return made, once(made)


def worked():
    step = action("X", "Build", "Jenkins", owner="Custom", inputs=("source",), configuration={"ProjectName": "p"})
    made = shop(stage("B", step), given={"B/X": Worker()})
    return made, once(made)

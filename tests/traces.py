"""Runs made by hand, for tests of what is said about them; times are minutes."""

from __future__ import annotations

from typing import Any

from reconciler.simulation.durations import MINUTE
from reconciler.simulation.trace import ActionRun, ConditionRun, Failure, RuleRun, Run, StageRun, Start, Waiting

ROLE = "arn:aws:iam::111111111111:role/pipeline"


def action(place: str, started: int = 0, ended: int | None = 1, **members: Any) -> ActionRun:
    """Give an attempt of the action at `Stage/Action`; a build in the usual role and Region unless said otherwise."""
    stage, name = place.split("/")
    standard: dict[str, Any] = {
        "id": f"{place}-{members.get('attempt', 1)}", "attempt": 1, "run_order": 1, "provider": "CodeBuild",
        "category": "Build", "region": "eu-west-1", "role": ROLE, "summary": "", "failure": None,
        "status": "InProgress" if ended is None else "Failed" if members.get("failure") else "Succeeded",
        "configuration": {}, "inputs": {}, "outputs": {}, "variables": {}, "token": "", "external_id": "", "by": "",
    }  # fmt: skip
    end = None if ended is None else ended * MINUTE
    return ActionRun(stage=stage, action=name, started=started * MINUTE, ended=end, **{**standard, **members})


def stage(name: str, *actions: ActionRun, **members: Any) -> StageRun:
    """Give a stage that spans its actions, and has the status that follows from them."""
    ends = [each.ended for each in actions]
    status = "InProgress" if None in ends else "Failed" if any(each.failure for each in actions) else "Succeeded"
    standard: dict[str, Any] = {
        "status": status if actions else "InProgress", "attempt": 1, "retry": "", "conditions": (),
        "entered": min((each.started for each in actions), default=None),
        "ended": None if None in ends else max((end for end in ends if end is not None), default=None),
    }  # fmt: skip
    return StageRun(stage=name, actions=actions, **{**standard, **members})


def run(*stages: StageRun, ended: int | None = None, **members: Any) -> Run:
    """Give the first run of shop-prod-deploy, after a push of main; `ended` and `now` in minutes."""
    standard: dict[str, Any] = {
        "pipeline": "shop-prod-deploy", "id": "e1", "number": 1, "version": 1, "mode": "SUPERSEDED",
        "kind": "STANDARD", "trigger": Start(type="WebhookV2", branch="main", commit="3f2a"), "started": 0,
        "status": "InProgress" if ended is None else "Succeeded", "variables": {}, "revisions": {"Checkout": "3f2a"},
    }  # fmt: skip
    now = (members.pop("now", ended) or 0) * MINUTE
    end = None if ended is None else ended * MINUTE
    return Run(stages=stages, ended=end, now=now, **{**standard, **members})


def source(**members: Any) -> StageRun:
    """Give a source stage of one minute with the artifact App."""
    return stage(
        "Source",
        action("Source/Checkout", category="Source", provider="CodeCommit", outputs={"App": "3f2a"}, **members),
    )


def approval(place: str = "Prod/Approve", started: int = 5, ended: int | None = 125, **members: Any) -> ActionRun:
    """Give an approval by ana after two hours."""
    who = {} if ended is None else {"by": "ana"}
    return action(place, started, ended, **{"category": "Approval", "provider": "Manual", **who, **members})


def released() -> Run:
    """Give a run that succeeded, with an approval, a variable and an action elsewhere."""
    deploy = action("Prod/Deploy", 125, 126, category="Deploy", provider="S3", region="eu-central-1",
                    role="arn:aws:iam::222222222222:role/prod-deploy")  # fmt: skip
    build = stage("Build", action("Build/Compile", 1, 5, variables={"VERSION": "1.2"}))
    return run(source(), build, stage("Prod", approval(), deploy), ended=126)


def parked() -> Run:
    """Give a run that waits for an approval for ten minutes now."""
    waiting = Waiting("approval", "Prod/Approve", "waits for an approval")
    return run(source(), stage("Prod", approval(started=1, ended=None)), now=11, waiting=waiting)


def broken(message: str = "2 tests failed") -> Run:
    """Give a run that failed beside an action that went well."""
    unit = action("Build/Unit", 1, 4, failure=Failure("JobFailed", "JobFailed", message))
    return run(source(), stage("Build", action("Build/Lint", 1, 2), unit), ended=4, status="Failed")


def condition(kind: str, result: str, status: str, summary: str = "") -> ConditionRun:
    """Give a condition with one rule, evaluated in the first minute."""
    rule = RuleRun("Window", "DeploymentWindow", "Succeeded" if status == "Succeeded" else "Failed", 0, 0, summary)
    return ConditionRun(kind, result, status, 0, MINUTE, (rule,))

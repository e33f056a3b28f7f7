"""Rules about releases that stop half-way, overtake each other, or cannot be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.pipeline.model import GATES
from reconciler.pipeline.unknown import Unknown
from reconciler.policy.rules import NOT_APPLICABLE, PolicyRule, fail, levels, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.documents import Path
    from reconciler.pipeline.model import Action, Stage
    from reconciler.policy.facts import Work
    from reconciler.policy.rules import Subject, Verdict

_ROLLS_BACK_ITSELF = frozenset({"CloudFormation", "CloudFormationStackSet", "CloudFormationStackInstances"})
"""A stack that fails goes back by itself; a deployment group may do so, and only AWS knows whether it does."""

_GROUPS = frozenset({"CodeDeploy", "CodeDeployToECS"})
_ANSWERS = ("ROLLBACK", "RETRY")
_ONE_SHOT = frozenset({"CodePipeline", "Lambda", "StepFunctions"})


# Going back ----------------------------------------------------------------------------------------------------------


def _no_way_back(subject: Subject) -> Iterator[Verdict]:
    facts = subject.facts
    guarded = [work for work in facts.guarded if work.action.category == "Deploy"]
    if not guarded or _is_v1(subject):
        yield NOT_APPLICABLE
        return
    told: set[int] = set()
    for work in guarded:
        stage = facts.subject.pipeline.stages[work.number]
        if work.number in told or _goes_back(work) or _handles_failure(stage):
            continue
        told.add(work.number)
        if any(isinstance(stage.document.get(gate), Unknown) for gate in GATES):
            yield unknown(work.path, f"what {stage.name} does on a failure is not known offline")
            continue
        yield fail(work.path, f"nothing happens when {work.place} fails, or breaks what it deploys to",
                   f"add `onFailure: {{result: ROLLBACK}}` to {stage.name}, or an alarm as `onSuccess` condition",
                   {work.environment})  # fmt: skip


def _is_v1(subject: Subject) -> bool:
    """Tell whether the declaration says V1: it has no conditions and no modes, so nothing of them is asked of it."""
    return subject.facts.document.get("pipelineType") == "V1"


def _handles_failure(stage: Stage) -> bool:
    failure, success = (stage.document.get(gate) for gate in ("onFailure", "onSuccess"))
    handled = isinstance(failure, dict) and (failure.get("result") in _ANSWERS or failure.get("conditions"))
    return bool(handled or (isinstance(success, dict) and success.get("conditions")))


def _goes_back(work: Work) -> bool:
    action = work.action
    return action.provider in (_ROLLS_BACK_ITSELF | _GROUPS) or "Alarms" in action.configuration


def _endless_approval(subject: Subject) -> Iterator[Verdict]:
    approvals = [(path, action) for path, action in subject.facts.subject if action.category == "Approval"]
    if not approvals:
        yield NOT_APPLICABLE
    for path, action in approvals:
        if action.provider == "Manual" and "timeoutInMinutes" not in action.document:
            yield fail(path, f"{action.name} waits for seven days, and its stage is closed to later runs",
                       "add `timeoutInMinutes: 1440`, or what your team takes to answer")  # fmt: skip


# Runs beside each other ----------------------------------------------------------------------------------------------


def _overtaken(subject: Subject) -> Iterator[Verdict]:
    facts = subject.facts
    waits = [(work, each) for work in facts.guarded for each in facts.subject.graph.gates(work.place)
             if each.category == "Approval"]  # fmt: skip
    if not waits or _is_v1(subject):
        yield NOT_APPLICABLE
    elif "executionMode" not in facts.document:
        work, approval = waits[0]
        yield fail(facts.by_place[approval.place].path, f"a newer run takes the place of the one that waits to get to "
                   f"{approval.place}: {work.place} may release what nobody meant to",
                   "say which: `executionMode: QUEUED`, or SUPERSEDED on purpose", {work.environment})  # fmt: skip


def _target_at_once(subject: Subject) -> Iterator[Verdict]:
    facts = subject.facts
    named = [work for work in facts.deployments if work.target]
    if not named:
        yield NOT_APPLICABLE
    if facts.document.get("executionMode") == "PARALLEL":
        for work in [each for each in named if not _of_the_run(each)][:1]:
            told = f"runs in parallel deploy {_target(work)} at the same time, in {work.place}"
            hint = "use QUEUED, or a target of its own for each run"
            yield fail(("executionMode",), told, hint, {work.environment})
    first: dict[tuple[Any, ...], Work] = {}
    for work in named:
        key = (facts.subject.graph.moments[work.place], work.target, work.action.region, work.action.role_arn)
        other = first.setdefault(key, work)
        if other is not work and not _unsure(work):
            yield fail((*work.path, "runOrder") if "runOrder" in work.action.document else work.path,
                       f"{work.place} and {other.place} deploy {_target(work)} at the same time",
                       f"give {work.action.name} a later `runOrder`", {work.environment})  # fmt: skip


def _of_the_run(work: Work) -> bool:
    """Tell whether each run has a target of its own; an object key may hold `{uuid}` (reference D.4)."""
    names = (*(name for _, name in work.target), str(work.action.configuration.get("ObjectKey", "")))
    return any("#{" in name or "{uuid}" in name or "{datetime}" in name for name in names)


def _unsure(work: Work) -> bool:
    return any(isinstance(value, Unknown) for value in work.action.configuration.values())


def _target(work: Work) -> str:
    return "to " + " and ".join(f"{kind} {name}" for kind, name in work.target)


def _one_shot_again(subject: Subject) -> Iterator[Verdict]:
    for number, stage in enumerate(subject.facts.subject.pipeline.stages):
        failure = stage.document.get("onFailure")
        retry = failure.get("retryConfiguration") if isinstance(failure, dict) else None
        if not isinstance(retry, dict) or retry.get("retryMode") != "ALL_ACTIONS":
            continue
        path: Path = ("stages", number, "onFailure", "retryConfiguration", "retryMode")
        for action in stage.actions:
            if what := _once(action):
                yield fail(path, f"a retry of all actions {what} {action.place}, although it succeeded before",
                           "use FAILED_ACTIONS, or move the action into a stage of its own")  # fmt: skip
                break


def _once(action: Action) -> str:
    """Say what a second run of an action that succeeded does; empty if it does no harm."""
    if action.category == "Approval":
        return "asks again for"
    if action.category == "Invoke" and action.provider in _ONE_SHOT:
        return "calls again"
    executes = action.configuration.get("ActionMode") == "CHANGE_SET_EXECUTE"
    return "finds no change set any more in" if executes else ""


RULES = (
    PolicyRule(
        "deploy-without-rollback",
        "a failed deployment to a protected environment is undone, or an alarm watches it",
        "Without it the environment stays as the failure left it until somebody comes.",
        levels("off", "warning/off", "error/off"),
        _no_way_back,
        """
        staging:
          stages:
            - name: Deploy
              onFailure: null
              actions:
                - name: Service
                  runOrder: 2
                  actionTypeId: {category: Deploy, owner: AWS, provider: ECS, version: "1"}
                  configuration: {ClusterName: shop, ServiceName: web}
                  inputArtifacts: [{name: Built}]
        prod:
          stages:
            - name: Deploy
              onFailure: null
              actions:
                - name: Service  # finding
                  runOrder: 2
                  actionTypeId: {category: Deploy, owner: AWS, provider: ECS, version: "1"}
                  configuration: {ClusterName: shop, ServiceName: web}
                  inputArtifacts: [{name: Built}]
        """,
        """
        staging:
          stages:
            - name: Deploy
              onFailure: null
              actions:
                - name: Service
                  runOrder: 2
                  actionTypeId: {category: Deploy, owner: AWS, provider: ECS, version: "1"}
                  configuration: {ClusterName: shop, ServiceName: web}
                  inputArtifacts: [{name: Built}]
        prod:
          stages:
            - name: Deploy
              actions:
                - name: Service
                  runOrder: 2
                  actionTypeId: {category: Deploy, owner: AWS, provider: ECS, version: "1"}
                  configuration: {ClusterName: shop, ServiceName: web}
                  inputArtifacts: [{name: Built}]
        """,
    ),
    PolicyRule(
        "approval-timeout",
        "an approval says how long it waits",
        "It waits for seven days otherwise, and keeps its stage closed to all later runs.",
        levels("off", "warning", "error/warning"),
        _endless_approval,
        """
        prod:
          stages:
            - name: Approve
              actions:
                - name: Second  # finding
                  actionTypeId: {category: Approval, owner: AWS, provider: Manual, version: "1"}
                  configuration:
                    NotificationArn: arn:aws:sns:eu-west-1:333333333333:shop-approvals
                    CustomData: "Deploy commit #{Source.CommitId}?"
        """,
        """
        prod:
          stages:
            - name: Approve
              actions:
                - name: Second
                  actionTypeId: {category: Approval, owner: AWS, provider: Manual, version: "1"}
                  timeoutInMinutes: 720
                  configuration:
                    NotificationArn: arn:aws:sns:eu-west-1:333333333333:shop-approvals
                    CustomData: "Deploy commit #{Source.CommitId}?"
        """,
    ),
    PolicyRule(
        "superseded-release",
        "a release that waits for an approval says whether newer ones may overtake it",
        "SUPERSEDED is the default: a newer run replaces the one that waits, whatever somebody meant to release.",
        levels("off", "warning/off", "error/off"),
        _overtaken,
        """
        prod:
          executionMode: null
          stages:
            - name: Approve
              $replace: true
              actions:
                - name: Person  # finding
                  actionTypeId: {category: Approval, owner: AWS, provider: Manual, version: "1"}
                  timeoutInMinutes: 720
                  configuration:
                    NotificationArn: arn:aws:sns:eu-west-1:333333333333:shop-approvals
                    CustomData: "Deploy commit #{Source.CommitId}?"
        """,
        """
        prod: {executionMode: SUPERSEDED}
        """,
    ),
    PolicyRule(
        "target-at-once",
        "one target is deployed to by one action at a time",
        "Two deployments at once end in whatever comes last, or in an error of the service.",
        levels("off", "warning", "error"),
        _target_at_once,
        """
        dev:
          executionMode: PARALLEL  # finding
          stages: [{name: Deploy, onFailure: null}]
        """,
        """
        dev:
          executionMode: QUEUED
          stages: [{name: Deploy, onFailure: null}]
        """,
    ),
    PolicyRule(
        "retry-one-shot",
        "an automatic retry repeats nothing that may happen once only",
        "ALL_ACTIONS runs the actions that succeeded once more: a function acts twice, a change set is gone.",
        levels("off", "warning", "error"),
        _one_shot_again,
        """
        dev:
          stages:
            - name: Notes
              onFailure:
                result: RETRY
                retryConfiguration:
                  retryMode: ALL_ACTIONS  # finding
              actions:
                - name: Announce
                  actionTypeId: {category: Invoke, owner: AWS, provider: Lambda, version: "1"}
                  configuration: {FunctionName: shop-dev-announce}
        """,
        """
        dev:
          stages:
            - name: Notes
              onFailure:
                result: RETRY
                retryConfiguration:
                  retryMode: FAILED_ACTIONS
              actions:
                - name: Announce
                  actionTypeId: {category: Invoke, owner: AWS, provider: Lambda, version: "1"}
                  configuration: {FunctionName: shop-dev-announce}
        """,
    ),
)

"""GetPipelineState: each stage with who is in it, who waits, and what actions and conditions did (reference F.3)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from reconciler.simulation.conditions import ERRORED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from reconciler.emulator.places import Place
    from reconciler.emulator.request import Document, Request
    from reconciler.simulation.overview import StageState, Transition
    from reconciler.simulation.trace import ActionRun, ConditionRun, Failure, RuleRun

_SPACE = uuid.UUID("b3c9f0c4-9a52-4a57-8a0e-8a2f4b1d6c35")
_KINDS = ("beforeEntry", "onSuccess", "onFailure")


def get_pipeline_state(place: Place, request: Request) -> Document:
    """Give the state of all stages, in the pipeline's order."""
    name = request.body["name"]
    state = place.world.state(name)
    steps = {floor.name: list(floor.steps) for floor in place.world.tracks[name].blueprint.floors}
    return {
        "pipelineName": state.pipeline,
        "pipelineVersion": state.version,
        "stageStates": [_stage(place, each, steps[each.stage]) for each in state.stages],
        "created": place.moment(state.created),
        "updated": place.moment(state.updated),
    }


OPERATIONS: Mapping[str, Callable[[Place, Request], Document | None]] = {"GetPipelineState": get_pipeline_state}


def rule_id(execution: str, stage: str, kind: str, number: int, rule: str) -> str:
    """Give the id of one evaluation of one rule: the `number`th of its stage in this execution."""
    return str(uuid.uuid5(_SPACE, f"{execution}/{stage}/{kind}/{number}/{rule}"))


def _stage(place: Place, state: StageState, steps: list[str]) -> Document:
    run = state.run
    inbound = [_execution(place, each, "InProgress") for each in state.inbound]
    last: dict[str, ActionRun] = {each.action: each for each in run.actions} if run else {}
    found: dict[str, Any] = {
        "stageName": state.stage,
        "inboundExecutions": inbound,
        "inboundTransitionState": _transition(place, state.transition),
        "actionStates": [_action(place, each, last.get(each)) for each in steps],
    }
    if inbound:
        found["inboundExecution"] = inbound[-1]
    if run and state.latest:
        found["latestExecution"] = _execution(place, state.latest, run.status)
        found |= _conditions(place, state)
        if run.retry:
            found["retryStageMetadata"] = _retries(place, state, run.retry)
    return found


def _execution(place: Place, identity: str, status: str) -> Document:
    return {"pipelineExecutionId": identity, "status": status, "type": place.world.runs[identity].kind}


def _transition(place: Place, transition: Transition) -> Document:
    found: dict[str, Any] = {"enabled": transition.enabled}
    if transition.changed is not None:
        found["lastChangedAt"] = place.moment(transition.changed)
    if transition.by:
        found["lastChangedBy"] = transition.by
    if transition.reason:
        found["disabledReason"] = transition.reason
    return found


def _action(place: Place, name: str, run: ActionRun | None) -> Document:
    if run is None:
        return {"actionName": name}
    changed = place.moment(run.started if run.ended is None else run.ended)
    latest: dict[str, Any] = {"actionExecutionId": run.id, "status": run.status, "lastStatusChange": changed}
    texts = {"summary": run.summary, "externalExecutionId": run.external_id, "lastUpdatedBy": run.by}
    latest |= {key: text for key, text in texts.items() if text}
    latest |= place.progress.get(run.id, {})
    if run.token and run.status == "InProgress":
        latest["token"] = run.token
    if run.failure:
        latest["errorDetails"] = failure(run.failure)
    found: Document = {"actionName": name, "latestExecution": latest}
    if run.category == "Source" and run.outputs:
        revision = next(iter(run.outputs.values()))
        found["currentRevision"] = {"revisionId": revision, "revisionChangeId": revision, "created": changed}
    return found


def _retries(place: Place, state: StageState, trigger: str) -> Document:
    visits = place.world.runs[state.latest].visits.values()
    visit = next(each for each in visits if each.floor.name == state.stage)
    return {"autoStageRetryAttempt": visit.automatic, "manualStageRetryAttempt": visit.manual,
            "latestRetryTrigger": trigger}  # fmt: skip


def _conditions(place: Place, state: StageState) -> Document:
    found = {}
    runs = state.run.conditions if state.run else ()
    for kind in _KINDS:
        numbered = [(number, each) for number, each in enumerate(runs) if each.kind == kind]
        if numbered:
            found[f"{kind}ConditionState"] = _condition(place, state, *numbered[-1])
    return found


def _condition(place: Place, state: StageState, number: int, run: ConditionRun) -> Document:
    rules = [_rule(place, each, rule_id(state.latest, state.stage, run.kind, number, each.name)) for each in run.rules]
    changed = place.moment(run.started if run.ended is None else run.ended)
    one = {"latestExecution": {"status": run.status, "lastStatusChange": changed}, "ruleStates": rules}
    return {"latestExecution": {"status": run.status}, "conditionStates": [one]}


def _rule(place: Place, run: RuleRun, identity: str) -> Document:
    latest: dict[str, Any] = {
        "ruleExecutionId": identity,
        "status": run.status,
        "lastStatusChange": place.moment(run.started if run.ended is None else run.ended),
    }
    if run.summary:
        latest["summary"] = run.summary[:2048]
    if run.status == "Failed":
        latest["errorDetails"] = errors(run.summary)
    return {"ruleName": run.name, "latestExecution": latest}


def failure(of: Failure) -> Document:
    """Give the error details of an action that failed; a message is never empty there."""
    return {"code": of.code, "message": of.message or f"The action failed: {of.code}"}


def errors(summary: str) -> Document:
    """Give the error details of a rule that failed."""
    code = "ConfigurationError" if summary.startswith(ERRORED) else "JobFailed"
    return {"code": code, "message": summary or "The rule failed"}

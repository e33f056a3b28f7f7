"""What ran: ListActionExecutions, ListRuleExecutions, ListDeployActionExecutionTargets (reference F.1, F.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.emulator import pages
from reconciler.emulator.codepipeline import artifacts, executions, state
from reconciler.emulator.faults import Fault
from reconciler.pipeline import secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from reconciler.emulator.places import Place
    from reconciler.emulator.request import Document, Request
    from reconciler.simulation.blueprint import Step
    from reconciler.simulation.state import Attempt, Execution, Ruling

PAGE = 100


class Acted(NamedTuple):
    """One attempt of one action."""

    execution: Execution
    attempt: Attempt


class Ruled(NamedTuple):
    """One evaluation of one rule."""

    execution: Execution
    ruling: Ruling


def list_action_executions(place: Place, request: Request) -> Document:
    """Give attempts of actions, newest first."""
    name, found = request.body["pipelineName"], {}
    for execution, latest in _wanted(place, request):
        for acted in _attempts(execution, latest):
            found[acted.attempt.id] = acted
    names, more = pages.page(list(found), request.body, PAGE, kind=f"actions {name}")
    return {"actionExecutionDetails": [_action(place, found[each]) for each in names], **more}


def list_rule_executions(place: Place, request: Request) -> Document:
    """Give evaluations of rules, newest first."""
    name, found = request.body["pipelineName"], {}
    for execution, latest in _wanted(place, request):
        found.update(dict(_rulings(execution, latest)))
    names, more = pages.page(list(found), request.body, PAGE, kind=f"rules {name}")
    return {"ruleExecutionDetails": [_rule(place, each, found[each]) for each in names], **more}


def list_deploy_action_execution_targets(place: Place, request: Request) -> Document:
    """Give where a deployment to EC2 instances went: one made-up instance; other actions have no targets."""
    body = request.body
    known = place.recent(body["pipelineName"]) if "pipelineName" in body else list(place.world.runs)
    attempts = (acted.attempt for each in known for acted in _attempts(place.world.runs[each], latest=False))
    attempt = next((each for each in attempts if each.id == body["actionExecutionId"]), None)
    if attempt is None:
        text = f"There is no action execution with the id '{body['actionExecutionId']}'"
        raise Fault("ActionExecutionNotFoundException", text)
    targets = [_target(place, attempt)] if (attempt.step.category, attempt.step.provider) == ("Deploy", "EC2") else []
    for each in body.get("filters", ()):
        targets = [target for target in targets if target["status"] in each["values"]]
    names, more = pages.page([each["targetId"] for each in targets], body, PAGE, kind=f"targets {attempt.id}")
    return {"targets": [each for each in targets if each["targetId"] in names], **more}


OPERATIONS: Mapping[str, Callable[[Place, Request], Document | None]] = {
    "ListActionExecutions": list_action_executions,
    "ListRuleExecutions": list_rule_executions,
    "ListDeployActionExecutionTargets": list_deploy_action_execution_targets,
}


def _wanted(place: Place, request: Request) -> Iterator[tuple[Execution, bool]]:
    """Give the executions that are asked for, and whether only what counts of each."""
    body = request.body
    asked = body.get("filter", {})
    latest = asked.get("latestInPipelineExecution", {})
    one = latest.get("pipelineExecutionId") or asked.get("pipelineExecutionId")
    name = body["pipelineName"]
    ids = [executions.find(place, name, one)] if one else place.recent(name)
    return ((place.world.runs[each], latest.get("startTimeRange") == "Latest") for each in ids)


def _attempts(execution: Execution, latest: bool) -> Iterator[Acted]:
    for number in sorted(execution.visits, reverse=True):
        visit = execution.visits[number]
        for attempt in sorted(visit.attempts, key=lambda each: each.started, reverse=True):
            if not latest or visit.last(attempt.step.name) is attempt:
                yield Acted(execution, attempt)


def _rulings(execution: Execution, latest: bool) -> Iterator[tuple[str, Ruled]]:
    for number in sorted(execution.visits, reverse=True):
        visit, seen = execution.visits[number], set()
        for where, check in reversed(list(enumerate(visit.checks))):
            kind = check.condition.kind
            if latest and kind in seen:
                continue
            seen.add(kind)
            for ruling in check.rulings:
                name = ruling.rule.name
                yield state.rule_id(execution.id, visit.floor.name, kind, where, name), Ruled(execution, ruling)


def _action(place: Place, acted: Acted) -> Document:
    execution, attempt = acted
    step = attempt.step
    found: dict[str, Any] = {
        "pipelineExecutionId": execution.id,
        "actionExecutionId": attempt.id,
        "pipelineVersion": execution.blueprint.version,
        "stageName": step.stage,
        "actionName": step.name,
        "startTime": place.moment(attempt.started),
        "lastUpdateTime": place.moment(attempt.started if attempt.ended is None else attempt.ended),
        "status": attempt.status,
        "input": _input(place, acted),
        "output": _output(acted),
    }
    return {**found, "updatedBy": attempt.by} if attempt.by else found


def _input(place: Place, acted: Acted) -> Document:
    step = acted.attempt.step
    kind = step.document["actionTypeId"]
    masked = secrets.masked_keys(kind, place.secrets)
    found: dict[str, Any] = {
        "actionTypeId": kind,
        "configuration": _masked(step.configuration, masked),
        "resolvedConfiguration": _masked(acted.attempt.configuration, masked),
        "region": step.region,
        "inputArtifacts": artifacts.details(*acted, step.inputs),
    }
    return found | _named(step)


def _named(step: Step) -> Document:
    own = {"roleArn": step.document.get("roleArn"), "namespace": step.namespace}
    return {key: text for key, text in own.items() if text}


def _masked(configuration: Mapping[str, str], keys: frozenset[str]) -> dict[str, str]:
    return {key: secrets.MASK if key in keys else value for key, value in configuration.items()}


def _output(acted: Acted) -> Document:
    attempt = acted.attempt
    result: dict[str, Any] = {}
    found = attempt.outputs[0] if attempt.step.source and attempt.outputs else ""
    if identity := attempt.external_id or found:  # of a source: the revision, reference F.3
        result["externalExecutionId"] = identity
    if text := attempt.summary or (executions.told(attempt.step.provider, found) if found else ""):
        result["externalExecutionSummary"] = text
    if attempt.failure:
        result["errorDetails"] = state.failure(attempt.failure)
    made = artifacts.details(*acted, attempt.step.outputs) if attempt.outputs else []
    return {"outputArtifacts": made, "executionResult": result, "outputVariables": dict(attempt.variables or {})}


def _rule(place: Place, identity: str, ruled: Ruled) -> Document:
    execution, ruling = ruled
    rule, document = ruling.rule, ruling.rule.document
    result: dict[str, Any] = {"externalExecutionSummary": ruling.summary[:2048]} if ruling.summary else {}
    if ruling.status == "Failed":
        result["errorDetails"] = state.errors(ruling.summary)
    given: dict[str, Any] = {
        "ruleTypeId": document["ruleTypeId"],
        "configuration": dict(rule.configuration),
        "resolvedConfiguration": dict(rule.configuration),
        "region": document.get("region", place.target.region),
        "inputArtifacts": [],
    }
    return {
        "pipelineExecutionId": execution.id,
        "ruleExecutionId": identity,
        "pipelineVersion": execution.blueprint.version,
        "stageName": rule.stage,
        "ruleName": rule.name,
        "startTime": place.moment(ruling.started),
        "lastUpdateTime": place.moment(ruling.started if ruling.ended is None else ruling.ended),
        "status": ruling.status,
        "input": {**given, **({"roleArn": document["roleArn"]} if "roleArn" in document else {})},
        "output": {"executionResult": result},
    }


def _target(place: Place, attempt: Attempt) -> Document:
    ended = {} if attempt.ended is None else {"endTime": place.moment(attempt.ended)}
    one = {"startTime": place.moment(attempt.started), "status": attempt.status, **ended}
    events = [{"name": "Deploy", "context": {"message": attempt.summary}, **one}]
    return {"targetId": f"i-{attempt.id.replace('-', '')[:17]}", "targetType": "EC2", "events": events, **one}

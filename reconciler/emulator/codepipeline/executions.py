"""Executions: start, stop, retry, rollback, override, and looking at one or all of them (reference E, F.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator import pages
from reconciler.emulator.faults import Fault, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from reconciler.emulator.places import Place
    from reconciler.emulator.request import Document, Request
    from reconciler.simulation.trace import ActionRun, Run

PAGE = 100


def start_pipeline_execution(place: Place, request: Request) -> Document:
    """Start an execution by hand."""
    body, given = request.body, request.body.get("variables", ())
    if len({each["name"] for each in given}) < len(given):
        raise invalid("a variable is given twice")
    identity = place.world.start(
        body["name"], by=request.caller.arn, variables={each["name"]: each["value"] for each in given},
        revisions=body.get("sourceRevisions", ()), token=body.get("clientRequestToken", ""),
    )  # fmt: skip
    return {"pipelineExecutionId": identity}


def stop_pipeline_execution(place: Place, request: Request) -> Document:
    """Stop an execution: after its actions, or abandoning them."""
    body = request.body
    place.world.stop(body["pipelineName"], body["pipelineExecutionId"], abandon=body.get("abandon", False),
                     reason=body.get("reason", ""), by=request.caller.arn)  # fmt: skip
    return {"pipelineExecutionId": body["pipelineExecutionId"]}


def retry_stage_execution(place: Place, request: Request) -> Document:
    """Retry a stage; the execution stays the same."""
    body = request.body
    place.world.retry(body["pipelineName"], body["stageName"], body["pipelineExecutionId"], body["retryMode"],
                      by=request.caller.arn)  # fmt: skip
    return {"pipelineExecutionId": body["pipelineExecutionId"]}


def rollback_stage(place: Place, request: Request) -> Document:
    """Roll a stage back to what an earlier execution had there."""
    body = request.body
    identity = place.world.rollback(body["pipelineName"], body["stageName"], body["targetPipelineExecutionId"],
                                    by=request.caller.arn)  # fmt: skip
    return {"pipelineExecutionId": identity}


def override_stage_condition(place: Place, request: Request) -> None:
    """Let an execution go on as if a condition were met."""
    body = request.body
    place.world.override(body["pipelineName"], body["stageName"], body["pipelineExecutionId"], body["conditionType"],
                         by=request.caller.arn)  # fmt: skip


def get_pipeline_execution(place: Place, request: Request) -> Document:
    """Give one execution."""
    run = place.world.run_of(find(place, request.body["pipelineName"], request.body["pipelineExecutionId"]))
    variables = [{"name": name, "resolvedValue": value} for name, value in run.variables.items()]
    revisions = [
        {"name": artifact, "revisionId": revision, "revisionSummary": summary(action),
         "created": place.moment(action.ended or action.started)}
        for action in sources(run)
        for artifact, revision in action.outputs.items()
    ]  # fmt: skip
    detail = {"pipelineName": run.pipeline, "pipelineVersion": run.version, "variables": variables,
              "artifactRevisions": revisions, **_about(run)}  # fmt: skip
    return {"pipelineExecution": detail}


def list_pipeline_executions(place: Place, request: Request) -> Document:
    """Give executions newest first; of 12 months, and those that succeeded in a stage if that is asked."""
    name = request.body["pipelineName"]
    known = place.recent(name)
    wanted = request.body.get("filter", {}).get("succeededInStage", {}).get("stageName")
    if wanted is not None:
        known = [each for each in known if _succeeded(place, each, wanted)]
    found, more = pages.page(known, request.body, PAGE, kind=f"executions {name}")
    return {"pipelineExecutionSummaries": [_summary(place, each) for each in found], **more}


OPERATIONS: Mapping[str, Callable[[Place, Request], Document | None]] = {
    "StartPipelineExecution": start_pipeline_execution,
    "StopPipelineExecution": stop_pipeline_execution,
    "RetryStageExecution": retry_stage_execution,
    "RollbackStage": rollback_stage,
    "OverrideStageCondition": override_stage_condition,
    "GetPipelineExecution": get_pipeline_execution,
    "ListPipelineExecutions": list_pipeline_executions,
}


def find(place: Place, pipeline: str, execution: str) -> str:
    """Give the id of an execution that the pipeline has; raises `Fault` if it has none of that id."""
    if execution not in place.world.track(pipeline).executions:
        text = f"The pipeline '{pipeline}' has no execution with the id '{execution}'"
        raise Fault("PipelineExecutionNotFoundException", text)
    return execution


def sources(run: Run) -> Iterator[ActionRun]:
    """Iterate over the source actions that gave something."""
    return (each for each in run.actions if each.category == "Source" and each.outputs)


def summary(action: ActionRun) -> str:
    """Say what a source action found, as the service does (reference F.3)."""
    revision = next(iter(action.outputs.values()), "")
    return action.summary or told(action.provider, revision)


def told(provider: str, revision: str) -> str:
    """Say what revision a source of this provider gave."""
    return f"Amazon S3 version id: {revision}" if provider == "S3" else f"Revision {revision}"


def _about(run: Run) -> Document:
    trigger = {"triggerType": run.trigger.type}
    if run.trigger.detail:
        trigger["triggerDetail"] = run.trigger.detail[:1024]
    about: dict[str, Any] = {
        "pipelineExecutionId": run.id,
        "status": run.status,
        "trigger": trigger,
        "executionMode": run.mode,
        "executionType": run.kind,
    }
    if run.summary:
        about["statusSummary"] = run.summary
    if run.rollback_of:
        about["rollbackMetadata"] = {"rollbackTargetPipelineExecutionId": run.rollback_of}
    return about


def _summary(place: Place, identity: str) -> Document:
    run, records = place.world.run_of(identity), place.world.runs[identity].records
    last = records[-1].time if records else run.started
    revisions = [
        {"actionName": each.action, "revisionId": next(iter(each.outputs.values())), "revisionSummary": summary(each)}
        for each in sources(run)
    ]
    stopped = {"stopTrigger": {"reason": run.stop_reason}} if run.stop_reason else {}
    times = {"startTime": place.moment(run.started), "lastUpdateTime": place.moment(max(last, run.ended or 0))}
    return {**_about(run), **times, "sourceRevisions": revisions, **stopped}


def _succeeded(place: Place, identity: str, stage: str) -> bool:
    visits = place.world.runs[identity].visits.values()
    return any(visit.floor.name == stage and visit.status == "Succeeded" for visit in visits)

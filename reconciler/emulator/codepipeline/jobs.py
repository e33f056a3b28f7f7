"""Jobs: custom actions and partners' actions wait here for a worker (reference D.5, F.1).

A partner's client is known by its id alone, so its token is that same id here.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from reconciler.emulator import credentials
from reconciler.emulator.codepipeline import artifacts
from reconciler.emulator.codepipeline.definitions import type_of
from reconciler.emulator.faults import Fault
from reconciler.simulation import jobs
from reconciler.simulation.outcomes import Fails, Succeeds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from reconciler.emulator.places import Place
    from reconciler.emulator.request import Document, Request
    from reconciler.simulation.state import Attempt, Execution, Job

_SPACE = uuid.UUID("0f0c2f5e-0a3f-4b1e-9c62-0d6b6f3d8e11")


def poll_for_jobs(place: Place, request: Request) -> Document:
    """Give jobs of a type, oldest first; each is given out once."""
    body, kind = request.body, type_of(request.body["actionTypeId"])
    if kind[1] == "Custom" and kind not in place.types:
        raise Fault("ActionTypeNotFoundException", f"There is no action type {'/'.join(kind)}")
    found = place.world.poll_jobs(kind, body.get("maxBatchSize", 1), body.get("queryParam"))
    account = place.target.account
    return {"jobs": [
        {"id": job.id, "nonce": job.nonce, "accountId": account, "data": _data(place, job)} for job in found
    ]}  # fmt: skip


def poll_for_third_party_jobs(place: Place, request: Request) -> Document:
    """Give the ids of jobs of a partner's type; details are asked for with the client's token."""
    found = place.world.poll_jobs(type_of(request.body["actionTypeId"]), request.body.get("maxBatchSize", 1))
    return {"jobs": [{"clientId": client(place), "jobId": job.id} for job in found]}


def acknowledge_job(place: Place, request: Request) -> Document:
    """Take a job; who is second sees that it is in progress."""
    job = _of(place, request)
    return {"status": place.world.acknowledge(job.id, request.body["nonce"])}


def get_job_details(place: Place, request: Request) -> Document:
    """Give what a job is about."""
    job = _of(place, request)
    return {"jobDetails": {"id": job.id, "accountId": place.target.account, "data": _data(place, job)}}


def get_third_party_job_details(place: Place, request: Request) -> Document:
    """Give what a partner's job is about, with its nonce; a job that is over is none to look at."""
    job = _of(place, request)
    if job.status not in jobs.OPEN:
        raise Fault("InvalidJobException", f"The job {job.id} is {job.status}")
    return {"jobDetails": {"id": job.id, "nonce": job.nonce, "data": _data(place, job)}}


def put_job_success_result(place: Place, request: Request) -> None:
    """Take a success, or the wish to go on later."""
    body, job = request.body, _of(place, request)
    details, continuation = body.get("executionDetails", {}), body.get("continuationToken", "")
    outputs = _attempt(place, job).step.outputs
    revision = body.get("currentRevision", {}).get("revision")
    outcome = Succeeds(
        artifacts=dict.fromkeys(outputs, revision) if revision else {}, variables=body.get("outputVariables", {}),
        summary=details.get("summary", ""), external_id=details.get("externalExecutionId", ""),
    )  # fmt: skip
    place.world.job_succeeded(job.id, outcome, continuation=continuation)
    if continuation:
        place.progress[job.id] = {**place.progress.get(job.id, {}), **details}
    else:
        place.progress.pop(job.id, None)


def put_job_failure_result(place: Place, request: Request) -> None:
    """Take a failure."""
    job, details = _of(place, request), request.body["failureDetails"]
    place.world.job_failed(job.id, Fails(details["type"], details["message"]))
    place.progress.pop(job.id, None)


OPERATIONS: Mapping[str, Callable[[Place, Request], Document | None]] = {
    "PollForJobs": poll_for_jobs,
    "PollForThirdPartyJobs": poll_for_third_party_jobs,
    "AcknowledgeJob": acknowledge_job,
    "AcknowledgeThirdPartyJob": acknowledge_job,
    "GetJobDetails": get_job_details,
    "GetThirdPartyJobDetails": get_third_party_job_details,
    "PutJobSuccessResult": put_job_success_result,
    "PutThirdPartyJobSuccessResult": put_job_success_result,
    "PutJobFailureResult": put_job_failure_result,
    "PutThirdPartyJobFailureResult": put_job_failure_result,
}


def client(place: Place) -> str:
    """Give the id, and so the token, of the one client that a place has with partners."""
    return str(uuid.uuid5(_SPACE, str(place.target)))


def _of(place: Place, request: Request) -> Job:
    """Give the job that is meant, in a call that may be made for it; raises `Fault` or `Refused`."""
    job = jobs.find(place.world, request.body["jobId"])
    if request.body.get("clientToken", client(place)) != client(place):
        raise Fault("InvalidClientTokenException", "The client token is not that of this client.")
    return job


def _attempt(place: Place, job: Job) -> Attempt:
    return place.world.runs[job.execution].visits[job.stage].attempts[job.where]


def _data(place: Place, job: Job) -> Document:
    execution, attempt = place.world.runs[job.execution], _attempt(place, job)
    step = attempt.step
    data: dict[str, Any] = {
        "actionTypeId": step.document["actionTypeId"],
        "actionConfiguration": {"configuration": dict(attempt.configuration)},
        "pipelineContext": _context(execution, attempt),
        "inputArtifacts": artifacts.located(execution, attempt, dict(zip(step.inputs, attempt.inputs, strict=False))),
        "outputArtifacts": artifacts.located(execution, attempt, dict.fromkeys(step.outputs, "")),
        "artifactCredentials": _credentials(place, step.role),
    }
    if job.continuation:
        data["continuationToken"] = job.continuation
    if found := artifacts.store(execution.blueprint.document, step.region).get("encryptionKey"):
        data["encryptionKey"] = found
    return data


def _context(execution: Execution, attempt: Attempt) -> Document:
    step = attempt.step
    return {
        "pipelineName": execution.blueprint.name,
        "stage": {"name": step.stage},
        "action": {"name": step.name, "actionExecutionId": attempt.id},
        "pipelineArn": execution.blueprint.arn,
        "pipelineExecutionId": execution.id,
    }


def _credentials(place: Place, role: str) -> Document:
    arn = f"{role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/codepipeline"
    key = f"ASIA{place.target.account}JOBS"
    return {"accessKeyId": key, "secretAccessKey": f"secret-of-{key}", "sessionToken": credentials.token(arn)}

"""Work for others: the queue of custom actions, and functions that report (reference D.5, F.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation.limits import limited
from reconciler.simulation.outcomes import Fails, Outcome, Succeeds
from reconciler.simulation.refusals import (
    ACTION_TYPE_NOT_FOUND,
    INVALID_JOB_STATE,
    INVALID_NONCE,
    JOB_NOT_FOUND,
    OUTPUT_TOO_LARGE,
    VALIDATION,
    Refused,
)  # fmt: skip
from reconciler.simulation.state import Job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Attempt, Execution

MOST_BYTES = 122_880
"""Size of one action's output variables (reference C)."""

OPEN = ("Queued", "Dispatched", "InProgress")


def offer(engine: Engine, execution: Execution, stage: int, where: int, continuation: str = "") -> None:
    """Put an action into the queue of its type; an invoked function has its job at once."""
    attempt = execution.visits[stage].attempts[where]
    step = attempt.step
    status = "InProgress" if step.invokes_function else "Queued"
    kind = (step.category, step.owner, step.provider, step.version)
    serial = len(engine.jobs) + 1
    engine.jobs[attempt.id] = Job(attempt.id, str(serial), execution.id, stage, where, status, kind, continuation)


def poll(engine: Engine, kind: tuple[str, str, str, str], most: int = 1, query: Mapping[str, str] | None = None,
         ) -> tuple[Job, ...]:  # fmt: skip
    """Give up to `most` queued jobs of an action type, oldest first; `query` is the queryable key with its value.

    Raises `Refused` for a type that no pipeline and no catalogue knows.
    """
    if most < 1:
        raise Refused(VALIDATION, f"a batch has at least one job, not {most}")
    used = {job.type for job in engine.jobs.values()}
    if kind not in used and engine.catalogue.find(*kind) is None:
        raise Refused(ACTION_TYPE_NOT_FOUND, "there is no action type " + "/".join(kind))
    queued = [job for job in engine.jobs.values() if job.type == kind and job.status == "Queued"]
    wanted = [job for job in queued if _asks(attempt_of(engine, job), query or {})][:most]
    for job in wanted:
        engine.jobs[job.id] = job._replace(status="Dispatched")
    return tuple(engine.jobs[job.id] for job in wanted)


def acknowledge(engine: Engine, identity: str, nonce: str) -> str:
    """Take a job: gives its status. Raises `Refused` for an unknown job or a wrong nonce."""
    job = find(engine, identity)
    if job.nonce != nonce:
        raise Refused(INVALID_NONCE, f"the nonce of job {identity} is another one; poll again")
    if job.status in ("Queued", "Dispatched"):
        engine.jobs[identity] = job = job._replace(status="InProgress")
    return job.status


def report(engine: Engine, identity: str, outcome: Outcome, continuation: str = "") -> None:
    """Take the result of a job that was acknowledged, or the wish to be asked again. Raises `Refused`."""
    job = find(engine, identity)
    if job.status != "InProgress":
        raise Refused(INVALID_JOB_STATE, f"job {identity} is {job.status}; only a job in progress takes a result")
    if isinstance(outcome, Succeeds):
        size = sum(len(key.encode()) + len(value.encode()) for key, value in outcome.variables.items())
        if size > MOST_BYTES:
            raise Refused(OUTPUT_TOO_LARGE, f"the output variables have {size} bytes; the limit is {MOST_BYTES}")
        if continuation and outcome.variables:
            raise Refused(VALIDATION, "outputVariables are not allowed together with a continuationToken")
    if continuation:
        _again(engine, job, continuation)
        return
    engine.jobs[identity] = job._replace(status="Failed" if isinstance(outcome, Fails) else "Succeeded")
    engine.soon("end", job.execution, job.stage, job.where, outcome)


def _again(engine: Engine, job: Job, continuation: str) -> None:
    execution = engine.execution(job.execution)
    attempt = execution.visits[job.stage].attempts[job.where]
    offer(engine, execution, job.stage, job.where, continuation)
    left = limited(engine, attempt)
    if left is not None:
        engine.perhaps(left, "expire", execution.id, job.stage, job.where)


def time_out(engine: Engine, identity: str) -> None:
    """Close the job of an action that ended without it, if it has one."""
    job = engine.jobs.get(identity)
    if job and job.status in OPEN:
        engine.jobs[identity] = job._replace(status="TimedOut")


def find(engine: Engine, identity: str) -> Job:
    """Give a job; raises `Refused` if there is none."""
    if identity not in engine.jobs:
        raise Refused(JOB_NOT_FOUND, f"there is no job {identity!r}")
    return engine.jobs[identity]


def attempt_of(engine: Engine, job: Job) -> Attempt:
    """Give the attempt for which a job stands."""
    return engine.runs[job.execution].visits[job.stage].attempts[job.where]


def _asks(attempt: Attempt, query: Mapping[str, str]) -> bool:
    return all(attempt.configuration.get(key) == value for key, value in query.items())

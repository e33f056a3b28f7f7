"""Manual approval: token, message, answer (reference E.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation import messages
from reconciler.simulation.outcomes import Approved, Outcome, Rejected
from reconciler.simulation.refusals import ACTION_NOT_FOUND, INVALID_TOKEN, VALIDATION, Refused
from reconciler.simulation.trace import Failure

if TYPE_CHECKING:
    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Attempt, Execution, Visit

LONGEST = 512
"""Characters of a summary (reference E.10)."""


def request(engine: Engine, execution: Execution, attempt: Attempt) -> None:
    """Issue a token, and tell the topic if there is one."""
    attempt.token = engine.identity()
    engine.approvals[attempt.token] = execution.id
    if execution.blueprint.parallel:  # there the token is only to be found so, reference E.6
        attempt.external_id = attempt.token
    if attempt.step.notify:
        detail = messages.approval(engine, execution, attempt)
        engine.note(execution, "message", "SENT", attempt.step.stage, attempt.step.name, detail)


def conclude(engine: Engine, execution: Execution, attempt: Attempt, outcome: Outcome) -> None:
    """Write an answer into an attempt."""
    if isinstance(outcome, Approved):
        attempt.status, attempt.by, attempt.summary = "Succeeded", outcome.by, outcome.summary
        if attempt.step.namespace:
            execution.values[attempt.step.namespace] = {}
    elif isinstance(outcome, Rejected):
        text = outcome.reason or f"Rejected by {outcome.by}"
        attempt.status, attempt.by, attempt.summary = "Failed", outcome.by, outcome.reason
        attempt.failure = Failure("JobFailed", engine.assumptions.approval_code, text)


def answer(engine: Engine, pipeline: str, place: tuple[str, str], token: str | None, outcome: Outcome) -> None:
    """Take PutApprovalResult at (stage, action); None as the token means the one that is pending.

    Raises `Refused` as reference E.10 says.
    """
    track = engine.track(pipeline)
    floor = track.blueprint.floors[engine.stage_number(track, place[0])]
    step = floor.steps.get(place[1])
    if step is None or not step.approval:
        names = ", ".join(each.name for each in floor.steps.values() if each.approval) or "none"
        raise Refused(ACTION_NOT_FOUND, f"{place[0]} has no approval {place[1]!r}; approvals there: {names}")
    if isinstance(outcome, Approved) and len(outcome.summary) > LONGEST:
        raise Refused(VALIDATION, f"a summary has at most {LONGEST} characters")
    token = _pending(engine, pipeline, place) if token is None else token
    execution, visit, where = _asked(engine, place, token)
    attempt = visit.attempts[where]
    if attempt.status == "InProgress":
        engine.soon("end", execution.id, visit.floor.index, where, outcome)
    elif attempt.by and visit.latest[step.name] == where:
        raise Refused(engine.assumptions.second_answer, f"{'/'.join(place)} has been answered by {attempt.by}")
    else:
        raise Refused(INVALID_TOKEN, f"the token {token} is no longer valid: the approval ended, or was asked anew")


def _pending(engine: Engine, pipeline: str, place: tuple[str, str]) -> str:
    for identity in engine.tracks[pipeline].active:
        execution = engine.runs[identity]
        for visit in execution.visits.values():
            last = visit.last(place[1]) if visit.floor.name == place[0] else None
            if last and last.status == "InProgress":
                return last.token
    raise Refused(INVALID_TOKEN, f"nobody is asked at {'/'.join(place)} now")


def _asked(engine: Engine, place: tuple[str, str], token: str) -> tuple[Execution, Visit, int]:
    identity = engine.approvals.get(token)
    execution = engine.runs.get(identity) if identity else None
    for visit in execution.visits.values() if execution else ():
        for where, attempt in enumerate(visit.attempts):
            if attempt.token == token and (visit.floor.name, attempt.step.name) == place and execution:
                return execution, visit, where
    raise Refused(INVALID_TOKEN, f"the token {token!r} was never issued for {'/'.join(place)}")

"""A recorded execution, replayed in the simulator: `aws codepipeline list-action-executions` says what really happened.

The recording gives the outside world: the outcome and the span of every attempt, and when a stage was retried. The
order of the actions and their statuses are the simulator's; they have to be those that were recorded.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pytest_pipeline.structure import Pipeline as Wrapped
from reconciler.errors import Broken
from reconciler.pipeline.model import Pipeline
from reconciler.simulation.outcomes import (
    FAILURE_TYPES,
    Approved,
    Fails,
    Hangs,
    Ignored,
    Outcome,
    Rejected,
    Succeeds,
)
from reconciler.simulation.refusals import Refused
from reconciler.simulation.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.simulation.trace import Run


@dataclass(frozen=True, slots=True)
class Attempt:
    """One recorded attempt; times are milliseconds since its execution's first action."""

    stage: str
    action: str
    status: str
    started: int
    ended: int
    category: str
    outcome: Outcome

    @property
    def place(self) -> str:
        """`Stage/Action`."""
        return f"{self.stage}/{self.action}"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was recorded and what was simulated, line by line: `Stage/Action Status`, in order of start."""

    execution: str
    recorded: tuple[str, ...]
    simulated: tuple[str, ...]
    run: Run


def replay(
    pipeline: Wrapped | Pipeline | Mapping[str, Any], recording: Mapping[str, Any] | Sequence[Any] | str
) -> tuple[Replayed, ...]:
    """Replay every execution of a recording on a pipeline, oldest first.

    `pipeline` is that of the fixture, or a declaration in API shape; `recording` is the CLI's output, as text or
    parsed. Raises `Broken` where the recording is none, or is of another pipeline.
    """
    document = pipeline.document if isinstance(pipeline, Pipeline | Wrapped) else pipeline
    executions = recorded(_parsed(recording))
    places = {action.place for action in Pipeline(document).actions}
    for attempts in executions.values():
        if strange := sorted({attempt.place for attempt in attempts} - places):
            raise Broken(f"the recording runs {', '.join(strange)}, and {document['name']} has no such action; record "
                         "the version that is declared")  # fmt: skip
    return tuple(_replayed(document, name, attempts) for name, attempts in executions.items())


def recorded(recording: Mapping[str, Any] | Sequence[Any]) -> dict[str, tuple[Attempt, ...]]:
    """Give the attempts by execution, oldest first; raises `Broken` where they cannot be read."""
    details: Any = recording.get("actionExecutionDetails") if not isinstance(recording, list | tuple) else recording  # type: ignore[union-attr]
    if not isinstance(details, list | tuple) or not details:
        raise Broken("a recording is the output of aws codepipeline list-action-executions, with at least one action")
    found: dict[str, list[Mapping[str, Any]]] = {}
    try:
        for each in sorted(details, key=lambda each: _time(each["startTime"])):
            found.setdefault(str(each["pipelineExecutionId"]), []).append(each)
        return {name: tuple(_attempts(each)) for name, each in found.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Broken(f"the recording cannot be read: {type(error).__name__} {error}; it is the output of aws "
                     "codepipeline list-action-executions") from None  # fmt: skip


def _parsed(recording: Mapping[str, Any] | Sequence[Any] | str) -> Mapping[str, Any] | Sequence[Any]:
    if not isinstance(recording, str):
        return recording
    try:
        value: Mapping[str, Any] | Sequence[Any] = json.loads(recording)
    except ValueError as error:
        raise Broken(f"the recording is no JSON: {error}") from None
    return value


def _attempts(details: Sequence[Mapping[str, Any]]) -> Iterator[Attempt]:
    began = _time(details[0]["startTime"])
    for each in details:
        start = _time(each["startTime"])
        end = _time(each.get("lastUpdateTime", each["startTime"]))
        category = str(((each.get("input") or {}).get("actionTypeId") or {}).get("category", ""))
        since, span = (_milliseconds(moment) for moment in (start - began, max(end - start, timedelta())))
        yield Attempt(str(each["stageName"]), str(each["actionName"]), str(each["status"]), since, since + span,
                      category, _outcome(each, category, span))  # fmt: skip


def _outcome(detail: Mapping[str, Any], category: str, span: int) -> Outcome:
    output = detail.get("output") or {}
    result = output.get("executionResult") or {}
    error = result.get("errorDetails") or {}
    summary, message = str(result.get("externalExecutionSummary", "")), str(error.get("message", ""))
    if detail["status"] == "InProgress":
        return Ignored() if category == "Approval" else Hangs()
    if category == "Approval":
        by = str(detail.get("updatedBy", "approver")).rpartition("/")[2]
        succeeded = detail["status"] == "Succeeded"
        return Approved(by, span, summary) if succeeded else Rejected(by, summary or message, span)
    if detail["status"] == "Succeeded":
        return Succeeds(after=span, summary=summary, external_id=str(result.get("externalExecutionId", "")))
    code = str(error.get("code", "JobFailed"))
    return Fails(code if code in FAILURE_TYPES else "JobFailed", message, span, code)


def _replayed(document: Mapping[str, Any], execution: str, attempts: tuple[Attempt, ...]) -> Replayed:
    given: dict[str, list[Outcome]] = {}
    for each in attempts:
        given.setdefault(each.place, []).append(each.outcome)
    world = World("000000000000", "us-east-1", begins=datetime(2026, 1, 5, 8, tzinfo=UTC), given=given)
    world.create(document, run=False)
    identity = world.start(str(document["name"]), variables=_variables(document))
    for stage, moment in _retries(attempts):
        _retry(world, identity, str(document["name"]), stage, moment)
    world.run(until=max(world.now, *(each.ended for each in attempts)))
    run = world.run_of(identity)
    real = _ordered([(each.place, each.status, each.started) for each in attempts], document)
    made = _ordered([(each.place, each.status, each.started - run.started) for each in run.actions], document)
    return Replayed(execution, tuple(real), tuple(made), run)


def _retries(attempts: Sequence[Attempt]) -> Iterator[tuple[str, int]]:
    """Give stage and moment of each retry: where an action starts once more, each group of them once."""
    seen: dict[str, int] = {}
    told: set[tuple[str, int]] = set()
    for each in attempts:
        number = seen[each.place] = seen.get(each.place, 0) + 1
        if number > 1 and (each.stage, number) not in told:
            told.add((each.stage, number))
            yield each.stage, each.started


def _retry(world: World, identity: str, pipeline: str, stage: str, moment: int) -> None:
    """Retry as somebody did; where the pipeline retries by itself there is nothing to do."""
    world.run(until=max(world.now, moment))
    if any(each.stage == stage and each.status == "InProgress" for each in world.run_of(identity).stages):
        return
    try:
        world.retry(pipeline, stage, identity)
    except Refused:
        return  # the difference shows in the order of the actions


def _ordered(rows: Iterable[tuple[str, str, int]], document: Mapping[str, Any]) -> Iterator[str]:
    """Give lines in order of start; what starts together, one group of one stage, by name."""
    groups = {action.place: (action.stage, action.run_order) for action in Pipeline(document).actions}
    timed = sorted(rows, key=lambda row: row[2])
    for _, group in groupby(timed, key=lambda row: groups[row[0]]):
        yield from (f"{place} {status}" for place, status, _ in _attempted(list(group)))


def _attempted(rows: list[tuple[str, str, int]]) -> Iterator[tuple[str, str, int]]:
    """Give attempts round by round, names in order inside a round."""
    count: dict[str, int] = {}
    numbered = []
    for row in rows:
        count[row[0]] = count.get(row[0], 0) + 1
        numbered.append((count[row[0]], row))
    return (row for _, row in sorted(numbered))


def _variables(document: Mapping[str, Any]) -> dict[str, str]:
    return {each["name"]: "recorded" for each in document.get("variables") or () if "defaultValue" not in each}


def _time(value: Any) -> datetime:
    """Read seconds since 1970, or ISO 8601: both are what the AWS CLI writes."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, tz=UTC)
    found = datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)

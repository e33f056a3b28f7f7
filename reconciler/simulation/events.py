"""What EventBridge would have said of a run: state changes of pipeline, stages and actions (reference G.1).

Rules of this file:

* Events are built when somebody looks, out of the lines of the log; the log is in the order of I26.
* Rules, conditions, copies and skipped stages have no events.
* `start-time` is that of the level: of the execution, the stage, the attempt of the action.
* A start over a connection is told again at a good end, and at a bad one behind the source stage, as AWS's examples do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from reconciler.pipeline.canonical import CONNECTION
from reconciler.simulation import artifacts, messages
from reconciler.simulation.ids import identity

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.pipeline import arns
    from reconciler.simulation.state import Attempt, Execution
    from reconciler.simulation.trace import Record, Start

TITLES = {
    "pipeline": "CodePipeline Pipeline Execution State Change",
    "stage": "CodePipeline Stage Execution State Change",
    "action": "CodePipeline Action Execution State Change",
}
_LEVELS = {"pipeline": 0, "stage": 1, "action": 2}
_SILENT = frozenset({"SKIPPED"})


class Events(Sequence[Mapping[str, Any]]):
    """The events of one run, in order."""

    def __init__(
        self, records: tuple[Record, ...], execution: Execution, begins: datetime, target: arns.Target, *,
        outermost: bool = False,
    ) -> None:  # fmt: skip
        self._records, self._execution = records, execution
        self._begins, self._target, self._outermost = begins, target, outermost

    @cached_property
    def built(self) -> tuple[Mapping[str, Any], ...]:
        """All events."""
        told = [each for each in self._records if each.kind in TITLES and each.state not in _SILENT]
        if self._outermost:
            told.sort(key=lambda each: (each.time, _LEVELS[each.kind]))
        return tuple(self._event(record) for record in told)

    @cached_property
    def _attempts(self) -> Mapping[str, Attempt]:
        return {each.id: each for visit in self._execution.visits.values() for each in visit.attempts}

    @cached_property
    def _entered(self) -> Mapping[str, int]:
        return {visit.floor.name: visit.entered for visit in self._execution.visits.values()}

    @cached_property
    def _retries(self) -> tuple[Record, ...]:
        return tuple(each for each in self._records if each.kind == "stage" and each.state == "RESUMED")

    @overload
    def __getitem__(self, at: int) -> Mapping[str, Any]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Mapping[str, Any]]: ...
    def __getitem__(self, at: int | slice) -> Mapping[str, Any] | Sequence[Mapping[str, Any]]:
        """Give one event or some."""
        return self.built[at]

    def __len__(self) -> int:
        return len(self.built)

    def __eq__(self, other: object) -> bool:
        """Events are equal if they say the same."""
        return isinstance(other, Sequence) and self.built == tuple(other)

    def __hash__(self) -> int:
        return hash(self._records)

    def __repr__(self) -> str:
        return repr(self.built)

    def _event(self, record: Record) -> Mapping[str, Any]:
        blueprint = self._execution.blueprint
        return {
            "version": "0",
            "id": identity(record.serial, record.serial),
            "detail-type": TITLES[record.kind],
            "source": "aws.codepipeline",
            "account": self._target.account,
            "time": self._second(record.time),
            "region": self._target.region,
            "resources": [blueprint.arn],
            "detail": self._detail(record),
        }

    def _detail(self, record: Record) -> dict[str, Any]:
        execution, attempt = self._execution, None
        detail: dict[str, Any] = {"pipeline": record.pipeline, "execution-id": record.execution}
        started = execution.started
        if record.kind != "pipeline":
            detail["stage"], started = record.stage, self._entered[record.stage]
        if record.kind == "action":
            attempt = self._attempts[record.detail["id"]]
            started = attempt.started
            detail |= _action(record, attempt, execution)
        detail |= {"state": record.state, "version": execution.blueprint.version, "start-time": self._instant(started)}
        retries = [each.time for each in self._retries if each.serial <= record.serial]
        detail["pipeline-execution-attempt"] = 1 + self._resumed(record)
        if record.kind == "stage" and retries:
            detail["stage-last-retry-attempt-time"] = self._instant(retries[-1])
        return detail | (self._of_pipeline(record) if record.kind == "pipeline" else {})

    def _resumed(self, record: Record) -> int:
        told = (each for each in self._records if each.kind == "pipeline" and each.state == "RESUMED")
        return sum(each.serial <= record.serial for each in told)

    def _of_pipeline(self, record: Record) -> dict[str, Any]:
        start, first = self._execution.start, record.state == "STARTED"
        at_end = record.state == "SUCCEEDED" or (record.state == "FAILED" and self._execution.stage > 0)
        found: dict[str, Any] = {}
        if first or (at_end and start.type == "WebhookV2"):
            kind = {"trigger-type": start.type, "trigger-detail": start.detail} if first else {}
            found["execution-trigger"] = kind | self._change(start)
        if record.state in ("STOPPING", "STOPPED"):
            found["stop-execution-comments"] = self._execution.stop_reason
        return found

    def _change(self, start: Start) -> dict[str, str]:
        """Give what is known of the change that started the run; of a connection also who wrote it, and where."""
        told = {"branch-name": start.branch, "tag-name": start.tag, "commit-id": start.commit,
                "pull-request-id": start.pull_request}  # fmt: skip
        if start.type == "WebhookV2":
            told |= {
                "author-display-name": start.by,
                "author-id": start.by,
                "author-email": start.email,
                "author-date": self._second(self._execution.started),
                "commit-message": start.message,
                "full-repository-name": _repository(self._execution),
                "provider-type": start.provider,
                "connection-arn": start.detail,
            }
        return {key: value for key, value in told.items() if value}

    def _second(self, time: int) -> str:
        return f"{messages.moment(self._begins, time):%Y-%m-%dT%H:%M:%SZ}"

    def _instant(self, time: int) -> str:
        moment = messages.moment(self._begins, time)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _repository(execution: Execution) -> str:
    """Give the repository of the connection source that started a run."""
    sources = [step for step in execution.blueprint.sources if step.provider == CONNECTION]
    named = [step for step in sources if step.name in execution.start.revisions]
    return next((step.configuration.get("FullRepositoryId", "") for step in (*named, *sources)), "")


def _action(record: Record, attempt: Attempt, execution: Execution) -> dict[str, Any]:
    step = attempt.step
    told: dict[str, Any] = {
        "action": record.action,
        "action-execution-id": attempt.id,
        "region": step.region,
        "type": {"owner": step.owner, "provider": step.provider, "category": step.category, "version": step.version},
    }
    if record.state in ("STARTED", "SUCCEEDED"):
        told |= _artifacts("input-artifacts", step.inputs, step.region, execution)
    if record.state == "SUCCEEDED":
        told |= _artifacts("output-artifacts", step.outputs, step.region, execution)
    if record.state in ("SUCCEEDED", "FAILED"):
        told["execution-result"] = _result(attempt)
    return told


def _artifacts(key: str, names: tuple[str, ...], region: str, execution: Execution) -> dict[str, Any]:
    found = [{"name": name, "s3location": artifacts.location(execution, region, name)} for name in names]
    return {key: found} if found else {}


def _result(attempt: Attempt) -> dict[str, str]:
    result = {
        "external-execution-summary": attempt.summary,
        "external-execution-id": attempt.external_id,
        "error-code": attempt.failure.code if attempt.failure else "",
    }
    return {key: value for key, value in result.items() if value}

"""How executions went: the last one of a pipeline, and what failed in it (reference E.18)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.aws.calls import Call, Calls
from reconciler.pipeline import secrets
from reconciler.plan.health import Failure, Health

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.aws.sessions import Access

LONGEST = 2000
"""Characters of a message that are kept: builds may say anything, and much of it."""


class Executions:
    """The calls about executions that are not about writing."""

    _calls: Calls

    def last(self, access: Access, name: str) -> Health:
        """Give the last execution, without what failed in it; raises `failures.Absent`."""
        parameters = {"pipelineName": name, "maxResults": 1}
        answer = self._calls.send(Call(access, "ListPipelineExecutions", name, parameters))
        entry: dict[str, Any] = next(iter(answer["pipelineExecutionSummaries"]), {})
        return Health(
            target=access.target,
            name=name,
            execution=str(entry.get("pipelineExecutionId", "")),
            status=str(entry.get("status", "")),
            summary=_text(entry.get("statusSummary", "")),
            began=_moment(entry.get("startTime")),
            changed=_moment(entry.get("lastUpdateTime")),
        )

    def failures(self, access: Access, name: str, execution: str) -> tuple[Failure, ...]:
        """Give what failed in an execution, in the order of the stages; raises `failures.Absent`.

        The state of a pipeline shows each stage's last execution: of an older one nothing is left there.
        """
        answer = self._calls.send(Call(access, "GetPipelineState", name, {"name": name}))
        return tuple(each for stage in answer["stageStates"] for each in _failures(stage, execution))


def _failures(stage: Mapping[str, Any], execution: str) -> Iterator[Failure]:
    inside = stage.get("latestExecution", {})
    if inside.get("pipelineExecutionId") != execution:
        return
    for state in stage.get("actionStates", ()):
        latest = state.get("latestExecution", {})
        if latest.get("status") == "Failed":
            details = latest.get("errorDetails", {})
            yield Failure(
                stage=str(stage["stageName"]),
                action=str(state.get("actionName", "")),
                code=_text(details.get("code", "")),
                message=_text(details.get("message", "") or latest.get("summary", "")),
                url=_url(str(latest.get("externalExecutionUrl", ""))),
            )
    yield from _conditions(stage)


def _conditions(stage: Mapping[str, Any]) -> Iterator[Failure]:
    """Iterate over the rules that kept an execution out of a stage, or let it fail."""
    for gate in ("beforeEntryConditionState", "onSuccessConditionState", "onFailureConditionState"):
        for condition in stage.get(gate, {}).get("conditionStates", ()):
            for rule in condition.get("ruleStates", ()):
                latest = rule.get("latestExecution", {})
                if latest.get("status") == "Failed":
                    details = latest.get("errorDetails", {})
                    code, message = _text(details.get("code", "")), _text(details.get("message", ""))
                    place = f"{gate.removesuffix('ConditionState')} {rule.get('ruleName', '')}"
                    yield Failure(
                        str(stage["stageName"]), place, code, message, _url(latest.get("externalExecutionUrl"))
                    )


def _url(value: object) -> str:
    """Give an address that a report may link to."""
    return value if isinstance(value, str) and value.startswith("https://") else ""


def _text(value: object) -> str:
    return secrets.scrub(str(value))[:LONGEST]


def _moment(value: datetime | None) -> datetime | None:
    return value.astimezone(UTC) if value else None

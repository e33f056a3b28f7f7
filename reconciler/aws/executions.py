"""How executions go: the last one of a pipeline and those in progress, and what failed (reference E.18)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.aws.calls import Call, Calls
from reconciler.pipeline import secrets
from reconciler.plan.health import Failure, Health
from reconciler.simulation.interruption import Running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.aws.sessions import Access

_RUNNING = frozenset({"InProgress", "Stopping"})
"""Statuses of executions that an update would end (reference E.1, E.7)."""
MOST = 100
"""The newest executions, among which those in progress are: no mode lets more run at the same time (reference C)."""
LONGEST = 2000
"""Characters of a message that are kept: builds may say anything, and much of it."""


class Executions:
    """The calls about executions that are not about writing."""

    _calls: Calls

    def last(self, access: Access, name: str) -> Health:
        """Give the last execution, without what failed in it; raises `failures.Absent`."""
        return _health(access, name, self._newest(access, name, 1))

    def running(self, access: Access, name: str) -> tuple[str, ...]:
        """Give the ids of the executions that an update would end; raises `failures.Absent`."""
        return _alive(self._newest(access, name, MOST))

    def executions(self, access: Access, name: str) -> tuple[Running, ...]:
        """Give the executions that an update would end, with their stages; raises `failures.Absent`.

        PARALLEL pipelines show no stage (reference E.6). The state is asked for only where something runs.
        """
        return self._placed(access, name, self.running(access, name))

    def glance(self, access: Access, name: str) -> tuple[Health, tuple[Running, ...]]:
        """Give what `last` and `executions` give, of one answer; raises `failures.Absent`."""
        entries = self._newest(access, name, MOST)
        return _health(access, name, entries), self._placed(access, name, _alive(entries))

    def failures(self, access: Access, name: str, execution: str) -> tuple[Failure, ...]:
        """Give what failed in an execution, in the order of the stages; raises `failures.Absent`.

        The state of a pipeline shows each stage's last execution: of an older one nothing is left there.
        """
        answer = self._calls.send(Call(access, "GetPipelineState", name, {"name": name}))
        return tuple(each for stage in answer["stageStates"] for each in _failures(stage, execution))

    def _newest(self, access: Access, name: str, most: int) -> list[dict[str, Any]]:
        parameters = {"pipelineName": name, "maxResults": most}
        answer = self._calls.send(Call(access, "ListPipelineExecutions", name, parameters))
        entries: list[dict[str, Any]] = answer["pipelineExecutionSummaries"]
        return entries

    def _placed(self, access: Access, name: str, found: tuple[str, ...]) -> tuple[Running, ...]:
        if not found:
            return ()
        answer = self._calls.send(Call(access, "GetPipelineState", name, {"name": name}))
        places = {identity: place for stage in answer["stageStates"] for identity, place in _places(stage)}
        return tuple(Running(each, *places.get(each, ("",))) for each in found)


def _health(access: Access, name: str, entries: list[dict[str, Any]]) -> Health:
    entry = next(iter(entries), {})
    return Health(
        target=access.target,
        name=name,
        execution=str(entry.get("pipelineExecutionId", "")),
        status=str(entry.get("status", "")),
        summary=_text(entry.get("statusSummary", "")),
        began=_moment(entry.get("startTime")),
        changed=_moment(entry.get("lastUpdateTime")),
    )


def _alive(entries: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(entry["pipelineExecutionId"] for entry in entries if entry.get("status") in _RUNNING)


def _places(stage: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Iterate over the executions in a stage and before it: id, and stage, status, mode and whether it waits."""
    if (inside := stage.get("latestExecution", {})).get("status") in _RUNNING:
        yield inside["pipelineExecutionId"], (stage["stageName"], inside["status"])
    for each in (stage.get("inboundExecution", {}), *stage.get("inboundExecutions", ())):
        if each.get("status") in _RUNNING:
            yield each["pipelineExecutionId"], (stage["stageName"], each["status"], "", True)


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

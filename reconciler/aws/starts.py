"""Executions that are started again: what each had, and the start itself (reference E.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.aws.calls import Call, Calls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.aws.sessions import Access


@dataclass(frozen=True, slots=True)
class Run:
    """One entry of ListPipelineExecutions."""

    id: str
    status: str
    revisions: Mapping[str, str] = field(default_factory=dict)
    """Source revisions by action, as far as they are known yet."""


@dataclass(frozen=True, slots=True)
class Start:
    """What an execution is to be started with."""

    token: str
    """The same token does not start twice, as long as AWS remembers it (how long, nobody says: reference F.4)."""
    revisions: Sequence[Mapping[str, str]] = ()
    """`{actionName, revisionType, revisionValue}`, for V2 pipelines only (reference E.2)."""
    variables: Mapping[str, str] = field(default_factory=dict)


class Starts:
    """The calls about executions that an update ended."""

    _calls: Calls

    def runs(self, access: Access, name: str) -> tuple[Run, ...]:
        """Give the newest 100 executions, oldest first, with their source revisions; raises `failures.Absent`."""
        parameters = {"pipelineName": name, "maxResults": 100}
        answer = self._calls.send(Call(access, "ListPipelineExecutions", name, parameters))
        entries = answer["pipelineExecutionSummaries"][::-1]  # newest first, as recent answers have it (reference F.2)
        entries.sort(key=lambda entry: str(entry.get("startTime", "")))
        return tuple(
            Run(str(entry["pipelineExecutionId"]), str(entry.get("status", "")), _revisions(entry)) for entry in entries
        )

    def variables(self, access: Access, name: str, execution: str) -> dict[str, str]:
        """Give the values that an execution's variables have; raises `failures.Absent`."""
        parameters = {"pipelineName": name, "pipelineExecutionId": execution}
        answer = self._calls.send(Call(access, "GetPipelineExecution", name, parameters))
        return {each["name"]: each["resolvedValue"] for each in answer["pipelineExecution"].get("variables", ())}

    def start(self, access: Access, name: str, start: Start) -> str:
        """Start an execution and give its id; raises `failures.Absent`."""
        variables = [{"name": key, "value": value} for key, value in start.variables.items()]
        parameters: dict[str, Any] = {"name": name, "clientRequestToken": start.token}
        parameters |= {"variables": variables} if variables else {}
        parameters |= {"sourceRevisions": [dict(each) for each in start.revisions]} if start.revisions else {}
        return str(self._calls.send(Call(access, "StartPipelineExecution", name, parameters))["pipelineExecutionId"])


def _revisions(entry: Mapping[str, Sequence[Mapping[str, str]]]) -> dict[str, str]:
    """Give revisions by action; of a source that is still at it, none is known."""
    return {each["actionName"]: each["revisionId"] for each in entry.get("sourceRevisions", ()) if "revisionId" in each}

"""Events as notification rules send them: the same detail, and what people want to know beside it (reference G.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from reconciler.simulation.trace import Run

SOURCE = "Source"


def notification(run: Run, event: Mapping[str, Any], rule: str) -> dict[str, Any]:
    """Give one event of a run in the form that the notification rule with the ARN `rule` sends."""
    level, state = event["detail-type"].split()[1], event["detail"]["state"]
    maker = _ATTRIBUTES.get((level, state))
    return {
        **{key: event[key] for key in ("account", "region", "source", "time", "detail", "resources")},
        "detailType": event["detail-type"],
        "notificationRuleArn": rule,
        "additionalAttributes": maker(run, event) if maker else {},
    }


def _failed_pipeline(run: Run, event: Mapping[str, Any]) -> dict[str, Any]:
    failed = list(_failures(run.events, event))
    actions = [{"action": each["action"], **_information(each)} for each in failed]
    stage = {"failedStage": failed[-1]["stage"]} if failed else {}
    return {"failedActionCount": len(failed), "failedActions": actions, **stage}


def _failures(events: Iterable[Mapping[str, Any]], event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Iterate over the actions that failed in the attempt of the run which an event ends."""
    attempt = event["detail"]["pipeline-execution-attempt"]
    for each in events:
        detail = each["detail"]
        if "action" in detail and detail["state"] == "FAILED" and detail["pipeline-execution-attempt"] == attempt:
            yield detail


def _information(detail: Mapping[str, Any]) -> dict[str, str]:
    return {"additionalInformation": detail["execution-result"].get("external-execution-summary", "")}


def _started_stage(run: Run, _: Mapping[str, Any]) -> dict[str, Any]:
    sources = {each.action: each for each in run.actions if each.category == SOURCE}
    return {
        "sourceActions": [
            {"sourceActionName": name, "sourceActionProvider": each.provider,
             "sourceActionVariables": dict(each.variables)}
            for name, each in sources.items()
        ]
    }  # fmt: skip


_ATTRIBUTES: dict[tuple[str, str], Callable[[Run, Mapping[str, Any]], dict[str, Any]]] = {
    ("Pipeline", "FAILED"): _failed_pipeline,
    ("Stage", "STARTED"): _started_stage,
    ("Action", "FAILED"): lambda _, event: _information(event["detail"]),
}
"""What stands beside an event, by level and state."""

"""What the service tells others: approval requests over SNS, calls over CloudTrail (reference G.1, G.3)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Attempt, Execution
    from reconciler.simulation.trace import Record


def approval(engine: Engine, execution: Execution, attempt: Attempt) -> dict[str, Any]:
    """Give the message that an approval's topic gets, with the topic beside it."""
    step, region = attempt.step, engine.target.region
    home = f"https://console.aws.amazon.com/codesuite/codepipeline/pipelines/{execution.blueprint.name}/view"
    link = f"{home}?region={region}"
    expires = moment(engine.begins, attempt.started + (step.timeout or 0))
    body = {
        "pipelineName": execution.blueprint.name,
        "stageName": step.stage,
        "actionName": step.name,
        "token": attempt.token,
        "expires": f"{expires:%Y-%m-%dT%H:%MZ}",
        "externalEntityLink": attempt.configuration.get("ExternalEntityLink"),
        "approvalReviewLink": f"{link}#/{step.stage}/{step.name}/approve/{attempt.token}",
        "customData": attempt.configuration.get("CustomData"),
    }
    return {"topic": step.notify, "message": {"region": region, "consoleLink": link, "approval": body}}


def call(record: Record, begins: datetime, account: str, region: str) -> Mapping[str, Any]:
    """Give an intent of the log in the shape of a CloudTrail record."""
    shown: dict[str, Any] = {
        "eventSource": "codepipeline.amazonaws.com",
        "eventName": record.state,
        "eventTime": f"{moment(begins, record.time):%Y-%m-%dT%H:%M:%SZ}",
        "awsRegion": region,
        "recipientAccountId": account,
        "userIdentity": {"arn": record.detail.get("by", "")},
        "requestParameters": record.detail.get("parameters"),
        "responseElements": record.detail.get("response"),
    }
    for key, name in (("code", "errorCode"), ("message", "errorMessage")):
        if key in record.detail:
            shown[name] = record.detail[key]
    return shown


def moment(begins: datetime, milliseconds: int) -> datetime:
    """Give the time of day of a virtual moment."""
    return begins + timedelta(milliseconds=milliseconds)

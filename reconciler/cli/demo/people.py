"""Who else is at work in the demo: one edits in the console, one releases. They ask AWS as people do.

What they do is theirs in CloudTrail: each signs with a key of an own user.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import boto3

from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Callable

ANA, MARA = "AKIADEMOANA", "AKIADEMOMARA"
KEYS = {
    ANA: "arn:aws:iam::111111111111:user/ana",
    MARA: "arn:aws:iam::333333333333:user/mara",
}
"""Users by access key."""
REGION = "eu-west-1"
ANYTHING = "demo"  # signatures are not verified

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds until something that AWS should do counts as failed."""
_PAUSE = 0.05
_GOING_ON = frozenset({"InProgress", "Stopping"})


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval that waits."""

    pipeline: str
    stage: str
    action: str
    token: str

    def command(self, url: str) -> str:
        """Give the line for a terminal that approves it with the AWS CLI."""
        return (
            f"AWS_ENDPOINT_URL={url} AWS_ACCESS_KEY_ID={MARA} AWS_SECRET_ACCESS_KEY={ANYTHING} "
            f"aws codepipeline put-approval-result --region {REGION} --pipeline-name {self.pipeline} "
            f"--stage-name {self.stage} --action-name {self.action} --token {self.token} "
            "--result summary=reviewed,status=Approved"
        )


class Person:
    """Somebody with an access key."""

    def __init__(self, key: str) -> None:
        self._session = boto3.Session(aws_access_key_id=key, aws_secret_access_key=ANYTHING, region_name=REGION)
        self._aws = self._session.client("codepipeline")

    def edit(self, pipeline: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change a declaration, as the console does it."""
        document: Any = self._aws.get_pipeline(name=pipeline)["pipeline"]
        change(document)
        self._aws.update_pipeline(pipeline=document)

    def asked(self, pipeline: str) -> Approval:
        """Wait until an execution of a pipeline needs approval."""
        return _until(lambda: self._waiting(pipeline), f"an approval of {pipeline}")

    def approve(self, approval: Approval) -> None:
        """Let an execution go on."""
        self._aws.put_approval_result(
            pipelineName=approval.pipeline, stageName=approval.stage, actionName=approval.action, token=approval.token,
            result={"summary": "reviewed", "status": "Approved"},
        )  # fmt: skip

    def idle(self, pipeline: str) -> None:
        """Wait until no execution of a pipeline is in progress."""

        def ended() -> bool:
            found = self._aws.list_pipeline_executions(pipelineName=pipeline)["pipelineExecutionSummaries"]
            return not any(each["status"] in _GOING_ON for each in found)

        _until(ended, f"the executions of {pipeline}")

    def author(self, pipeline: str) -> str:
        """Say who called UpdatePipeline last, as CloudTrail knows it (reference G.3)."""
        wanted: Any = [{"AttributeKey": "ResourceName", "AttributeValue": pipeline}]
        events = self._session.client("cloudtrail").lookup_events(LookupAttributes=wanted)["Events"]
        latest = next(each for each in events if each["EventName"] == "UpdatePipeline")
        return f"UpdatePipeline by {json.loads(latest['CloudTrailEvent'])['userIdentity']['arn']}"

    def _waiting(self, pipeline: str) -> Approval | None:
        for stage in self._aws.get_pipeline_state(name=pipeline)["stageStates"]:
            for action in stage.get("actionStates", ()):
                if token := action.get("latestExecution", {}).get("token"):
                    return Approval(pipeline, stage["stageName"], action["actionName"], token)
        return None


def _until(look: Callable[[], T | None], what: str) -> T:
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > end:
            raise Broken(f"the demo waited {PATIENCE:g} seconds for {what} in vain; please report this")
        time.sleep(_PAUSE)
    return found

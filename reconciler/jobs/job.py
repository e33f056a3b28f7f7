"""One job for a Lambda function: where its artifacts lie, and the event that the function gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CREDENTIALS = {
    "accessKeyId": "ASIASIMULATED0000000",
    "secretAccessKey": "simulated",
    "sessionToken": "simulated",
}
"""Marked as what they are: nothing outside takes them."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """An artifact of a job; an output has no revision yet."""

    name: str
    bucket: str
    key: str
    revision: str | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The artifact as the event shows it."""
        place = {"bucketName": self.bucket, "objectKey": self.key}
        return {"name": self.name, "revision": self.revision, "location": {"type": "S3", "s3Location": place}}


@dataclass(frozen=True, slots=True)
class Job:
    """What CodePipeline asks a function to do (reference D.5)."""

    id: str
    account: str
    region: str
    configuration: Mapping[str, str]
    inputs: tuple[Artifact, ...] = ()
    outputs: tuple[Artifact, ...] = ()
    token: str = ""
    """The continuation token of the call before; empty for the first."""
    encryption_key: Mapping[str, str] = field(default_factory=dict)

    @property
    def function(self) -> str:
        """The name of the function."""
        return self.configuration.get("FunctionName", "function")

    @property
    def event(self) -> dict[str, Any]:
        """The event of shape `CodePipeline.job`; what is not set is absent, as `UserParameters` is."""
        data: dict[str, Any] = {
            "actionConfiguration": {"configuration": dict(self.configuration)},
            "inputArtifacts": [each.document for each in self.inputs],
            "outputArtifacts": [each.document for each in self.outputs],
            "artifactCredentials": dict(CREDENTIALS),
        }
        if self.token:
            data["continuationToken"] = self.token
        if self.encryption_key:
            data["encryptionKey"] = dict(self.encryption_key)
        return {"CodePipeline.job": {"id": self.id, "accountId": self.account, "data": data}}

"""The services that are served here, as botocore's models describe them; each is loaded when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader

from reconciler.emulator.faults import Fault
from reconciler.emulator.shapes import Shapes
from reconciler.pipeline import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

BY_TARGET = {
    "CodePipeline_20150709": "codepipeline",
    "ResourceGroupsTaggingAPI_20170126": "resourcegroupstaggingapi",
    "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail",
    "CloudTrail_20131101": "cloudtrail",
}
"""Services of the JSON protocol, by what stands before the operation in `X-Amz-Target`."""

QUERY = "sts"
"""The one service of the query protocol."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service: its operations by name, and the shapes they speak in."""

    name: str
    operations: Mapping[str, Mapping[str, Any]]
    shapes: Shapes

    def parse(self, operation: str, value: Any) -> Any:
        """Give the checked input of an operation; raises `Fault` for a wrong one and for an unknown operation."""
        if operation not in self.operations:
            raise Fault("UnknownOperationException", f"{self.name} has no operation {operation[:100]!r}")
        shape = self.operations[operation].get("input", {}).get("shape")
        return self.shapes.parse(shape, value) if shape else {}

    def encode(self, operation: str, value: Any) -> Any:
        """Give an output as its protocol writes it."""
        shape = self.operations[operation].get("output", {}).get("shape")
        return self.shapes.encode(shape, value) if shape else None


@cache
def load(name: str) -> Service:
    """Give a service; CodePipeline's with what `schema` knows better than the model (reference L)."""
    model: dict[str, Any] = Loader().load_service_model(name, "service-2")
    own = schema.amended() if name == "codepipeline" else {}
    moment = iso if name == QUERY else seconds
    return Service(name, model["operations"], Shapes({**model["shapes"], **own}, moment))


def seconds(moment: int) -> float:
    """Write milliseconds since 1970 as JSON 1.1 does: seconds with fractional milliseconds (reference A)."""
    return moment / 1000


def iso(moment: int) -> str:
    """Write milliseconds since 1970 as the query protocol and CloudTrail's texts do."""
    return datetime.fromtimestamp(moment // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""One request as an operation sees it, and the refusal that it may answer with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.pipeline import arns

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One call of one operation."""

    serial: int
    """Place in the order of arrival, counted from 1 over the endpoint's life."""
    operation: str
    """Name as AWS spells it: `UpdatePipeline`."""
    account: str
    region: str
    name: str
    """Name of the pipeline that is meant; empty if none is."""
    body: Document
    """The input as it was sent; for STS the form's fields."""
    access_key: str = ""
    """Whose credentials signed it."""

    @property
    def target(self) -> arns.Target:
        """Give the account and Region."""
        return arns.Target(self.account, self.region)


class Refusal(Exception):
    """An error answer: the AWS error code, its text and the HTTP status."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


def pipeline_name(body: Document) -> str:
    """Give the name of the pipeline that an input means, or an empty string."""
    declaration = body.get("pipeline")
    if isinstance(declaration, dict):
        return str(declaration.get("name", ""))
    if "resourceArn" in body:
        return arns.pipeline_name(body["resourceArn"])
    return str(body.get("name") or body.get("pipelineName") or "")

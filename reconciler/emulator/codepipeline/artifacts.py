"""Where artifacts lie, in the shapes in which the API tells it (reference A.2, E.17)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation.artifacts import location, store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.emulator.request import Document
    from reconciler.simulation.state import Attempt, Execution

__all__ = ["details", "located", "store"]


def details(execution: Execution, attempt: Attempt, names: Iterable[str]) -> list[Document]:
    """Give the artifacts of an action as ListActionExecutions shows them."""
    return [{"name": name, "s3location": location(execution, attempt.step.region, name)} for name in names]


def located(execution: Execution, attempt: Attempt, revisions: Mapping[str, str]) -> list[Document]:
    """Give the artifacts of an action as jobs carry them, with their revisions where there are any."""
    return [_carried(name, revision, location(execution, attempt.step.region, name))
            for name, revision in revisions.items()]  # fmt: skip


def _carried(name: str, revision: str, place: Mapping[str, str]) -> Document:
    at = {"bucketName": place["bucket"], "objectKey": place["key"]}
    return {"name": name, **({"revision": revision} if revision else {}), "location": {"type": "S3", "s3Location": at}}

"""What expressions of a team see of a pipeline: its declaration with secrets masked, and what is known beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.pipeline import secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.policy.facts import Facts

FACTS = "facts"
"""The member that holds what is known beside the declaration."""


def view(known: Facts) -> dict[str, Any]:
    """Give the declaration in the API's own shape, masked, with `facts` beside its members."""
    return {**_masked(known.document), FACTS: facts(known)}


def facts(known: Facts) -> dict[str, Any]:
    """Give what an expression sees as `facts`: where the pipeline lives, the parts of its name, what it deploys."""
    return {
        "name": known.name,
        "environment": known.environment,
        "protected": known.is_protected(known.environment),
        "account": known.account,
        "region": known.subject.region,
        "tags": dict(known.stated.tags or {}),
        "parts": dict(known.parts),
        "deployments": [
            {"place": work.place, "environment": work.environment, "protected": known.is_protected(work.environment)}
            for work in known.deployments
        ],
    }


def _masked(document: Mapping[str, Any]) -> dict[str, Any]:
    """Give a copy in which no secret can be read: what a rule finds is shown to people."""
    masked: dict[str, Any] = secrets.reveal_nothing(secrets.seal(document, lambda _: "0" * 12))
    return masked

"""The document that goes to AWS: the definition, completed by what only the live pipeline can say.

Masks: AWS keeps a stored secret when the mask comes back for the same action of the same stage, refuses a mask on
creation, and loses the secret of a renamed action (reference F.4, L). So a mask is sent only where one is live.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.errors import Blocked
from reconciler.pipeline import canonical, secrets
from reconciler.pipeline.model import Pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def outgoing(definition: Mapping[str, Any], live: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give the whole declaration to send; raises `Blocked` where a mask would be stored or a secret lost."""
    check_masks(definition, live)
    document = {key: value for key, value in definition.items() if key not in ("version", "metadata")}
    document["stages"] = [_stage(stage) for stage in definition["stages"]]
    if live is not None and "pipelineType" not in definition and "pipelineType" in live:
        document["pipelineType"] = live["pipelineType"]
    return document


def check_masks(definition: Mapping[str, Any], live: Mapping[str, Any] | None) -> None:
    """Raise `Blocked` for each mask in a definition that has no secret behind it in AWS."""
    kept = set(_kept_by_aws(live)) if live is not None else set()
    for place in _masked(definition):
        if place not in kept:
            raise Blocked(
                f"{place} holds the mask {secrets.MASK}, and AWS keeps no secret at this place: write a reference to a "
                "secret, or its value for one pass; an action that was renamed has lost its secret"
            )


def _masked(definition: Mapping[str, Any]) -> Iterator[str]:
    for action in Pipeline(definition).actions:
        for key, value in action.configuration.items():
            if secrets.has_bare_mask(value):
                yield f"{action.place} configuration.{key}"
        for variable in action.document.get("environmentVariables") or ():
            if secrets.has_bare_mask(variable["value"]):
                yield f"{action.place} environmentVariables.{variable['name']}"


def _kept_by_aws(live: Mapping[str, Any]) -> Iterator[str]:
    for action in Pipeline(live).actions:
        known = secrets.SECRET_KEYS.get((action.owner, action.provider), frozenset())
        for key, value in action.configuration.items():
            if value == secrets.MASK or (key in known and secrets.is_mask(value)):
                yield f"{action.place} configuration.{key}"


def _stage(stage: Mapping[str, Any]) -> dict[str, Any]:
    return {**stage, "actions": [_strings(action) for action in stage["actions"]]}


def _strings(action: Mapping[str, Any]) -> dict[str, Any]:
    if not action.get("configuration"):
        return dict(action)
    configuration = {key: canonical.scalar_text(value) for key, value in action["configuration"].items()}
    return {**action, "configuration": configuration}

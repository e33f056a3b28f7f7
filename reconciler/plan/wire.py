"""The document that goes to AWS: the definition, completed by what only the live pipeline can say.

Masks: AWS keeps a stored secret when the mask comes back for the same action of the same stage, refuses a mask on
creation, and loses the secret of a renamed action (reference F.4, L). So a mask is sent only where one is live.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.errors import Blocked
from reconciler.pipeline import canonical, secrets
from reconciler.pipeline.model import GATES, Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def outgoing(definition: Mapping[str, Any], live: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give the whole declaration to send; raises `Blocked` where a mask would be stored or a secret lost."""
    _refuse(_has_mask, definition, live)
    document = {key: value for key, value in definition.items() if key not in ("version", "metadata")}
    document["stages"] = [_stage(stage) for stage in definition["stages"]]
    if live is not None and "pipelineType" not in definition and "pipelineType" in live:
        document["pipelineType"] = live["pipelineType"]
    return document


def check_masks(definition: Mapping[str, Any], live: Mapping[str, Any] | None) -> None:
    """Raise `Blocked` for a mask in a sealed definition that has no secret behind it in AWS."""
    _refuse(secrets.has_bare_mask, definition, live)


def _refuse(masked: Callable[[object], bool], definition: Mapping[str, Any], live: Mapping[str, Any] | None) -> None:
    kept = set(_kept_by_aws(live)) if live is not None else set()
    for place, value in _values(definition):
        if masked(value) and place not in kept:
            raise Blocked(
                f"{place} holds the mask {secrets.MASK}, and AWS keeps no secret at this place: write a reference to a "
                "secret, or its value for one pass; an action that was renamed has lost its secret"
            )


def _has_mask(value: object) -> bool:
    """Tell whether a mask stands in a value; what is sent must not hold a fingerprint either."""
    return isinstance(value, str) and secrets.MASK in value


def _values(definition: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for action in Pipeline(definition).actions:
        for key, value in action.configuration.items():
            yield f"{action.place} configuration.{key}", value
        for variable in action.document.get("environmentVariables") or ():
            yield f"{action.place} environmentVariables.{variable['name']}", variable["value"]
    for place, rule in _rules(definition):
        for key, value in (rule.get("configuration") or {}).items():
            yield f"{place}.configuration.{key}", value


def _rules(definition: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for stage in definition["stages"]:
        for gate in GATES:
            for number, condition in enumerate((stage.get(gate) or {}).get("conditions") or ()):
                for index, rule in enumerate(condition.get("rules") or ()):
                    yield f"{stage['name']} {gate}.conditions[{number}].rules[{index}]", rule


def _kept_by_aws(live: Mapping[str, Any]) -> Iterator[str]:
    """Give the places where AWS holds a secret, in a declaration as AWS shows it or in a sealed one.

    A sealed one does not tell which values of a custom action are secret; AWS's own answer, before the write, does.
    """
    for action in Pipeline(live).actions:
        known = secrets.SECRET_KEYS.get((action.owner, action.provider), frozenset())
        for key, value in action.configuration.items():
            secret = key in known or action.owner == "Custom"
            if value == secrets.MASK or (secret and secrets.is_mask(value)):
                yield f"{action.place} configuration.{key}"


def _stage(stage: Mapping[str, Any]) -> dict[str, Any]:
    gates = {gate: _gate(stage[gate]) for gate in GATES if stage.get(gate)}
    return {**stage, **gates, "actions": [_strings(action) for action in stage["actions"]]}


def _gate(gate: Mapping[str, Any]) -> dict[str, Any]:
    if not gate.get("conditions"):
        return dict(gate)
    return {**gate, "conditions": [_condition(condition) for condition in gate["conditions"]]}


def _condition(condition: Mapping[str, Any]) -> dict[str, Any]:
    if not condition.get("rules"):
        return dict(condition)
    return {**condition, "rules": [_strings(rule) for rule in condition["rules"]]}


def _strings(item: Mapping[str, Any]) -> dict[str, Any]:
    """Give an action or a rule with the configuration that AWS wants: strings (reference A.9)."""
    if not item.get("configuration"):
        return dict(item)
    configuration = {key: canonical.scalar_text(value) for key, value in item["configuration"].items()}
    return {**item, "configuration": configuration}

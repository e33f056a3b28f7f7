"""The document that goes to AWS: the definition, completed by what only the live pipeline can say.

Masks: AWS keeps a stored secret when the mask comes back for the same action of the same stage, refuses a mask on
creation, and loses the secret of a renamed action (reference F.4, L). So a mask is sent only where one is live, and
nowhere else in the document: what AWS does not keep for us it would store as four asterisks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.errors import Blocked
from reconciler.pipeline import canonical, secrets
from reconciler.pipeline.model import GATES, Pipeline
from reconciler.plan import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from reconciler.pipeline.secrets import Keys

    Path = tuple[Any, ...]
    """Keys and numbers, with stages and actions by their names."""

_NOT_SENT = ("version", "metadata")


def outgoing(
    definition: Mapping[str, Any], live: Mapping[str, Any] | None, own: Keys = secrets.NO_KEYS
) -> dict[str, Any]:
    """Give the whole declaration to send; raises `Blocked` where a mask would be stored or a secret lost.

    `live` is the declaration as AWS shows it, None on creation; `own` is that of `secrets.Sealer`.
    """
    _refuse(secrets.has_mask, definition, live, own)
    return completed(definition, live)


def completed(definition: Mapping[str, Any], live: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give the whole declaration as it would be sent, whatever masks stand in it: to be shown."""
    document = {key: value for key, value in definition.items() if key not in _NOT_SENT}
    document["stages"] = [_stage(stage) for stage in definition["stages"]]
    if live is not None and "pipelineType" not in definition and "pipelineType" in live:
        document["pipelineType"] = live["pipelineType"]
    return document


def check_masks(definition: Mapping[str, Any], live: Mapping[str, Any] | None, own: Keys = secrets.NO_KEYS) -> None:
    """Raise `Blocked` for a mask in a sealed definition that has no secret behind it in AWS."""
    _refuse(secrets.has_bare_mask, definition, live, own)


def _refuse(
    masked: Callable[[object], bool], definition: Mapping[str, Any], live: Mapping[str, Any] | None, own: Keys
) -> None:
    kept = frozenset(_kept_by_aws(live, own)) if live is not None else frozenset()
    for path, text in _texts(definition, ()):
        if masked(text) and path[0] not in _NOT_SENT and not (text == secrets.MASK and path in kept):
            raise Blocked(
                f"{differences.place([*path])} holds the mask {secrets.MASK}, and AWS keeps no secret at this place: "
                "write a reference to a secret, or its value for one pass; an action that was renamed has lost its "
                "secret"
            )


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Give every text of a declaration with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for key, item in zip(_keys(value, path), value, strict=True):
            yield from _texts(item, (*path, key))


def _keys(items: list[Any], path: Path) -> Iterable[Any]:
    """Give what tells the items of a list apart: the names of stages and actions, the numbers of others."""
    match path:
        case ("stages",) | ("stages", _, "actions"):
            return [item["name"] for item in items]
    return range(len(items))


def _kept_by_aws(live: Mapping[str, Any], own: Keys) -> Iterator[Path]:
    """Give the paths at which AWS holds a secret, in a declaration as AWS shows it or in a sealed one.

    A sealed one does not tell which values of a custom action are secret where nobody declared its type; AWS's own
    answer, before the write, does.
    """
    for action in Pipeline(live).actions:
        keys = secrets.masked_keys(action.document["actionTypeId"], own)
        undeclared = action.owner == "Custom" and not keys
        for key, value in action.configuration.items():
            if value == secrets.MASK or ((undeclared or key in keys) and secrets.is_mask(value)):
                yield "stages", action.stage, "actions", action.name, "configuration", key


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

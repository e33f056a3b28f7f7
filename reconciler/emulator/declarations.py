"""What the service makes of a declaration: defaults filled in, secrets masked, and kept (reference A.9, F.4).

Nothing here changes its arguments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator.faults import Fault
from reconciler.pipeline import secrets
from reconciler.pipeline.canonical import CONNECTION
from reconciler.pipeline.model import GATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.emulator.request import Document

    Place = tuple[str, str, str]
    """Stage, action and key of one configuration value."""

_EMPTY: Mapping[str, Any] = {"runOrder": 1, "configuration": {}, "outputArtifacts": [], "inputArtifacts": []}


def completed(document: Mapping[str, Any]) -> Document:
    """Give the declaration with the service's defaults; whatever version was sent is dropped (reference I5)."""
    whole = _each_action(document, lambda _, action: {**_EMPTY, **action})
    whole.pop("version", None)
    whole.setdefault("executionMode", "SUPERSEDED")
    whole.setdefault("pipelineType", "V2" if _asks_for_v2(document) else "V1")
    if whole["pipelineType"] == "V2" and "triggers" not in whole and (triggers := list(_default_triggers(whole))):
        whole["triggers"] = triggers
    return whole


def _asks_for_v2(document: Mapping[str, Any]) -> bool:
    """Tell whether a V2-only parameter is there; then the service makes the pipeline V2 (reference A.1)."""
    return (
        document.get("executionMode") in ("QUEUED", "PARALLEL")
        or any(document.get(key) for key in ("variables", "triggers"))
        or any(stage.get(gate) for stage in document["stages"] for gate in GATES)
    )


def _default_triggers(document: Mapping[str, Any]) -> Iterator[Document]:
    for stage in document["stages"]:
        for action in stage["actions"]:
            configuration = action["configuration"]
            watched = configuration.get("DetectChanges", "true").lower() != "false"
            if action["actionTypeId"]["provider"] == CONNECTION and watched:
                push = [{"branches": {"includes": [configuration.get("BranchName", "")]}}]
                configured = {"sourceActionName": action["name"], "push": push}
                yield {"providerType": CONNECTION, "gitConfiguration": configured}


def hidden(document: Mapping[str, Any], own: secrets.Keys) -> dict[Place, str]:
    """Give every value that the service masks, by its place; `own` are secret keys of custom types."""
    return {
        (stage["name"], action["name"], key): action["configuration"][key]
        for stage in document["stages"]
        for action in stage["actions"]
        for key in secrets.masked_keys(action["actionTypeId"], own) & action.get("configuration", {}).keys()
    }


def masked(document: Document, own: secrets.Keys) -> Document:
    """Give the declaration as it is read: four asterisks for every secret."""
    places = hidden(document, own)
    return _filled(document, dict.fromkeys(places, secrets.MASK)) if places else document


def kept(document: Document, before: Mapping[str, Any], own: secrets.Keys) -> Document:
    """Give an updated declaration with masks replaced by what stood at the same stage, action and key before.

    A mask at another place stays a mask: after a rename the secret is lost (reference F.4).
    """
    masks = [place for place, value in hidden(document, own).items() if value == secrets.MASK]
    known = hidden(before, own) if masks else {}
    return _filled(document, {place: known[place] for place in masks if place in known}) if masks else document


def refuse_masks(document: Mapping[str, Any], own: secrets.Keys) -> None:
    """Raise `Fault` for a mask in a new pipeline (reference L)."""
    for (_, action, key), value in hidden(document, own).items():
        if value == secrets.MASK:
            raise Fault("InvalidActionDeclarationException", f'Action configuration for the new action "{action}" '
                        f'contains an invalid configuration for the secret property "{key}". "****" may be used in '
                        "secret properties only when updating an existing action.")  # fmt: skip


def _filled(document: Mapping[str, Any], values: Mapping[Place, str]) -> Document:
    def change(stage: str, action: Document) -> Document:
        own = {key: value for (at, name, key), value in values.items() if (at, name) == (stage, action["name"])}
        return {**action, "configuration": {**action["configuration"], **own}} if own else action

    return _each_action(document, change)


def _each_action(document: Mapping[str, Any], change: Callable[[str, Document], Document]) -> Document:
    stages = [
        {**stage, "actions": [change(stage["name"], action) for action in stage["actions"]]}
        for stage in document["stages"]
    ]
    return {**document, "stages": stages}

"""What CodePipeline makes of a declaration: defaults filled in, secrets masked and kept (reference A.9, F.4). Pure.

Nothing here changes its arguments: what was sent stays in the log as it was sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from endpoint.request import Document

MASK = "****"
_SECRETS = {
    ("ThirdParty", "GitHub"): ("OAuthToken",),
    ("ThirdParty", "AlexaSkillsKit"): ("ClientSecret", "RefreshToken"),
    ("Custom", "Foundry"): ("Phrase",),  # a type of a team's own, with a property that it declared secret
}
_CONNECTION = "CodeStarSourceConnection"

Place = tuple[str, str, str]
"""Stage, action and key of one configuration value."""


def completed(document: Document, *, default_triggers: bool) -> Document:
    """Give the declaration with the service's defaults; `version` is left to the caller."""
    v2_only = ("variables", "triggers")
    defaults = {
        "executionMode": "SUPERSEDED",
        "pipelineType": "V2" if any(document.get(key) for key in v2_only) else "V1",
    }
    whole = _each_action(defaults | document, _completed_action)
    return _with_triggers(whole) if default_triggers else whole


def _completed_action(_: str, action: Document) -> Document:
    return {"runOrder": 1, "configuration": {}, "inputArtifacts": [], "outputArtifacts": []} | action


def _with_triggers(document: Document) -> Document:
    if document["pipelineType"] != "V2" or "triggers" in document:
        return document
    triggers = [
        {"providerType": _CONNECTION, "gitConfiguration": {"sourceActionName": action["name"], "push": [push]}}
        for stage in document["stages"]
        for action in stage["actions"]
        if (push := _default_push(action))
    ]
    return document | {"triggers": triggers} if triggers else document


def _default_push(action: Document) -> Document:
    configuration = action["configuration"]
    detects = configuration.get("DetectChanges", "true").lower() != "false"
    if action["actionTypeId"]["provider"] != _CONNECTION or not detects:
        return {}
    return {"branches": {"includes": [configuration.get("BranchName", "main")]}}


def secrets(document: Document) -> dict[Place, str]:
    """Give every secret configuration value by its place."""
    return {
        (stage["name"], action["name"], key): value
        for stage in document["stages"]
        for action in stage["actions"]
        for key, value in _secrets_of(action)
    }


def masked(document: Document) -> Document:
    """Give the declaration as it is read: four asterisks for every secret."""
    if not secrets(document):
        return document
    return _each_action(document, lambda _, action: _with(action, dict.fromkeys(dict(_secrets_of(action)), MASK)))


def restored(document: Document, known: Mapping[Place, str]) -> Document:
    """Give the declaration with each mask replaced by the secret known for the same stage, action and key."""
    if not known:
        return document

    def restore(stage: str, action: Document) -> Document:
        values = {key: known.get((stage, action["name"], key), MASK) for key, _ in _masks(action)}
        return _with(action, values)

    return _each_action(document, restore)


def _secrets_of(action: Document) -> Iterator[tuple[str, str]]:
    kind = action["actionTypeId"]
    configuration = action.get("configuration", {})
    for key in _SECRETS.get((kind.get("owner"), kind.get("provider")), ()):
        if key in configuration:
            yield key, configuration[key]


def _masks(action: Document) -> Iterator[tuple[str, str]]:
    return ((key, value) for key, value in _secrets_of(action) if value == MASK)


def _with(action: Document, values: Mapping[str, str]) -> Document:
    return action | {"configuration": action["configuration"] | dict(values)} if values else action


def _each_action(document: Document, change: Callable[[str, Document], Document]) -> Document:
    stages = [
        stage | {"actions": [change(stage["name"], action) for action in stage["actions"]]}
        for stage in document["stages"]
    ]
    return document | {"stages": stages}

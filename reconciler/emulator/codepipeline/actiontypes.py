"""Action types and rule types: the catalogue's, and those that a team creates (reference D, F.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator import pages, tags
from reconciler.emulator.codepipeline.definitions import type_of
from reconciler.emulator.faults import Fault
from reconciler.emulator.places import Tagged
from reconciler.pipeline import providers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from reconciler.emulator.places import Place
    from reconciler.emulator.request import Document, Request
    from reconciler.pipeline.providers import Provider

PAGE = 100
MOST_COUNTED = 5
"""`ArtifactDetails` cannot say more, though the extensible model knows up to 10 (reference D.5)."""

_JOBS = {"name": "JobList", "required": False, "key": False, "secret": False, "queryable": False, "type": "String"}
"""What the service adds to the definition of a custom type by itself (reference D.5)."""


def create_custom_action_type(place: Place, request: Request) -> Document:
    """Take a new type; an old version comes back only with the identical definition."""
    body = dict(request.body)
    given = tags.read(body.pop("tags", ()))
    kind = (body["category"], "Custom", body["provider"], body["version"])
    if kind in place.types or place.shelf.get(kind, body) != body:
        raise Fault("ValidationException", f"The action type {'/'.join(kind)} exists already; choose another version")
    if len(place.types) >= (quota := place.rules.quotas.custom_types):
        raise Fault("LimitExceededException", f"{place.target} has {quota} custom action types, which is its limit")
    tags.check(tags.type_arn(place.target, kind), {}, given)
    place.types[kind] = Tagged(body, given)
    place.declare()
    return {"actionType": _custom(body), "tags": tags.written(given)}


def delete_custom_action_type(place: Place, request: Request) -> None:
    """Forget a type; silent when there is none."""
    body = request.body
    kind = (body["category"], "Custom", body["provider"], body["version"])
    if gone := place.types.pop(kind, None):
        place.shelf[kind] = gone.definition
        place.declare()


def list_action_types(place: Place, request: Request) -> Document:
    """Give the types there are, sorted; those of other Regions are the same."""
    owner = request.body.get("actionOwnerFilter")
    known = {"/".join(each.type): _shipped(each) for each in _catalogue() if each.category != "Rule"}
    known |= {"/".join(kind): _custom(each.definition) for kind, each in place.types.items()}
    keys = sorted(key for key, each in known.items() if owner in (None, each["id"]["owner"]))
    found, more = pages.page(keys, request.body, PAGE, kind="types")
    return {"actionTypes": [known[key] for key in found], **more}


def list_rule_types(_place: Place, request: Request) -> Document:
    """Give the rules there are, sorted."""
    if request.body.get("ruleOwnerFilter", "AWS") != "AWS":
        return {"ruleTypes": []}
    rules = sorted((each for each in _catalogue() if each.category == "Rule"), key=lambda each: each.provider)
    return {"ruleTypes": [
        {"id": _id(each), "ruleConfigurationProperties": _properties(each), "inputArtifactDetails": _span(each.inputs)}
        for each in rules
    ]}  # fmt: skip


def get_action_type(place: Place, request: Request) -> Document:
    """Give a type in the extensible model."""
    kind = type_of(request.body)
    return {"actionType": place.updated_types.get(kind) or _declaration(_known(kind))}


def update_action_type(place: Place, request: Request) -> None:
    """Change a type in the extensible model; it says how its jobs are done, or the request fails."""
    declared = request.body["actionType"]
    _known(type_of(declared["id"]))
    executor = declared["executor"]
    member = "lambdaExecutorConfiguration" if executor["type"] == "Lambda" else "jobWorkerExecutorConfiguration"
    if member not in executor["configuration"]:
        text = f"The executor is a {executor['type']}, so its configuration must have {member}"
        raise Fault("RequestFailedException", text)
    place.updated_types[type_of(declared["id"])] = dict(declared)


OPERATIONS: Mapping[str, Callable[[Place, Request], Document | None]] = {
    "CreateCustomActionType": create_custom_action_type,
    "DeleteCustomActionType": delete_custom_action_type,
    "ListActionTypes": list_action_types,
    "ListRuleTypes": list_rule_types,
    "GetActionType": get_action_type,
    "UpdateActionType": update_action_type,
}


def _catalogue() -> list[Provider]:
    """Give what AWS and its partners offer; a team's own types have to be created first."""
    return [each for each in providers.catalogue() if each.owner != "Custom"]


def _known(kind: tuple[str, str, str, str]) -> Provider:
    found = next((each for each in _catalogue() if each.type == kind), None)
    if found is None:
        raise Fault("ActionTypeNotFoundException", f"There is no action type {'/'.join(kind)}")
    return found


def _id(each: Provider) -> Document:
    version = "1" if each.version == providers.ANY else each.version
    return {"category": each.category, "owner": each.owner, "provider": each.provider, "version": version}


def _span(counts: tuple[int, int]) -> Document:
    least, most = counts
    return {"minimumCount": min(least, MOST_COUNTED), "maximumCount": min(most, MOST_COUNTED)}


def _properties(each: Provider) -> list[Document]:
    return [
        {"name": key.name, "required": key.required, "key": False, "secret": key.secret, "queryable": False,
         "type": "Boolean" if key.boolean else "String"}
        for key in each.keys.values()
    ]  # fmt: skip


def _shipped(each: Provider) -> Document:
    return {"id": _id(each), "actionConfigurationProperties": _properties(each),
            "inputArtifactDetails": _span(each.inputs), "outputArtifactDetails": _span(each.outputs)}  # fmt: skip


def _custom(definition: Mapping[str, Any]) -> Document:
    identity = {"category": definition["category"], "owner": "Custom", "provider": definition["provider"],
                "version": definition["version"]}  # fmt: skip
    return {
        "id": identity,
        **({"settings": definition["settings"]} if "settings" in definition else {}),
        "actionConfigurationProperties": [*definition.get("configurationProperties", ()), _JOBS],
        "inputArtifactDetails": definition["inputArtifactDetails"],
        "outputArtifactDetails": definition["outputArtifactDetails"],
    }


def _declaration(each: Provider) -> Document:
    worker = {"jobWorkerExecutorConfiguration": {"pollingServicePrincipals": ["codepipeline.amazonaws.com"]}}
    return {
        "id": _id(each),
        "executor": {"type": "JobWorker", "configuration": worker},
        "inputArtifactDetails": {"minimumCount": each.inputs[0], "maximumCount": each.inputs[1]},
        "outputArtifactDetails": {"minimumCount": each.outputs[0], "maximumCount": each.outputs[1]},
        "properties": [
            {"name": key.name, "optional": not key.required, "key": False, "noEcho": key.secret, "queryable": False}
            for key in each.keys.values()
        ][:10],
    }

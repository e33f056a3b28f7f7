"""Definitions and their tags: create, read, update, delete, list (reference F.1, A.9)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.emulator import declarations, pages, services, tags
from reconciler.emulator.faults import Fault
from reconciler.emulator.request import Written
from reconciler.pipeline import arns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from reconciler.emulator.places import Place
    from reconciler.emulator.request import Document, Request
    from reconciler.simulation.blueprint import Blueprint

PAGE = 100
"""ListPipelines' page where none is asked for (reference I30)."""
IDLE = 30 * 24 * 3600 * 1000
"""Milliseconds without an execution after which AWS polls no more (reference A.9)."""
POLLED = frozenset({"CodeCommit", "GitHub", "S3"})
"""Providers that are polled unless they are told otherwise (reference D.1)."""


def create_pipeline(place: Place, request: Request) -> Document:
    """Take a new pipeline with its tags and start its first execution (reference E.2.1, I35)."""
    body, quota = request.body, place.rules.quotas.pipelines
    document, given = declarations.completed(body["pipeline"]), tags.read(body.get("tags", ()))
    if len(place.world.tracks) >= quota:
        raise Fault("LimitExceededException", f"{place.target} has {quota} pipelines, which is its limit")
    declarations.refuse_masks(document, place.secrets)
    _check_custom(place, document)
    tags.check(arns.pipeline(place.target, document["name"]), {}, given)
    place.world.create(document, given, by=request.caller.arn)
    return {"pipeline": shown(place, _blueprint(place, document["name"])), "tags": tags.written(given)}


def update_pipeline(place: Place, request: Request) -> Document:
    """Take the next version; a mask keeps the secret of the same stage, action and key (reference F.4, E.7)."""
    document = declarations.completed(request.body["pipeline"])
    track = place.world.tracks.get(document["name"])
    if track:
        document = declarations.kept(document, track.blueprint.document, place.secrets)
    _check_custom(place, document)
    place.world.update(document, by=request.caller.arn)
    return {"pipeline": shown(place, _blueprint(place, document["name"]))}


def get_pipeline(place: Place, request: Request) -> Document:
    """Give one version of a declaration, its secrets masked, and the metadata."""
    name = request.body["name"]
    track = place.world.track(name)
    version = request.body.get("version", track.blueprint.version)
    if version not in track.versions:
        raise Fault("PipelineVersionNotFoundException", f"The pipeline '{name}' has no version {version}")
    metadata = {
        "pipelineArn": arns.pipeline(place.target, name),
        "created": place.moment(track.created),
        "updated": place.moment(track.updated),
    }
    if (stopped := _polling_stopped(place, name)) is not None:
        metadata["pollingDisabledAt"] = place.moment(stopped)
    return {"pipeline": shown(place, track.versions[version]), "metadata": metadata}


def delete_pipeline(place: Place, request: Request) -> None:
    """Forget a pipeline; silent when there is none (reference E.7)."""
    place.world.delete(request.body["name"], by=request.caller.arn)
    place.summaries.pop(request.body["name"], None)


def list_pipelines(place: Place, request: Request) -> Written:
    """Give summaries sorted by name (reference I20)."""
    names, more = pages.page(sorted(place.world.tracks), request.body, PAGE, kind="pipelines")
    token = "".join(f',"{key}":"{text}"' for key, text in more.items())
    return Written(f'{{"pipelines":[{",".join(_summary(place, name) for name in names)}]{token}}}')


def tag_resource(place: Place, request: Request) -> Document:
    """Add and overwrite tags."""
    arn, new = request.body["resourceArn"], tags.read(request.body["tags"])
    old = tags.of(place, arn)
    tags.check(arn, old, new)
    tags.put(place, arn, {**old, **new})
    return {}


def untag_resource(place: Place, request: Request) -> Document:
    """Remove tags; a key that is not there does no harm."""
    arn, gone = request.body["resourceArn"], request.body["tagKeys"]
    old = tags.of(place, arn)
    tags.check_keys(gone)
    tags.put(place, arn, {key: value for key, value in old.items() if key not in gone})
    return {}


def list_tags_for_resource(place: Place, request: Request) -> Document:
    """Give all tags at once, whatever page is asked for (reference F.2)."""
    if request.body.get("nextToken"):
        raise Fault("InvalidNextTokenException", "The next token is invalid.")
    return {"tags": tags.written(tags.of(place, request.body["resourceArn"]))}


OPERATIONS: Mapping[str, Callable[[Place, Request], Document | Written | None]] = {
    "CreatePipeline": create_pipeline,
    "UpdatePipeline": update_pipeline,
    "GetPipeline": get_pipeline,
    "DeletePipeline": delete_pipeline,
    "ListPipelines": list_pipelines,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}


def shown(place: Place, blueprint: Blueprint) -> Document:
    """Give a declaration as the service shows it: with its version, and without its secrets."""
    return declarations.masked({**blueprint.document, "version": blueprint.version}, place.secrets)


def _blueprint(place: Place, name: str) -> Blueprint:
    return place.world.tracks[name].blueprint


def _polling_stopped(place: Place, name: str) -> int | None:
    """Give when polling was switched off, as after 30 days without an execution; None if it goes on (reference A.9)."""
    track = place.world.tracks[name]
    if place.world.now < track.created + IDLE:
        return None
    sources = [action for stage in track.blueprint.document["stages"] for action in stage["actions"]
               if action["actionTypeId"]["provider"] in POLLED]  # fmt: skip
    told = [str(each.get("configuration", {}).get("PollForSourceChanges", "true")).lower() for each in sources]
    last = max([track.created, *(place.world.runs[each].started for each in track.executions)])
    return last + IDLE if set(told) - {"false"} and place.world.now >= last + IDLE else None


def _summary(place: Place, name: str) -> str:
    """Give one line of ListPipelines as JSON; it changes with the version only."""
    track = place.world.tracks[name]
    of, text = place.summaries.get(name, (None, ""))
    if of is not track.blueprint:
        document = track.blueprint.document
        text = json.dumps({
            "name": name,
            "version": track.blueprint.version,
            "pipelineType": document["pipelineType"],
            "executionMode": document["executionMode"],
            "created": services.seconds(place.moment(track.created)),
            "updated": services.seconds(place.moment(track.updated)),
        })  # fmt: skip
        place.summaries[name] = (track.blueprint, text)
    return text


def _check_custom(place: Place, document: Mapping[str, Any]) -> None:
    """Raise `Fault` for custom action types that nobody created here (reference B21)."""
    custom = [action for stage in document["stages"] for action in stage["actions"]
              if action["actionTypeId"]["owner"] == "Custom"]  # fmt: skip
    for action in custom:
        category, owner, provider, version = kind = type_of(action["actionTypeId"])
        if kind not in place.types:
            raise Fault("InvalidActionDeclarationException", f"ActionType (Category: '{category}', Provider: "
                        f"'{provider}', Owner: '{owner}', Version: '{version}') in action '{action['name']}' is not "
                        "available")  # fmt: skip


def type_of(identity: Mapping[str, str]) -> tuple[str, str, str, str]:
    """Give category, owner, provider and version of an `actionTypeId`."""
    return identity["category"], identity["owner"], identity["provider"], identity["version"]

"""The operations of CodePipeline that a reconciler needs, and their errors (reference B.2, F.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from endpoint import declarations, pages
from endpoint.request import Document, Refusal, Request
from reconciler.pipeline import arns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from endpoint.world import Record, World

_NAME = re.compile(r"[A-Za-z0-9.@\-_]{1,100}")
_ARN = re.compile(r"arn:aws(?:-\w+)*:codepipeline:.+:[0-9]{12}:.+")
_REASON = re.compile(r"[a-zA-Z0-9!@ ().*?-]{1,300}")
_MAX_TAGS = 50


def list_pipelines(world: World, request: Request) -> Document:
    """Give summaries sorted by name; 100 a page unless asked for more, 1,000 at most (reference I20, I30)."""
    place = world.place(request.target)
    names, token = _page(sorted(place), request, ceiling=1000)
    return _paged("pipelines", [_summary(name, place[name]) for name in names], token)


def get_pipeline(world: World, request: Request) -> Document:
    """Give one version of a declaration, its secrets masked, and the metadata."""
    record = _record(world, request)
    version = request.body.get("version", len(record.versions))
    if not 1 <= version <= len(record.versions):
        raise Refusal("PipelineVersionNotFoundException", f"Pipeline {request.name!r} has no version {version}")
    metadata = {
        "pipelineArn": arns.pipeline(request.target, request.name),
        "created": record.created,
        "updated": record.updated,
    }
    return {"pipeline": declarations.masked(record.versions[version - 1]), "metadata": metadata}


def create_pipeline(world: World, request: Request) -> Document:
    """Store a new pipeline with its tags; either both are stored or neither (reference I35)."""
    document, tags = request.body["pipeline"], _tags(request)
    if request.name in world.place(request.target):
        text = f"A pipeline with the name '{request.name}' already exists in account '{request.account}'"
        raise Refusal("PipelineNameInUseException", text)
    _check(world, document)
    _check_masks(document)
    _check_tags(request, {}, tags)
    record = world.write(request.target, document)
    record.tags = tags
    return {"pipeline": declarations.masked(record.latest), "tags": _tag_list(tags)}


def update_pipeline(world: World, request: Request) -> Document:
    """Store the next version; a mask keeps the secret while stage and action keep their names (reference F.4)."""
    known = declarations.secrets(_record(world, request).latest)
    document = request.body["pipeline"]
    _check(world, document)
    record = world.write(request.target, declarations.restored(document, known))
    return {"pipeline": declarations.masked(record.latest)}


def delete_pipeline(world: World, request: Request) -> Document:
    """Forget a pipeline; silent when there is none (reference E.7)."""
    world.remove(request.account, request.region, request.name)
    return {}


def list_tags_for_resource(world: World, request: Request) -> Document:
    """Give all tags at once, whatever `maxResults` says (reference F.2)."""
    return {"tags": _tag_list(_resource(world, request).tags)}


def tag_resource(world: World, request: Request) -> Document:
    """Add and overwrite tags."""
    record, tags = _resource(world, request), _tags(request)
    _check_tags(request, record.tags, tags)
    record.tags = record.tags | tags
    return {}


def untag_resource(world: World, request: Request) -> Document:
    """Remove tags; a key that is absent does no harm."""
    record, gone = _resource(world, request), request.body["tagKeys"]
    _check_system_tags(gone)
    record.tags = {key: value for key, value in record.tags.items() if key not in gone}
    return {}


def list_pipeline_executions(world: World, request: Request) -> Document:
    """Give the executions that the test set, in its order; a stage filter is refused, since nothing runs here."""
    _record(world, request)
    if request.body.get("filter"):
        raise Refusal("ValidationException", "this endpoint does not filter executions")
    runs = world.executions.get((request.account, request.region, request.name), [])
    places = [f"{place:09}" for place in range(len(runs))]
    found, token = _page(places, request, ceiling=100)
    return _paged("pipelineExecutionSummaries", [runs[int(place)] for place in found], token)


def get_pipeline_state(world: World, request: Request) -> Document:
    """Give the transition into each stage, and the executions that were put into it or before it (reference F.3)."""
    record = _record(world, request)
    runs = world.executions.get((request.account, request.region, request.name), [])
    stages = [
        {"stageName": stage["name"], "inboundTransitionState": record.transitions.get(stage["name"], {"enabled": True}),
         **{member: run for run in runs for member in ("latestExecution", "inboundExecution")
            if run.get(member) == stage["name"]}}
        for stage in record.latest["stages"]
    ]  # fmt: skip
    times = {"created": record.created, "updated": record.updated}
    version = record.latest["version"]
    return {"pipelineName": request.name, "pipelineVersion": version, "stageStates": stages, **times}


def enable_stage_transition(world: World, request: Request) -> Document:
    """Open the way into a stage; a state is kept by the stage's name (reference E.8, I29)."""
    record, stage = _transition(world, request)
    record.transitions[stage] = {"enabled": True}
    return {}


def disable_stage_transition(world: World, request: Request) -> Document:
    """Shut the way into a stage, with a reason."""
    record, stage = _transition(world, request)
    reason = request.body["reason"]
    if not _REASON.fullmatch(reason):
        raise Refusal("ValidationException", "'reason' failed to satisfy constraint: [a-zA-Z0-9!@ \\(\\)\\.\\*\\?\\-]+")
    record.transitions[stage] = {"enabled": False, "disabledReason": reason}
    return {}


OPERATIONS: dict[str, Callable[[World, Request], Document]] = {
    "ListPipelines": list_pipelines,
    "GetPipeline": get_pipeline,
    "CreatePipeline": create_pipeline,
    "GetPipelineState": get_pipeline_state,
    "EnableStageTransition": enable_stage_transition,
    "DisableStageTransition": disable_stage_transition,
    "UpdatePipeline": update_pipeline,
    "DeletePipeline": delete_pipeline,
    "ListTagsForResource": list_tags_for_resource,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListPipelineExecutions": list_pipeline_executions,
}


def _summary(name: str, record: Record) -> Document:
    latest = {key: record.latest[key] for key in ("version", "pipelineType", "executionMode")}
    return {"name": name, **latest, "created": record.created, "updated": record.updated}


def _page(keys: list[str], request: Request, ceiling: int) -> tuple[list[str], str | None]:
    size = request.body.get("maxResults", 100)
    if not 1 <= size <= ceiling:
        raise Refusal("ValidationException", f"Value '{size}' at 'maxResults' must be between 1 and {ceiling}")
    try:
        return pages.page(keys, request.body.get("nextToken"), size)
    except pages.TokenError as error:
        raise Refusal("InvalidNextTokenException", str(error)) from None


def _paged(field: str, rows: list[Any], token: str | None) -> Document:
    return {field: rows, "nextToken": token} if token else {field: rows}


def _record(world: World, request: Request) -> Record:
    record = world.place(request.target).get(request.name)
    if record is None:
        text = f"Account '{request.account}' does not have a pipeline with name '{request.name}'"
        raise Refusal("PipelineNotFoundException", text)
    return record


def _transition(world: World, request: Request) -> tuple[Record, str]:
    """Give the stage that a transition leads into; the way out of one is not shown anywhere, so it is not served."""
    record, stage = _record(world, request), request.body["stageName"]
    if stage not in [each["name"] for each in record.latest["stages"]]:
        raise Refusal("StageNotFoundException", f"Pipeline {request.name!r} has no stage {stage!r}")
    if request.body["transitionType"] != "Inbound":
        raise Refusal("ValidationException", "this endpoint knows inbound transitions only")
    return record, stage


def _resource(world: World, request: Request) -> Record:
    arn = request.body["resourceArn"]
    if not _ARN.fullmatch(arn):
        raise Refusal("InvalidArnException", f"{arn!r} is not the ARN of a pipeline")
    record = world.place(request.target).get(request.name)
    if record is None or arn != arns.pipeline(request.target, request.name):
        raise Refusal("ResourceNotFoundException", f"No resource {arn} in {request.target}")
    return record


def _check(world: World, document: Document) -> None:
    name, role, stages = document["name"], document["roleArn"], document["stages"]
    if not _NAME.fullmatch(name):
        text = "'pipeline.name' failed to satisfy constraint: Member must satisfy regular expression pattern"
        raise Refusal("ValidationException", f"{text}: [A-Za-z0-9.@\\-_]+")
    if not _trusted(world, role):
        text = f"CodePipeline is not authorized to perform AssumeRole on role {role}"
        raise Refusal("InvalidStructureException", text)
    if len(stages) < 2:
        text = f"Pipeline has only {len(stages)} stage(s). There should be a minimum of 2 stages in a pipeline"
        raise Refusal("InvalidStructureException", text)
    for action in (action for stage in stages for action in stage["actions"]):
        if (foreign := action.get("roleArn")) and not _trusted(world, foreign):
            text = f"{role} is not authorized to perform AssumeRole on role {foreign}"
            raise Refusal("InvalidStructureException", text)


def _trusted(world: World, role: str) -> bool:
    return world.roles is None or role in world.roles


def _check_masks(document: Document) -> None:
    for (_, action, key), value in declarations.secrets(document).items():
        if value == declarations.MASK:
            text = (
                f'Action configuration for the new action "{action}" contains an invalid configuration for the secret '
                f'property "{key}". "****" may be used in secret properties only when updating an existing action.'
            )
            raise Refusal("InvalidActionDeclarationException", text)


def _tags(request: Request) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in request.body.get("tags", ())}


def _tag_list(tags: dict[str, str]) -> list[Document]:
    return [{"key": key, "value": value} for key, value in sorted(tags.items())]


def _check_tags(request: Request, old: dict[str, str], new: dict[str, str]) -> None:
    _check_system_tags(new)
    if len(old | new) > _MAX_TAGS:
        arn = arns.pipeline(request.target, request.name)
        raise Refusal("TooManyTagsException", f"Tag limit exceeded for resource [{arn}].")


def _check_system_tags(keys: Iterable[str]) -> None:
    if any(key.startswith("aws:") for key in keys):
        text = "Not allowed to modify system tags. System tags start with 'aws:'."
        raise Refusal("InvalidTagsException", text)

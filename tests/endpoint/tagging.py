"""GetResources of the Resource Groups Tagging API: the tags of all pipelines of one account and Region in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from endpoint import pages
from endpoint.request import Document, Refusal, Request
from reconciler.pipeline import arns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from endpoint.world import World

_TYPES = frozenset({"codepipeline", "codepipeline:pipeline"})


def get_resources(world: World, request: Request) -> Document:
    """Give tagged pipelines sorted by name, 50 a page unless asked for more, 100 at most; an empty token ends them."""
    filters = request.body.get("TagFilters", [])
    records = world.place(request.target) if _wanted(request) else {}
    names = sorted(name for name, record in records.items() if record.tags and _passes(record.tags, filters))
    found, token = _page(names, request)
    rows = [
        {"ResourceARN": arns.pipeline(request.target, name), "Tags": _tag_list(records[name].tags)} for name in found
    ]
    return {"ResourceTagMappingList": rows, "PaginationToken": token or ""}


OPERATIONS: dict[str, Callable[[World, Request], Document]] = {"GetResources": get_resources}


def _wanted(request: Request) -> bool:
    kinds = request.body.get("ResourceTypeFilters", [])
    return not kinds or not _TYPES.isdisjoint(kinds)


def _passes(tags: Mapping[str, str], filters: list[Document]) -> bool:
    return all(
        entry["Key"] in tags and (not entry.get("Values") or tags[entry["Key"]] in entry["Values"]) for entry in filters
    )


def _page(names: list[str], request: Request) -> tuple[list[str], str | None]:
    size = request.body.get("ResourcesPerPage", 50)
    if not 1 <= size <= 100:
        raise Refusal("InvalidParameterException", f"ResourcesPerPage must be between 1 and 100, not {size}")
    try:
        return pages.page(names, request.body.get("PaginationToken"), size)
    except pages.TokenError as error:
        raise Refusal("PaginationTokenExpiredException", str(error)) from None


def _tag_list(tags: Mapping[str, str]) -> list[Document]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]

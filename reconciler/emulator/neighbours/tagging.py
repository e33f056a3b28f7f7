"""The Resource Groups Tagging API: the tags of all pipelines of one account and Region in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import pages, tags
from reconciler.emulator.faults import Fault
from reconciler.pipeline import arns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.emulator.places import Place
    from reconciler.emulator.request import Document, Request

_TYPES = {kind: f"codepipeline:{kind}" for kind in ("pipeline", "actiontype", "webhook")}


def get_resources(place: Place, request: Request) -> Document:
    """Give tagged pipelines, custom action types and webhooks by ARN; an empty token ends them."""
    body = request.body
    filters, listed = body.get("TagFilters", ()), body.get("ResourceARNList")
    found = {
        arn: own
        for arn, own in sorted(_tagged(place, body.get("ResourceTypeFilters")))
        if own and all(_passes(own, each) for each in filters) and (listed is None or arn in listed)
    }
    size = body.get("ResourcesPerPage", 50)
    if not 1 <= size <= 100:  # noqa: PLR2004 - the API's bounds, which its model does not state
        raise Fault("InvalidParameterException", f"ResourcesPerPage must be between 1 and 100, not {size}")
    arn_list, more = _page(list(found), body, size)
    rows = [{"ResourceARN": arn, "Tags": tag_list(found[arn])} for arn in arn_list]
    return {"ResourceTagMappingList": rows, "PaginationToken": more}


OPERATIONS: dict[str, Callable[[Place, Request], Document]] = {"GetResources": get_resources}


def tag_list(own: Mapping[str, str]) -> list[Document]:
    """Write tags as this API does, sorted by key."""
    return [{"Key": key, "Value": value} for key, value in sorted(own.items())]


def _page(keys: list[str], body: Mapping[str, Any], size: int) -> tuple[list[str], str]:
    asked = {"size": size, **({"token": body["PaginationToken"]} if body.get("PaginationToken") else {})}
    try:
        found, more = pages.page(keys, asked, size, kind="resources", names=("size", "token"))
    except Fault as fault:
        raise Fault("PaginationTokenExpiredException", fault.message) from None
    return found, more.get("token", "")


def _tagged(place: Place, kinds: list[str] | None) -> list[tuple[str, Mapping[str, str]]]:
    found: list[tuple[str, Mapping[str, str]]] = []
    if _wanted(kinds, "pipeline"):
        found += [(arns.pipeline(place.target, name), track.tags) for name, track in place.world.tracks.items()]
    if _wanted(kinds, "actiontype"):
        found += [(tags.type_arn(place.target, kind), each.tags) for kind, each in place.types.items()]
    if _wanted(kinds, "webhook"):
        found += [(tags.hook_arn(place.target, name), each.tags) for name, each in place.hooks.items()]
    return found


def _wanted(kinds: list[str] | None, kind: str) -> bool:
    return not kinds or "codepipeline" in kinds or _TYPES[kind] in kinds


def _passes(own: Mapping[str, str], wanted: Mapping[str, Any]) -> bool:
    return wanted.get("Key") in own and (not wanted.get("Values") or own[wanted["Key"]] in wanted["Values"])

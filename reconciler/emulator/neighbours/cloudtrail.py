"""CloudTrail: what callers did, and LookupEvents over it (reference G.3). Calls that only read are not kept.

An event holds two whole declarations and is seldom looked at, so its text is kept packed.
"""

from __future__ import annotations

import json
import uuid
import zlib
from typing import TYPE_CHECKING, Any

from reconciler.emulator import pages, services
from reconciler.emulator.faults import Fault
from reconciler.emulator.orders import subject
from reconciler.pipeline import secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.emulator.places import Place
    from reconciler.emulator.request import Document, Request

_SPACE = uuid.UUID("5f0d4f4e-3f0c-4a52-9a5e-3d3c4e7a7f10")
_HIDDEN = frozenset({"SecretToken", "nonce", "clientToken", "artifactCredentials"})
_SOURCE = "codepipeline.amazonaws.com"


def record(place: Place, request: Request, result: Mapping[str, Any] | None, fault: Fault | None) -> None:
    """Keep an event about a call; `result` is what it was answered with, unless it was refused."""
    place.serial += 1
    name = subject(request)
    identity = str(uuid.uuid5(_SPACE, f"{place.target}/{place.serial}"))
    text = _text(place, request, identity, result, fault)
    place.events.append(
        {
            "EventId": identity,
            "EventName": request.operation,
            "ReadOnly": "false",
            "AccessKeyId": request.caller.key,
            "EventTime": place.now,
            "EventSource": _SOURCE,
            "Username": request.caller.name,
            "Resources": [{"ResourceType": "AWS::CodePipeline::Pipeline", "ResourceName": name}] if name else [],
            "CloudTrailEvent": zlib.compress(text.encode(), 1),
        }
    )


def lookup_events(place: Place, request: Request) -> Document:
    """Give the events that fit, newest first, 50 a page."""
    body = request.body
    wanted = body.get("LookupAttributes", ())
    start, end = body.get("StartTime", 0), body.get("EndTime", place.now)
    if end < start:
        raise Fault("InvalidTimeRangeException", "The start time lies after the end time.")
    found = {
        event["EventId"]: event
        for event in reversed(place.events)
        if start <= event["EventTime"] <= end and all(_has(event, each) for each in wanted)
    }
    names, more = pages.page(list(found), body, 50, kind="events", names=("MaxResults", "NextToken"))
    return {"Events": [_unpacked(found[each]) for each in names], **more}


OPERATIONS: dict[str, Callable[[Place, Request], Document]] = {"LookupEvents": lookup_events}


def _has(event: Document, wanted: Mapping[str, str]) -> bool:
    key, value = wanted["AttributeKey"], wanted["AttributeValue"]
    if key in ("ResourceName", "ResourceType"):
        return any(each[key] == value for each in event["Resources"])
    return bool(event.get(key) == value)


def _unpacked(event: Document) -> Document:
    return {**event, "CloudTrailEvent": zlib.decompress(event["CloudTrailEvent"]).decode()}


def _text(place: Place, request: Request, identity: str, result: Mapping[str, Any] | None, fault: Fault | None) -> str:
    caller = request.caller
    assumed = ":assumed-role/" in caller.arn
    written: Document = {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "AssumedRole" if assumed else "IAMUser", "arn": caller.arn, "accountId": caller.account,
            "accessKeyId": caller.key, **({} if assumed else {"userName": caller.name}),
        },
        "eventTime": services.iso(place.now),
        "eventSource": _SOURCE,
        "eventName": request.operation,
        "awsRegion": place.target.region,
        "userAgent": request.agent,
        "requestParameters": _hidden(request.body),
        "responseElements": _hidden(result),
        "eventID": identity,
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": place.target.account,
    }  # fmt: skip
    if fault:
        written |= {"errorCode": fault.code, "errorMessage": fault.message, "responseElements": None}
    return json.dumps(written)


def _hidden(value: Any) -> Any:
    """Give a copy in which no secret can be read: those of declarations, and those of jobs and webhooks."""
    if isinstance(value, dict):
        kind = value.get("actionTypeId")
        masked = secrets.masked_keys(kind) if isinstance(kind, dict) else frozenset()
        made: Document = {key: secrets.MASK if key in _HIDDEN else _hidden(item) for key, item in value.items()}
        if masked and isinstance(made.get("configuration"), dict):
            own: Document = made["configuration"]
            own |= dict.fromkeys(masked & own.keys(), secrets.MASK)
        return made
    return [_hidden(item) for item in value] if isinstance(value, list) else value

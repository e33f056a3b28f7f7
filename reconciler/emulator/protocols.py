"""The two protocols: JSON 1.1 with header targets, and the query protocol with XML answers (STS)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from reconciler.emulator import services
from reconciler.emulator.faults import Fault
from reconciler.emulator.request import Written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.emulator.services import Service

JSON, XML, PLAIN = "application/x-amz-json-1.1", "text/xml", "application/json"
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


@dataclass(frozen=True, slots=True)
class Message:
    """One HTTP request; names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    address: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response."""

    status: int
    type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """What a message asks for."""

    service: Service
    operation: str
    value: Any
    """The input as it was sent, a JSON value."""


def is_json(message: Message) -> bool:
    """Tell in which protocol a message wants its answer."""
    return "x-amz-target" in message.headers or "json" in message.headers.get("content-type", "")


def read(message: Message) -> Call:
    """Give the call in a message; raises `Fault` for what is not one."""
    if not is_json(message):
        return _query(message.body)
    prefix, _, operation = message.headers.get("x-amz-target", "").rpartition(".")
    name = services.BY_TARGET.get(prefix)
    if name is None:
        raise Fault("UnknownOperationException", f"{prefix[:100]!r} is not served here; there are "
                    + ", ".join(sorted({*services.BY_TARGET.values(), services.QUERY})))  # fmt: skip
    return Call(services.load(name), operation, parse(message.body))


def parse(body: bytes) -> Any:
    """Give the JSON object of a body, an empty one standing for {}; raises `Fault` if there is none."""
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise Fault("SerializationException", "the body is not JSON") from None
    if type(value) is not dict:
        raise Fault("SerializationException", "Start of structure or map found where not expected.")
    return value


def _query(body: bytes) -> Call:
    try:
        form = dict(parse_qsl(body.decode(), max_num_fields=1000))
    except ValueError:
        raise Fault("MalformedQueryString", "the body is no form") from None
    service, operation = services.load(services.QUERY), form.get("Action", "")
    if operation not in service.operations:
        raise Fault("InvalidAction", f"Could not find operation {operation[:100]!r} for version 2011-06-15")
    shape = service.shapes.shapes[service.operations[operation]["input"]["shape"]]
    kinds = {name: service.shapes.shapes[member["shape"]]["type"] for name, member in shape["members"].items()}
    scalars = {"string", "integer"}
    return Call(service, operation, {name: _scalar(form[name], kinds[name]) for name in form.keys() & kinds.keys()
                                     if kinds[name] in scalars})  # fmt: skip


def _scalar(text: str, kind: str) -> Any:
    return int(text) if kind == "integer" and text.lstrip("-").isdecimal() and len(text) < 20 else text  # noqa: PLR2004


def accept(call: Call, result: Any, request_id: str) -> Answer:
    """Give the response for a result whose timestamps are milliseconds."""
    if isinstance(result, Written):
        return Answer(200, JSON, result.encode(), {"x-amzn-RequestId": request_id})
    value = call.service.encode(call.operation, result)
    if call.service.name != services.QUERY:
        body = b"" if value is None else json.dumps(value, separators=(",", ":")).encode()
        return Answer(200, JSON, body, {"x-amzn-RequestId": request_id})
    tree = {f"{call.operation}Result": value, "ResponseMetadata": {"RequestId": request_id}}
    text = f'<{call.operation}Response xmlns="{_NAMESPACE}">{_xml(tree)}</{call.operation}Response>'
    return Answer(200, XML, text.encode(), {"x-amzn-RequestId": request_id})


def refuse(message: Message, fault: Fault, request_id: str) -> Answer:
    """Give the response for a fault, in the protocol of the message."""
    headers = {"x-amzn-RequestId": request_id, "x-amzn-ErrorType": fault.code}
    if is_json(message):
        body = json.dumps({"__type": fault.code, "message": fault.message}).encode()
        return Answer(fault.status, JSON, body, headers)
    error = {"Error": {"Type": "Sender", "Code": fault.code, "Message": fault.message}, "RequestId": request_id}
    text = f'<ErrorResponse xmlns="{_NAMESPACE}">{_xml(error)}</ErrorResponse>'
    return Answer(fault.status, XML, text.encode(), headers)


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{name}>{_xml(below)}</{name}>" for name, below in value.items())
    return escape(str(value))

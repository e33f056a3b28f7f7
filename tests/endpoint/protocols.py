"""The two protocols of the services: JSON 1.1 (CodePipeline, tagging) and the query protocol with XML answers (STS)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from endpoint import wire
from endpoint.request import Document, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

_SCOPE = re.compile(r"Credential=([^/]+)/[0-9]+/([^/]+)/")


class Dialect(Protocol):
    """How one protocol spells an answer and a refusal."""

    def accept(self, operation: str, result: Document, request_id: str) -> bytes:
        """Give the HTTP response for a result."""

    def refuse(self, refusal: Refusal, request_id: str) -> bytes:
        """Give the HTTP response for a refusal."""


@dataclass(frozen=True, slots=True)
class Call:
    """What one HTTP message asks for, before anybody knows whose account it means."""

    service: str
    """`X-Amz-Target` without the operation, or `STS`."""
    operation: str
    access_key: str
    region: str
    read: Callable[[], Document]
    """Gives the input; raises Refusal if the text is not JSON."""
    dialect: Dialect


class Json:
    """JSON 1.1; timestamps travel as epoch seconds (reference A)."""

    content_type = "application/x-amz-json-1.1"

    def accept(self, operation: str, result: Document, request_id: str) -> bytes:
        """Give the HTTP response for a result."""
        body = json.dumps(result, default=_epoch).encode()
        return wire.answer(200, self.content_type, body, request_id)

    def refuse(self, refusal: Refusal, request_id: str) -> bytes:
        """Give the HTTP response for a refusal."""
        body = json.dumps({"__type": refusal.code, "message": refusal.message}).encode()
        return wire.answer(refusal.status, self.content_type, body, request_id)


class Query:
    """The query protocol: a form goes in, XML comes out."""

    content_type = "text/xml"

    def accept(self, operation: str, result: Document, request_id: str) -> bytes:
        """Give the HTTP response for a result; a nested mapping becomes nested elements."""
        metadata = {"RequestId": request_id}
        tree = {f"{operation}Response": {f"{operation}Result": result, "ResponseMetadata": metadata}}
        return wire.answer(200, self.content_type, _xml(tree).encode(), request_id)

    def refuse(self, refusal: Refusal, request_id: str) -> bytes:
        """Give the HTTP response for a refusal."""
        error = {"Type": "Sender", "Code": refusal.code, "Message": refusal.message}
        tree = {"ErrorResponse": {"Error": error, "RequestId": request_id}}
        return wire.answer(refusal.status, self.content_type, _xml(tree).encode(), request_id)


_JSON, _QUERY = Json(), Query()


def dialect(message: wire.Message) -> Dialect:
    """Give the protocol in which a message wants to be answered."""
    return _JSON if "x-amz-target" in message.headers else _QUERY


def read(message: wire.Message) -> Call:
    """Give the call in a message; raises Refusal when it is unsigned."""
    scope = _SCOPE.search(message.headers.get("authorization", ""))
    if scope is None:
        raise Refusal("MissingAuthenticationTokenException", "Request is missing Authentication Token", 403)
    if target := message.headers.get("x-amz-target"):
        service, _, operation = target.partition(".")
        return Call(service, operation, scope[1], scope[2], lambda: _parse(message.body), _JSON)
    form: Document = dict(parse_qsl(message.body.decode()))
    return Call("STS", str(form.get("Action")), scope[1], scope[2], lambda: form, _QUERY)


def _parse(body: bytes) -> Document:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refusal("SerializationException", "the body is not a JSON object")
    return value


def _epoch(value: object) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{value!r} cannot be sent as JSON")


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{name}>{_xml(below)}</{name}>" for name, below in value.items())
    return escape(str(value))

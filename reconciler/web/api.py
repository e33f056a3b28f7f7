"""The HTTP API: ask for a pass, decide, and read how things stand. Everything is asked for with a bearer token.

A token's name is the principal: whoever holds the token decides in its name.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reconciler.errors import Broken, ReconcilerError
from reconciler.report import decisions
from reconciler.sync import deciding
from reconciler.web.answers import Answer, said

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.plan.holds import Decision
    from reconciler.sync.deciding import Desk
    from reconciler.web.answers import Request

LARGEST = 16 * 1024
"""Bytes of a body; a reason has 300 characters at most."""

SHORTEST = 16
"""Characters of a token; a shorter one could be guessed."""

_OFF = "the API is off; name a file with a line `name:token` for each who may use it in web.token_file"


class Body(BaseModel):
    """What is sent; nothing else may stand in it."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class Named(Body):
    """A pipeline."""

    name: str = Field(max_length=deciding.LONGEST_NAME)


class Approval(Body):
    """A plan that may be applied."""

    digest: str = Field(max_length=64)
    reason: str = Field(default="", max_length=deciding.LONGEST)


class Suspension(Named):
    """A pipeline that is to be left alone."""

    reason: str = Field(max_length=deciding.LONGEST)
    length: str | None = Field(default=None, alias="for", max_length=40)
    until: str | None = Field(default=None, max_length=40)


class Override(Body):
    """A pipeline or an environment that nothing is to hold for a while."""

    name: str = Field(default="", max_length=deciding.LONGEST_NAME)
    environment: str = Field(default="", max_length=deciding.LONGEST_NAME)
    reason: str = Field(max_length=deciding.LONGEST)
    length: str = Field(alias="for", max_length=40)


@dataclass(frozen=True, slots=True)
class Api:
    """Answers what is below `/api/`; safe for many threads if what it is given is."""

    tokens: Callable[[], bytes]
    """Gives the lines `name:token`, read anew for each request so that they can be changed; empty: the API is off."""
    desk: Callable[[str], Desk]
    """Gives where somebody of a name decides."""
    wake: Callable[[], None]
    """Asks for a pass now."""
    status: Callable[[], Any]
    """Gives how every pipeline stands and what is decided, as JSON."""
    plan: Callable[[], Any]
    """Gives the last plan as masked JSON; None before there is one."""

    def answer(self, path: str, request: Request) -> Answer:
        """Answer one request; `path` is what comes behind `/api/`."""
        known = _named(self.tokens())
        if not known:
            return said(HTTPStatus.FORBIDDEN, error=_OFF)
        who = _who(known, request.headers.get("authorization", ""))
        if not who:
            return said(HTTPStatus.UNAUTHORIZED, error="send `Authorization: Bearer TOKEN` with a token that is known")
        if path not in _GET.keys() | _POST.keys():
            there = ", ".join(f"/api/{each}" for each in (*_GET, *_POST))
            return said(HTTPStatus.NOT_FOUND, error=f"there are {there}")
        method = "GET" if path in _GET else "POST"
        if request.method != method:
            return said(HTTPStatus.METHOD_NOT_ALLOWED, error=f"this is asked by {method}")
        return _GET[path](self) if method == "GET" else self._decided(path, who, request.body)

    def _decided(self, path: str, who: str, body: bytes) -> Answer:
        kind, act = _POST[path]
        if len(body) > LARGEST:
            return said(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error=f"at most {LARGEST} bytes are taken")
        try:
            done = act(self.desk(who), _read(kind, body))
        except Broken as error:
            return said(HTTPStatus.BAD_REQUEST, error=str(error))
        except ReconcilerError as error:
            return said(HTTPStatus.SERVICE_UNAVAILABLE, error=str(error))
        self.wake()
        now = datetime.now(UTC)
        return said(HTTPStatus.ACCEPTED, status="looking", decisions=[decisions.document(each, now) for each in done])

    def _status(self) -> Answer:
        try:
            return said(HTTPStatus.OK, **self.status())
        except ReconcilerError as error:
            return said(HTTPStatus.SERVICE_UNAVAILABLE, error=str(error))

    def _plan(self) -> Answer:
        plan = self.plan()
        if plan is None:
            return said(HTTPStatus.NOT_FOUND, error="no pass has made a plan yet; POST /api/sync asks for one")
        return said(HTTPStatus.OK, **plan)


def _sync(_desk: Desk, _body: Any) -> tuple[Decision, ...]:
    return ()


def _approve(desk: Desk, body: Any) -> tuple[Decision, ...]:
    return (desk.approve(body.digest, body.reason),)


def _suspend(desk: Desk, body: Any) -> tuple[Decision, ...]:
    return (desk.suspend(body.name, body.reason, deciding.end(desk.now, body.length, body.until)),)


def _resume(desk: Desk, body: Any) -> tuple[Decision, ...]:
    return desk.resume(body.name)


def _override(desk: Desk, body: Any) -> tuple[Decision, ...]:
    until = deciding.end(desk.now, body.length) or desk.now
    return (desk.override(body.name, body.environment, body.reason, until),)


_GET: dict[str, Callable[[Api], Answer]] = {"status": Api._status, "plan": Api._plan}  # noqa: SLF001
_POST: dict[str, tuple[type[Body], Callable[[Desk, Any], tuple[Decision, ...]]]] = {
    "sync": (Body, _sync),
    "approve": (Approval, _approve),
    "suspend": (Suspension, _suspend),
    "resume": (Named, _resume),
    "override": (Override, _override),
}


def _read(kind: type[Body], body: bytes) -> Body:
    """Read a body; raises Broken with every fault, and nothing of what was sent."""
    try:
        return kind.model_validate(json.loads(body or b"{}"))
    except (ValueError, RecursionError) as error:
        if not isinstance(error, ValidationError):
            raise Broken("the body is not JSON") from None
        faults = error.errors(include_url=False, include_input=False)
        told = [f"{'.'.join(map(str, each['loc'])) or 'the body'}: {each['msg']}" for each in faults[:5]]
        raise Broken("; ".join(told)[:1000]) from None


def _named(lines: bytes) -> dict[str, bytes]:
    """Give tokens by name; lines that say none, and tokens that could be guessed, are passed over."""
    pairs = (line.strip().partition(b":") for line in lines.splitlines() if not line.startswith(b"#"))
    found = {name.decode(errors="replace").strip(): token.strip() for name, _, token in pairs}
    return {name: token for name, token in found.items() if name.isprintable() and name and len(token) >= SHORTEST}


def _who(known: dict[str, bytes], header: str) -> str:
    """Give the name of the token that was sent; each is compared, in a time that says nothing of it."""
    scheme, _, token = header.partition(" ")
    sent = hashlib.sha256(token.strip().encode(errors="replace")).digest()
    fits = [name for name, each in known.items() if hmac.compare_digest(hashlib.sha256(each).digest(), sent)]
    return fits[0] if fits and scheme.lower() == "bearer" else ""

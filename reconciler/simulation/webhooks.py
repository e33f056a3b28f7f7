"""Webhooks of the first generation: who may call, and which calls start the pipeline (reference E.16, F.1)."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.pipeline.model import Pipeline
from reconciler.simulation import jsonpaths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILTERS = 5
LENGTH = 150
"""Characters of a JSON path, and of what it must equal."""

_KEY = re.compile(r"\{(\w+)\}")
_DIGESTS = (("x-hub-signature-256", "sha256"), ("x-hub-signature", "sha1"))


class Refusal(NamedTuple):
    """Why PutWebhook refuses a definition: AWS's error class and a message."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One call of a webhook's URL."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    """IP address of the caller."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a delivery."""

    starts: bool
    status: int
    """HTTP status that the caller sees; the service does not document it."""
    reason: str


def refusals(definition: Mapping[str, Any], declaration: Mapping[str, Any] | None) -> Iterator[Refusal]:
    """Give why a webhook definition in API shape is refused; `declaration` is its target pipeline, None if absent."""
    if declaration is None:
        message = f"the pipeline {definition.get('targetPipeline')} is not there; create it first"
        yield Refusal("PipelineNotFoundException", message)
        return
    action = _target(definition, declaration)
    if action is None:
        names = ", ".join(action.name for action in Pipeline(declaration).stages[0].actions)
        wrong = f"{definition.get('targetAction')} is no source action of the first stage; there are {names}"
        yield Refusal("ValidationException", wrong)
    filters = definition.get("filters") or ()
    if not 1 <= len(filters) <= FILTERS:
        yield Refusal("InvalidWebhookFilterPatternException", f"{len(filters)} filters; a webhook has 1 to {FILTERS}")
    for each in filters:
        for message in _filter_faults(each, action):
            yield Refusal("InvalidWebhookFilterPatternException", message)
    for message in _authentication_faults(definition):
        yield Refusal("InvalidWebhookAuthenticationParametersException", message)


def answer(definition: Mapping[str, Any], declaration: Mapping[str, Any], delivery: Delivery) -> Answer:
    """Say whether a delivery starts the pipeline: the caller is who it should be, and all filters match."""
    if wrong := _stranger(definition, delivery):
        return Answer(False, 403, wrong)
    try:
        payload = json.loads(delivery.body)
    except (ValueError, RecursionError):
        return Answer(False, 400, "the body is no JSON")
    action = _target(definition, declaration)
    if action is None:
        return Answer(False, 404, f"there is no source action {definition.get('targetAction')} any more")
    for each in definition.get("filters") or ():
        wanted = _filled(each.get("matchEquals"), action)
        try:
            values = [_written(value) for value in jsonpaths.select(each["jsonPath"], payload)]
        except jsonpaths.Unreadable as error:
            return Answer(False, 200, str(error))
        if wanted is None or wanted not in values:
            seen = ", ".join(values) or "nothing"
            return Answer(False, 200, f"{each['jsonPath']} is {seen[:150]}, not {wanted}")
    return Answer(True, 200, "all filters match")


def verified(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """Say whether GitHub signed the body with the secret (`GITHUB_HMAC`); SHA-256 counts before SHA-1."""
    lower = {name.lower(): value for name, value in headers.items()}
    for header, digest in _DIGESTS:
        if header in lower:
            expected = hmac.new(secret.encode(), body, getattr(hashlib, digest)).hexdigest()
            return hmac.compare_digest(f"{digest}={expected}".encode(), lower[header].encode())
    return False


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _target(definition: Mapping[str, Any], declaration: Mapping[str, Any]) -> Any:
    actions = Pipeline(declaration).stages[0].actions
    wanted = definition.get("targetAction")
    return next((action for action in actions if action.name == wanted and action.category == "Source"), None)


def _filled(text: str | None, action: Any) -> str | None:
    """Give the text with `{Key}` replaced out of the action's configuration; None if a key is not there."""
    if text is None or any(key not in action.configuration for key in _KEY.findall(text)):
        return None
    return _KEY.sub(lambda match: str(action.configuration[match[1]]), text)


def _filter_faults(each: Mapping[str, Any], action: Any) -> Iterator[str]:
    path, wanted = str(each.get("jsonPath") or ""), str(each.get("matchEquals") or "")
    if not 1 <= len(path) <= LENGTH or len(wanted) > LENGTH:
        yield f"jsonPath has {len(path)} characters and matchEquals {len(wanted)}; write 1 to {LENGTH}"
        return
    try:
        jsonpaths.steps(path)
    except jsonpaths.Unreadable as error:
        yield str(error)
    missing = [key for key in _KEY.findall(wanted) if action and key not in action.configuration]
    if missing:
        yield f"{wanted} names {', '.join(missing)}, which the configuration of {action.name} does not have"


def _authentication_faults(definition: Mapping[str, Any]) -> Iterator[str]:
    kind = definition.get("authentication")
    settings = definition.get("authenticationConfiguration") or {}
    if kind not in _NEEDS:
        yield f"the authentication {kind} is not there; choose " + ", ".join(_NEEDS)
    elif set(settings) != set(_NEEDS[kind]):
        yield f"{kind} takes {' and '.join(_NEEDS[kind]) or 'no settings'}"
    elif kind == "IP" and _network(settings["AllowedIPRange"]) is None:
        yield f"{settings['AllowedIPRange']} is no range of addresses; write it as 192.0.2.0/24"


def _stranger(definition: Mapping[str, Any], delivery: Delivery) -> str:
    kind = definition.get("authentication")
    settings = definition.get("authenticationConfiguration") or {}
    if kind == "GITHUB_HMAC":
        signed = verified(delivery.body, delivery.headers, str(settings.get("SecretToken", "")))
        return "" if signed else "the signature does not fit the body and the SecretToken"
    if kind == "IP":
        network = _network(settings.get("AllowedIPRange"))
        return "" if network and _is_within(delivery.address, network) else f"{delivery.address} may not call"
    return "" if kind == "UNAUTHENTICATED" else f"the authentication {kind} is not there"


def _network(text: object) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(str(text), strict=False)
    except ValueError:
        return None


def _is_within(address: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:
        return False


_NEEDS: dict[str, tuple[str, ...]] = {
    "GITHUB_HMAC": ("SecretToken",),
    "IP": ("AllowedIPRange",),
    "UNAUTHENTICATED": (),
}

"""Webhooks of git hosts: proof of who sends, and nothing else. What they carry is never read; they only say *look*."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REMEMBERED = 4096
"""Deliveries that are told apart from replays. A replay that is older costs one look at the branch, and no more."""

_OFF = "webhooks are off; name a file with their secret in web.webhook_secret_file"


@dataclass(frozen=True, slots=True)
class Provider:
    """How one host proves that it sends, and names what happened."""

    proof: str
    """The header with the proof."""
    signed: bool
    """Whether the proof is an HMAC SHA-256 of the body, or the secret itself."""
    event: str
    """The header that names the event."""
    moves: frozenset[str]
    """Events that move a branch or a tag."""
    delivery: str = ""
    """The header that names the delivery, where the proof is not different for each."""


PROVIDERS = {
    # docs.github.com, "Validating webhook deliveries"
    "github": Provider("x-hub-signature-256", True, "x-github-event", frozenset({"push", "create", "delete"})),
    # docs.gitlab.com, "Webhooks": the token is sent as it is
    "gitlab": Provider(
        "x-gitlab-token", False, "x-gitlab-event", frozenset({"Push Hook", "Tag Push Hook"}), "x-gitlab-event-uuid"
    ),
    # support.atlassian.com, "Manage webhooks"; refs_changed is what Data Center says
    "bitbucket": Provider("x-hub-signature", True, "x-event-key", frozenset({"repo:push", "repo:refs_changed"})),
}


@dataclass(slots=True)
class Webhooks:
    """Takes deliveries, and wakes the loop for those that are genuine and new. Thread-safe."""

    secret: Callable[[], bytes]
    """Gives the secret, read anew for each delivery so that it can be changed; empty: all are refused."""
    wake: Callable[[], None]
    _seen: OrderedDict[bytes, None] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, provider: str, headers: Mapping[str, str], body: bytes) -> tuple[HTTPStatus, str]:
        """Give the status and the word to answer; `headers` has names in lower case."""
        if provider not in PROVIDERS:
            return HTTPStatus.NOT_FOUND, f"send it to /webhook/ and one of {', '.join(PROVIDERS)}"
        secret, host = self.secret(), PROVIDERS[provider]
        if not secret:
            return HTTPStatus.FORBIDDEN, _OFF
        if not hmac.compare_digest(_expected(host, secret, body), headers.get(host.proof, "").encode()):
            return HTTPStatus.UNAUTHORIZED, f"{host.proof} does not prove that the sender knows the secret"
        if headers.get(host.event) not in host.moves:
            return HTTPStatus.OK, "nothing to look at"
        if not self._is_new(provider, headers.get(host.delivery, ""), body):
            return HTTPStatus.CONFLICT, "this delivery was taken before"
        self.wake()
        return HTTPStatus.ACCEPTED, "looking"

    def _is_new(self, provider: str, delivery: str, body: bytes) -> bool:
        """Remember a delivery. Where the body is signed, only the body counts: headers can be made up."""
        key = hashlib.sha256(b"\0".join((provider.encode(), delivery.encode(), body))).digest()
        with self._lock:
            if key in self._seen:
                return False
            self._seen[key] = None
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        return True


def _expected(host: Provider, secret: bytes, body: bytes) -> bytes:
    return b"sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest().encode() if host.signed else secret

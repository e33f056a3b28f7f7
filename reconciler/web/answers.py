"""What is asked for and what is answered, without the network."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.web.api import Api
    from reconciler.web.webhooks import Webhooks

WEBHOOKS, API = "/webhook/", "/api/"
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; names of headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer."""

    status: HTTPStatus
    body: bytes
    type: str = _JSON


@dataclass(frozen=True, slots=True)
class Health:
    """How the daemon is; each is asked when somebody asks."""

    late: Callable[[], Sequence[str]]
    """Gives the threads that have not reported in their time."""
    ages: Callable[[], Mapping[str, float]]
    """Gives the seconds since each thread reported."""
    unready: Callable[[], str]
    """Gives why it does not keep pipelines as git says right now; empty if it does."""
    role: Callable[[], str] = lambda: "leader"
    """Gives `leader` or `standby`: one that stands by is ready as well."""


@dataclass(frozen=True, slots=True)
class Site:
    """All that can be asked for."""

    health: Health
    webhooks: Webhooks
    metrics: Callable[[], tuple[str, bytes]] | None = None
    """Gives the type and the text of the metrics; None where their library is not installed."""
    api: Api | None = None
    """Answers what is below `/api/`."""

    def answer(self, request: Request) -> Answer:
        """Answer one request; a path that is not known is 404, another method 405."""
        path = request.path.partition("?")[0]
        if path.startswith(WEBHOOKS):
            return self._webhook(path.removeprefix(WEBHOOKS), request)
        if self.api and path.startswith(API):
            return self.api.answer(path.removeprefix(API), request)
        known = {"/livez": self._live, "/readyz": self._ready, "/metrics": self._metrics}
        if path not in known:
            there = "there are /livez, /readyz, /metrics, /webhook/<provider> and /api/<verb>"
            return said(HTTPStatus.NOT_FOUND, error=there)
        if request.method != "GET":
            return said(HTTPStatus.METHOD_NOT_ALLOWED, error="this is asked by GET")
        return known[path]()

    def _webhook(self, provider: str, request: Request) -> Answer:
        if request.method != "POST":
            return said(HTTPStatus.METHOD_NOT_ALLOWED, error="a webhook is sent by POST")
        status, word = self.webhooks.take(provider, request.headers, request.body)
        return said(status, **{"error" if status >= HTTPStatus.BAD_REQUEST else "status": word})

    def _live(self) -> Answer:
        late = tuple(self.health.late())
        ages = {thread: round(age, 3) for thread, age in self.health.ages().items()}
        status = HTTPStatus.SERVICE_UNAVAILABLE if late else HTTPStatus.OK
        return said(status, status="stuck" if late else "alive", late=late, ages=ages)

    def _ready(self) -> Answer:
        reason = self.health.unready()
        status = HTTPStatus.SERVICE_UNAVAILABLE if reason else HTTPStatus.OK
        return said(status, status="not ready" if reason else "ready", reason=reason, role=self.health.role())

    def _metrics(self) -> Answer:
        if self.metrics is None:
            return said(HTTPStatus.NOT_IMPLEMENTED, error="pip install 'codepipeline-reconciler[daemon]'")
        kind, text = self.metrics()
        return Answer(HTTPStatus.OK, text, kind)


def said(status: HTTPStatus, /, **words: Any) -> Answer:
    """Give an answer as a JSON object."""
    return Answer(status, json.dumps(words).encode() + b"\n")

"""The HTTP API: who may, what is taken, and what is refused with which sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.pipeline.arns import Target
from reconciler.settings import Settings
from reconciler.store.status import Status
from reconciler.store.store import Store
from reconciler.sync.deciding import Desk
from reconciler.web.answers import Health, Request, Site
from reconciler.web.api import LARGEST, Api
from reconciler.web.webhooks import Webhooks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "k33p-th1s-t0ken-s3cret"
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
API = "shop-prod-api"
SETTINGS = Settings.model_validate({
    "environments": {"prod": {"account": "1" * 12, "regions": ["eu-west-1"]}}, "sync": {"break_glass": ["ana"]},
})  # fmt: skip


class Web:
    """An API over a store of its own, and how often it asked for a pass."""

    def __init__(self, store: Store) -> None:
        self.store, self.looks, self.plan = store, 0, None
        self.lines = f"# who may\nana:{TOKEN}\nshort:tooshort\n:{TOKEN}x\n".encode()
        api = Api(lambda: self.lines, self.desk, self.look, lambda: {"pipelines": []}, lambda: self.plan)
        self.site = Site(Health(tuple, dict, str), Webhooks(bytes, self.look), None, api)

    def desk(self, who: str) -> Desk:
        return Desk(SETTINGS, self.store, who, NOW)

    def look(self) -> None:
        self.looks += 1

    def ask(self, path: str, body: object = None, token: str = f"Bearer {TOKEN}", method: str = "") -> tuple[int, Any]:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        method = method or ("GET" if path in {"status", "plan"} else "POST")
        answer = self.site.answer(Request(method, f"/api/{path}", {"authorization": token}, sent))
        return answer.status, json.loads(answer.body)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    store = Store(f"sqlite:///{tmp_path}/state.db")
    target = Target("1" * 12, "eu-west-1")
    known = Status(target=target, name=API, state="synced", reason="", version=1, since=NOW, last_pass=1)
    store.record_status([known])
    yield Web(store)
    store.close()


def test_a_pass_is_asked_for(web: Web) -> None:
    assert web.ask("sync", {}) == (HTTPStatus.ACCEPTED, {"status": "looking", "decisions": []})
    assert web.looks == 1


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        pytest.param("approve", {"digest": "ab" * 32, "reason": "CHG-7"}, "approval", id="approve"),
        pytest.param("suspend", {"name": API, "reason": "vendor", "for": "2h"}, "suspension", id="suspend"),
        pytest.param("override", {"environment": "prod", "reason": "INC-1", "for": "1h"}, "override", id="override"),
    ],
)
def test_a_decision_is_taken_in_the_name_of_the_token_and_wakes_the_daemon(
    web: Web, path: str, body: dict[str, str], kind: str
) -> None:
    status, said = web.ask(path, body)
    (taken,) = web.store.decisions()
    assert (status, web.looks, taken.kind, taken.by) == (HTTPStatus.ACCEPTED, 1, kind, "ana")
    assert said["decisions"][0]["id"] == taken.id


def test_a_pipeline_is_resumed(web: Web) -> None:
    web.ask("suspend", {"name": API, "reason": "vendor", "until": "2026-05-04T18:00"})
    assert web.ask("resume", {"name": API})[0] == HTTPStatus.ACCEPTED
    assert web.store.decisions() == ()


@pytest.mark.parametrize(
    ("lines", "token", "refusal"),
    [
        pytest.param(b"", f"Bearer {TOKEN}", (403, "the API is off"), id="no file"),
        pytest.param(b"ana:short", "Bearer short", (403, "the API is off"), id="only tokens that could be guessed"),
        pytest.param(None, "", (401, "Authorization: Bearer"), id="no token"),
        pytest.param(None, f"Bearer {TOKEN}y", (401, "known"), id="another token"),
        pytest.param(None, f"Bearer {TOKEN}x", (401, "known"), id="a token without a name"),
        pytest.param(None, "Bearer tooshort", (401, "known"), id="a short token"),
        pytest.param(None, f"Basic {TOKEN}", (401, "known"), id="another scheme"),
        pytest.param(None, "Bearer \udce4", (401, "known"), id="no text"),
    ],
)
@pytest.mark.parametrize("path", ["sync", "status", "nothing"])
def test_without_a_token_nothing_is_told_and_nothing_happens(
    web: Web, lines: bytes | None, token: str, refusal: tuple[int, str], path: str
) -> None:
    web.lines = web.lines if lines is None else lines
    status, said = web.ask(path, {}, token)
    assert (status, web.looks) == (refusal[0], 0)
    assert refusal[1] in said["error"]


def test_a_token_is_read_anew_for_each_request(web: Web) -> None:
    web.lines = b"bob:" + b"another-token-of-bob"
    assert web.ask("sync", {})[0] == HTTPStatus.UNAUTHORIZED
    assert web.ask("sync", {}, "bearer another-token-of-bob")[0] == HTTPStatus.ACCEPTED


BAD: list[Any] = [
    pytest.param("suspend", b"{", "the body is not JSON", id="no JSON"),
    pytest.param("suspend", b"\xff\xfe", "the body is not JSON", id="no text"),
    pytest.param("suspend", b"[" * 5000, "the body is not JSON", id="deep"),
    pytest.param("suspend", [], "the body: ", id="no object"),
    pytest.param("suspend", {"name": API}, "reason: Field required", id="a field missing"),
    pytest.param("suspend", {"name": 7, "reason": "x"}, "name: Input should be a valid string", id="no string"),
    pytest.param("suspend", {"name": API, "reason": "x", "force": True}, "force: Extra inputs", id="an unknown field"),
    pytest.param("suspend", {"name": API, "reason": "x" * 301}, "at most 300 characters", id="a long reason"),
    pytest.param("suspend", {"name": API, "reason": "a\u001b[31m"}, "printable characters", id="a control character"),
    pytest.param("suspend", {"name": "x", "reason": "x"}, "there is no pipeline 'x'", id="an unknown pipeline"),
    pytest.param("suspend", {"name": API, "reason": "x", "for": "soon"}, "soon: a duration", id="no duration"),
    pytest.param("resume", {"name": API}, "is not suspended here", id="not suspended"),
    pytest.param("approve", {"digest": "zz"}, "is no digest of a plan", id="no digest"),
    pytest.param("override", {"name": API, "reason": "x"}, "for: Field required", id="an override without an end"),
    pytest.param("sync", {"name": API}, "name: Extra inputs", id="a field where there is none"),
]


@pytest.mark.parametrize(("path", "body", "words"), BAD)
def test_a_bad_request_is_answered_with_a_sentence_and_does_nothing(
    web: Web, path: str, body: object, words: str
) -> None:
    status, said = web.ask(path, body)
    assert (status, web.looks, web.store.decisions()) == (HTTPStatus.BAD_REQUEST, 0, ())
    assert words in said["error"]


def test_what_was_sent_is_not_repeated_in_an_answer(web: Web) -> None:
    assert "hunter2" not in str(web.ask("suspend", {"name": API, "reason": 7, "password": "hunter2"}))


def test_a_large_body_is_refused(web: Web) -> None:
    assert web.ask("suspend", b" " * (LARGEST + 1))[0] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_an_unknown_verb_is_told_those_that_are_known(web: Web) -> None:
    status, said = web.ask("delete", {})
    assert (status, "/api/approve" in said["error"]) == (HTTPStatus.NOT_FOUND, True)


@pytest.mark.parametrize(("path", "method"), [("sync", "GET"), ("status", "POST")])
def test_another_method_is_told_the_right_one(web: Web, path: str, method: str) -> None:
    assert web.ask(path, {}, method=method)[0] == HTTPStatus.METHOD_NOT_ALLOWED


def test_the_last_plan_is_given_once_there_is_one(web: Web) -> None:
    assert web.ask("plan")[0] == HTTPStatus.NOT_FOUND
    web.plan = {"digest": "ab"}  # type: ignore[assignment]
    assert web.ask("plan") == (HTTPStatus.OK, {"digest": "ab"})


def test_a_store_that_is_locked_is_told_as_unavailable(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    from reconciler.errors import Retry

    def locked(*_: object) -> None:
        raise Retry("the store is locked")

    monkeypatch.setattr(web.store, "decide", locked)
    status, said = web.ask("approve", {"digest": "ab" * 6})
    assert (status, said["error"], web.looks) == (HTTPStatus.SERVICE_UNAVAILABLE, "the store is locked", 0)


def test_an_override_needs_a_name_that_may(web: Web) -> None:
    web.lines = b"eve:another-token-of-eve"
    body = {"name": API, "reason": "x", "for": "1h"}
    assert "eve may not break glass" in web.ask("override", body, "Bearer another-token-of-eve")[1]["error"]


def test_an_override_ends_when_it_says(web: Web) -> None:
    web.ask("override", {"name": API, "reason": "x", "for": "90m"})
    assert web.store.decisions()[0].until == NOW + timedelta(minutes=90)

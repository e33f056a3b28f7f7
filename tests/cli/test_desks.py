"""What the HTTP API is given of a daemon, and `reconciler sync --now` against it, in one process."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.cli.desks import Desks
from reconciler.sync import passes
from reconciler.web.answers import Health, Request, Site
from reconciler.web.server import Server
from reconciler.web.webhooks import Webhooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from endpoint.request import Document
    from workshop import Finished, Workshop

TOKEN = "k33p-th1s-t0ken-s3cret"
NAME = "svc0001-prod-deploy"


@pytest.fixture
def desks(workshop: Workshop, document: Document) -> Iterator[Desks]:
    """Give the desks of a daemon that has made one pass; `wake` counts."""
    (workshop.folder / "tokens").write_text(f"ana:{TOKEN}\n")
    workshop.settings(web={"token_file": "tokens"}, sync={"mode": "manual"})
    workshop.define(document)
    with workshop.world() as world:
        made = Desks(lambda: (world, workshop.folder), lambda: None)
        made.plan = passes.run(world, approved=False).plan
        yield made


def ask(desks: Desks, path: str, body: object = None) -> tuple[int, Any]:
    sent, method = (b"", "GET") if body is None else (json.dumps(body).encode(), "POST")
    headers = {"authorization": f"Bearer {TOKEN}"}
    answer = desks.api().answer(path, Request(method, f"/api/{path}", headers, sent))
    return answer.status, json.loads(answer.body)


def test_the_plan_of_the_last_pass_is_told_with_what_waits_for_an_approval(desks: Desks) -> None:
    status, plan = ask(desks, "plan")
    assert (status, [each["name"] for each in plan["changes"]], list(plan["approvals"])) == (200, [NAME], ["prod"])
    desks.plan = None
    assert ask(desks, "plan")[0] == 404


def test_status_tells_of_pipelines_and_of_decisions_that_count(desks: Desks) -> None:
    ask(desks, "suspend", {"name": NAME, "reason": "vendor"})
    told = ask(desks, "status")[1]
    assert [(each["name"], each["state"]) for each in told["pipelines"]] == [(NAME, "held")]
    assert [(each["kind"], each["by"]) for each in told["decisions"]] == [("suspension", "ana")]
    assert told["pipelines"][0]["decisions"] == [f"suspension 1 of {NAME} by ana: vendor"]


def test_a_file_that_cannot_be_read_is_told_and_counts_as_none(
    desks: Desks, workshop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    (workshop.folder / "tokens").unlink()
    with caplog.at_level(logging.WARNING):
        assert ask(desks, "status")[0] == 403
    assert "web.token_file cannot be read" in caplog.text


def test_a_store_that_cannot_be_read_is_told_as_unavailable(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    from reconciler.errors import Blocked

    def broken() -> None:
        raise Blocked("the disk is full")

    monkeypatch.setattr(desks.place()[0].memory, "decisions", broken)
    assert ask(desks, "status") == (503, {"error": "the disk is full"})


def test_sync_asks_the_daemon_that_listens(desks: Desks, workshop: Workshop, cli: Callable[..., Finished]) -> None:
    site = Site(Health(tuple, dict, str), Webhooks(bytes, desks.wake), None, desks.api())
    with Server(site, "127.0.0.1:0") as server:
        listen = server.url.removeprefix("http://")
        workshop.settings(web={"token_file": "tokens", "listen": listen})
        assert cli("sync", "--now", "--format", "json", check=0).json == {"status": "looking", "decisions": []}
        (workshop.folder / "wrong").write_text("ana:another-token-of-ana\n")
        workshop.settings(web={"token_file": "wrong", "listen": listen})
        assert f"the daemon at {listen} says: send `Authorization: Bearer TOKEN`" in cli("sync", "--now", check=2).err

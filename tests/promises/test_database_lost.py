"""A PostgreSQL server that ends under a daemon and comes back: nothing is written meanwhile, and nothing twice."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from daemons import PATIENCE, Daemon
from endpoint import sample
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from endpoint import Request
    from postgres import Server
    from workshop import Workshop

pytestmark = pytest.mark.untraced

SETTINGS: dict[str, Any] = {
    "source": {"repository": "repository", "poll": "1s"},
    "scale": {"workers": 1},
    "aws": {"rate": 500, "ceiling": 1000, "burst": 200, "attempts": 2, "role_propagation": 0, "connect_timeout": 1},
}
READING = ("Get", "List", "Describe")
WANTED = [
    ("UpdatePipeline", "svc0001-prod-deploy"), ("UpdatePipeline", "svc0002-prod-deploy"),
    ("CreatePipeline", "svc0003-prod-deploy"), ("CreatePipeline", "svc0004-prod-deploy"),
]  # fmt: skip
"""What makes the change of git live."""
AWAY = "postgresql+psycopg:///postgres does not answer: "


@dataclass
class Lone:
    """One daemon, the server that keeps its store, and what it is to make of its pipelines."""

    workshop: Workshop
    server: Server
    daemon: Daemon
    documents: list[dict[str, Any]]

    def begin(self) -> None:
        self.address = self.daemon.hear("listening on").rpartition(" ")[2].strip()
        self.commit()
        self.converge()
        self.workshop.endpoint.clear_log()

    def commit(self) -> None:
        self.workshop.define(*self.documents)

    def change(self) -> None:
        """Have git change every pipeline, and name two more."""
        for each in self.documents:
            _build(each)["ProjectName"] = "changed"
        self.documents += sample(4, account=ACCOUNT, region=REGION)[2:]
        self.commit()

    def readiness(self) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"{self.address}/readyz") as answer:
                return answer.status, json.load(answer)["reason"]
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)["reason"]

    def writes(self) -> list[tuple[str, str]]:
        log = tuple(self.workshop.endpoint.log)
        return [(each.operation, each.name) for each in log if not each.operation.startswith(READING)]

    def without_store(self) -> tuple[str, ...]:
        """Wait until the daemon has ceased to lead, and give what its log and `/readyz` say."""
        return self.daemon.hear(f"ERROR standby, nothing is written: {AWAY}"), *map(str, self.readiness())

    def again(self) -> None:
        """Bring the store back, and wait until all is well in the same process."""
        self.server.start()
        self.converge()
        assert self.daemon.process.poll() is None
        assert not any("leader is" in line for line in self.daemon.lines)  # it would stand by for itself

    def open_intents(self) -> tuple[str, ...]:
        with self.workshop.world() as world:
            return tuple(each.name for each in world.memory.open_intents())

    def converge(self) -> None:
        """Wait until what is live is what git says, and the daemon says that all is well."""
        until = time.monotonic() + PATIENCE
        wanted = {each["name"]: _build(each)["ProjectName"] for each in self.documents}
        while self._live() != wanted or self.readiness() != (200, ""):
            assert time.monotonic() < until, (self._live(), self.readiness(), self.daemon.lines[-5:])
            threading.Event().wait(0.02)

    def _live(self) -> dict[str, str]:
        live = self.workshop.endpoint.pipelines(ACCOUNT, REGION)
        return {name: _build(each)["ProjectName"] for name, each in live.items()}


@pytest.fixture
def lone(workshop: Workshop, server: Server) -> Iterator[Lone]:
    workshop.settings(**SETTINGS, store={"url": server.url(), "lease": 2})
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "run"], cwd=workshop.folder, env=workshop.environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    made = Lone(workshop, server, Daemon(process), sample(2, account=ACCOUNT, region=REGION))
    try:
        made.begin()
        yield made
    finally:
        made.daemon.close()
        if not server.is_running:
            server.start()


def test_while_its_store_is_away_a_daemon_writes_nothing_and_says_so_and_then_makes_up_for_it(lone: Lone):
    lone.server.stop("fast")
    lone.change()
    lone.daemon.hear(f"pass failed, tries again soon: {AWAY}")
    _, status, reason = lone.without_store()
    assert (status, reason.startswith(AWAY), lone.writes()) == ("503", True, [])
    lone.again()
    assert Counter(lone.writes()) == Counter(WANTED)


def test_a_store_that_ends_during_a_write_lets_no_other_follow_and_none_is_repeated(lone: Lone):
    ended = threading.Event()

    @lone.workshop.endpoint.before
    def end(request: Request) -> None:
        if request.operation == "CreatePipeline" and not ended.is_set():
            ended.set()
            lone.server.stop()

    lone.change()
    lone.without_store()
    assert lone.writes() == WANTED[:3]
    lone.again()
    assert (lone.writes(), lone.open_intents()) == (WANTED, ())


def _build(document: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = document["stages"][1]["actions"][0]["configuration"]
    return found

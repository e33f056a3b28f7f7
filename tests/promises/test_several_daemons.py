"""Two daemons on one PostgreSQL: one of them writes at any time, whatever happens to it."""

from __future__ import annotations

import json
import signal
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

import leaders
from endpoint import sample
from reconciler.errors import Blocked, Retry
from reconciler.store.lease import Lease
from reconciler.sync import passes
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leaders import Leaders
    from postgres import Server
    from workshop import Workshop

pytestmark = pytest.mark.untraced

ROUNDS = 6


@pytest.fixture
def two(workshop: Workshop, server: Server) -> Iterator[Leaders]:
    made = leaders.Leaders(workshop, server.url(), sample(6, account=ACCOUNT, region=REGION))
    try:
        made.begin()
        yield made
    finally:
        made.close()


def test_one_daemon_writes_at_any_time_while_leaders_are_killed_stopped_and_ended(two: Leaders):
    assert list(leaders.rounds(two, ROUNDS)) == ["kill", "pause", "leave"] * (ROUNDS // 3)
    two.converge()
    assert [write for write in two.writes if not write.is_allowed] == []
    assert [name for name, times in two.created.items() if times > 1] == []
    assert len({write.writer for write in two.writes}) > 1
    assert max(two.takeovers) < leaders.LEASE + 5  # PostgreSQL ends a transaction that was stopped after five seconds


def test_a_daemon_that_was_stopped_while_it_wrote_writes_nothing_more_when_it_goes_on(two: Leaders):
    two.converge()
    name = two.leader()
    old = two.running[name]
    two.documents[0]["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "changed"

    @two.workshop.endpoint.after
    def stop(request):
        if request.operation == "GetPipeline" and two.keys.get(request.access_key) == name:
            old.process.send_signal(signal.SIGSTOP)

    two.workshop.define(*two.documents)
    two.leader(other_than=name)
    two.workshop.endpoint.clear_orders()
    two.converge()
    before = len(two.writes)
    old.process.send_signal(signal.SIGCONT)
    assert "another daemon leads now" in old.hear("another daemon leads now")
    assert [write.writer for write in two.writes[before:] if write.writer == name] == []


def test_a_standby_asks_aws_nothing_and_is_ready(two: Leaders):
    two.converge()
    (standby,) = (key for key, name in two.keys.items() if name != two.leader())
    daemon = two.running[two.keys[standby]]
    assert any(f"standby; leader is {two.leader()}" in line for line in daemon.lines)
    url = daemon.hear("listening on").rpartition(" ")[2].strip()
    with urllib.request.urlopen(f"{url}/readyz") as answer:
        assert json.load(answer)["role"] == "standby"
    assert [each.operation for each in two.workshop.endpoint.log if each.access_key == standby] == []


def test_a_person_is_refused_while_a_daemon_leads_and_not_when_nothing_is_to_be_written(workshop: Workshop):
    url = f"sqlite:///{workshop.folder / '.reconciler' / 'state.db'}"
    workshop.define(*sample(1, account=ACCOUNT, region=REGION))
    with closing(Lease(url, 15, holder="host:7")) as lease:
        assert lease.acquire()
        with pytest.raises(Blocked, match=r"another daemon leads now, host:7 since .* UTC; nothing was written"):
            workshop.apply()
        assert workshop.endpoint.pipelines(ACCOUNT, REGION) == {}
        lease.release()
        assert [each.ending for each in workshop.apply().results] == ["applied"]
        assert lease.acquire()
        assert workshop.apply().results == ()


def test_a_write_that_was_journalled_does_not_leave_once_another_daemon_leads(workshop: Workshop):
    workshop.define(*sample(1, account=ACCOUNT, region=REGION))
    with workshop.world() as world, pytest.MonkeyPatch.context() as patch:
        journal = world.memory.intend

        def lose(*words):
            entry = journal(*words)
            world.lease.release()
            return entry

        patch.setattr(world.memory, "intend", lose)
        with pytest.raises(Retry, match="the lease of this process has ended, so this process writes nothing more"):
            passes.apply(passes.plan(world), world)
        assert [change.outcome for change in world.memory.changes(None, 9)] == ["held"]
    assert workshop.endpoint.counts()["CreatePipeline"] == 0

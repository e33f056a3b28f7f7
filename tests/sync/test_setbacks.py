"""What failed is left alone until its time, or until something of it changes; the others go on."""

from __future__ import annotations

import threading
from concurrent.futures import wait
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.pipeline.arns import Target
from reconciler.sync import passes, setbacks
from workshop import ACCOUNT, REGION

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
FIRST, SECOND = "svc0001-prod-deploy", "svc0002-prod-deploy"
THERE = "us-east-1"


class Daemon:
    """Passes of a daemon at chosen times."""

    def __init__(self, workshop) -> None:
        self.workshop, self.endpoint = workshop, workshop.endpoint

    def look(self, after=0.0, **how):
        """Run a pass so many seconds after noon; give how each change ended or why it is held."""
        self.endpoint.clear_log()
        with self.workshop.world() as world:
            moved = replace(world, now=lambda: NOON + timedelta(seconds=after))
            self.done = passes.run(moved, approved=False, **how)
            self.pause = setbacks.pause(self.done, moved)
        plan = self.done.known[2]
        ended = {each.change.name: str(each.ending) for each in self.done.results}
        return ended | {each.name: each.held for each in plan.held}

    def asked(self, operation="UpdatePipeline"):
        return [each.name for each in self.endpoint.log if each.operation == operation]

    def known(self):
        with self.workshop.world() as world:
            return list(world.memory.setbacks().values())

    def change(self, document, project):
        document["stages"][1]["actions"][0]["configuration"]["ProjectName"] = project
        self.workshop.define(document)


@pytest.fixture
def daemon(workshop, documents):
    """A daemon whose two pipelines are live, and of which the first has changed in git."""
    made = Daemon(workshop)
    workshop.define(*documents[:2])
    assert set(made.look().values()) == {"applied"}
    made.change(documents[0], "other")
    return made


def test_a_write_that_failed_is_left_alone_until_its_time_and_then_made(daemon):
    daemon.endpoint.fail("UpdatePipeline", "InternalFailure", name=FIRST)
    assert daemon.look() == {FIRST: "failed"}
    assert 2.5 <= daemon.pause <= 5
    assert daemon.look(2)[FIRST].startswith("failed once, tried again at 2026-05-04 12:00:0")
    assert daemon.asked() == []
    assert daemon.look(5) == {FIRST: "applied"}
    assert (daemon.known(), daemon.pause) == ([], None)
    assert daemon.done.said == (f"update {FIRST} in {ACCOUNT}/{REGION} succeeded after 1 failure",)


def test_waits_grow_while_it_fails(daemon):
    daemon.endpoint.fail("UpdatePipeline", "ConflictException", times=None)
    daemon.look()
    daemon.look(5)
    daemon.look(20)
    (found,) = daemon.known()
    assert (found.count, found.parked) == (3, False)
    assert 10 <= (found.next - NOON).total_seconds() - 20 <= 20


def test_other_pipelines_go_on_while_one_waits(daemon, documents):
    daemon.endpoint.fail("UpdatePipeline", "ThrottlingException", name=FIRST, times=None)
    daemon.look()
    daemon.change(documents[1], "other")
    assert daemon.look(1)[SECOND] == "applied"


@pytest.mark.parametrize("error", ["AccessDeniedException", "InvalidStructureException", "ValidationException"])
def test_what_is_refused_for_good_is_parked_and_told_once(daemon, error):
    daemon.endpoint.fail("UpdatePipeline", error, name=FIRST, times=None)
    daemon.look()
    (sentence,) = daemon.done.said
    assert f"update {FIRST} in {ACCOUNT}/{REGION}: parked, failed once: UpdatePipeline" in sentence
    assert "`reconciler retry" in daemon.look(86400)[FIRST]
    assert (daemon.asked(), daemon.pause, daemon.done.said) == ([], None, ())


def parked(daemon) -> None:
    daemon.endpoint.fail("UpdatePipeline", "InvalidStructureException", name=FIRST)
    daemon.look()
    assert daemon.look(60)[FIRST].startswith("parked")


def test_a_new_definition_is_tried_at_once(daemon, documents):
    parked(daemon)
    daemon.change(documents[0], "mended")
    assert daemon.look(61) == {FIRST: "applied"}


def test_a_new_live_version_is_tried_at_once(daemon):
    parked(daemon)
    daemon.endpoint.edit(ACCOUNT, REGION, FIRST, lambda document: document.update(executionMode="QUEUED"))
    assert daemon.look(61) == {FIRST: "applied"}


def test_a_person_who_applies_is_not_kept_from_it_and_is_told(daemon):
    parked(daemon)
    (change,) = daemon.workshop.plan().known[2].open
    assert change.note.startswith("the daemon leaves it alone: parked, failed once")
    assert [str(each.ending) for each in daemon.workshop.apply().results] == ["applied"]
    assert daemon.known() == []


def test_a_retry_that_was_asked_for_is_made_by_the_next_pass_and_counts_on(daemon):
    parked(daemon)
    with daemon.workshop.world() as world:
        world.memory.retry(world.memory.setbacks(), NOON)
    daemon.endpoint.fail("UpdatePipeline", "InvalidStructureException", name=FIRST)
    daemon.look(61)
    assert [(each.count, each.parked) for each in daemon.known()] == [(2, True)]


def test_what_is_not_wanted_any_more_is_forgotten(daemon, documents):
    parked(daemon)
    live = daemon.endpoint.get(ACCOUNT, REGION, FIRST)["stages"][1]["actions"][0]["configuration"]["ProjectName"]
    daemon.change(documents[0], live)
    assert daemon.look(61) == {}
    assert daemon.known() == []


def test_a_change_that_waits_for_an_execution_has_not_failed(daemon):
    running = {"pipelineExecutionId": "run-1", "status": "InProgress"}
    daemon.endpoint.executions[ACCOUNT, REGION, FIRST] = [running]
    assert daemon.look() == {FIRST: "held"}
    assert daemon.known() == []


def test_a_clock_that_was_put_back_keeps_nothing_waiting(daemon):
    daemon.endpoint.fail("UpdatePipeline", "InternalFailure", name=FIRST)
    daemon.look(3600)
    assert daemon.look(0) == {FIRST: "applied"}


# Targets.


@pytest.fixture
def wide(workshop, document):
    """A daemon of two Regions, of which the second cannot be listed."""
    workshop.settings(environments={"prod": {"account": ACCOUNT, "regions": [REGION, THERE]}})
    workshop.define(document, region=REGION)
    workshop.endpoint.fail("ListPipelines", "AccessDeniedException", region=THERE, times=None)
    return Daemon(workshop)


def test_a_target_that_cannot_be_read_is_asked_again_at_its_time_only(wide):
    assert wide.look() == {FIRST: "applied"}
    assert wide.look(1) == {}
    assert [each.region for each in wide.endpoint.log] == [REGION] * len(wide.endpoint.log)
    (reason,) = wide.done.known[2].unreadable.values()
    assert reason.startswith("failed once, tried again at 2026-05-04 12:00:0")
    wide.look(5)
    assert [each.count for each in wide.known()] == [2]


def test_a_target_is_never_parked_and_is_told_when_it_comes_back(wide):
    wide.look()
    assert wide.done.said[0].startswith(f"{ACCOUNT}/{THERE}: failed once, tried again at ")
    wide.endpoint.clear_orders()
    wide.look(600)
    assert wide.done.said == (f"{ACCOUNT}/{THERE} can be read again after 1 failure",)
    assert wide.known() == []


def test_a_target_that_is_reached_otherwise_is_asked_at_once(wide):
    wide.look()
    place = {"account": ACCOUNT, "regions": [REGION, THERE], "external_id": "x"}
    wide.workshop.settings(environments={"prod": place})
    wide.look(1)
    assert [each.count for each in wide.known()] == [2]


@pytest.fixture
def silent(workshop, document):
    """A gate; until it is opened the second of two Regions answers nothing."""
    workshop.settings(
        environments={"prod": {"account": ACCOUNT, "regions": [REGION, THERE]}}, aws={"patience": 0.5, "attempts": 1}
    )
    workshop.define(document, region=REGION)
    gate = threading.Event()
    workshop.endpoint.before(lambda request: request.region == THERE and gate.wait(60))
    yield gate
    gate.set()


def test_a_target_that_says_nothing_holds_nobody_up_and_is_read_once_it_answers(workshop, silent):
    there = Target(ACCOUNT, THERE)
    with workshop.world() as world:
        done = passes.run(replace(world, now=lambda: NOON), approved=False)
        assert [str(each.ending) for each in done.results] == ["applied"]
        assert "aws.patience" in done.unreadable[there]
        silent.set()
        wait([each for answers in world.listings._late.values() for each in answers], timeout=60)
        soon = NOON + timedelta(seconds=1)  # its time has not come, but it has answered
        done = passes.run(replace(world, now=lambda: soon), approved=False)
        assert done.said == (f"{there} can be read again after 1 failure",)

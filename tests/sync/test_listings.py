"""What targets are asked ahead, and that no pass takes the answers meant for another."""

from __future__ import annotations

import math
import threading
from concurrent.futures import Future, wait
from functools import partial

import pytest

from reconciler.aws.sessions import Access
from reconciler.definitions.tags import OWNER
from reconciler.errors import Blocked, Retry
from reconciler.pipeline.arns import Target
from reconciler.sync import listings as listings_module
from reconciler.sync import passes
from reconciler.sync.listings import Listings
from reconciler.sync.threads import Aside
from workshop import ACCOUNT, REGION

OWNED = {OWNER: "codepipeline-reconciler"}
HERE = Access(Target("111111111111", "eu-west-1"))


THERE, AWAY = (Access(Target("111111111111", region)) for region in ("eu-central-1", "us-east-1"))


class Counting:
    def __init__(self):
        self.asked = []

    def silence(self):
        return math.inf

    def bulk_tags(self, access):
        self.asked.append("tags")
        return {}

    def rows(self, access):
        self.asked.append("rows")
        return ()


@pytest.fixture
def cloud():
    return Counting()


@pytest.fixture
def listings(cloud):
    return Listings(cloud, partial(Aside, 1), (HERE,))


def test_a_target_is_asked_once_however_often_asking_begins(listings, cloud):
    listings.begin()
    listings.begin()
    assert listings.take()[HERE].rows.result() == ()
    assert cloud.asked == ["tags", "rows"]


def test_taking_asks_when_nobody_has(listings):
    assert listings.take()[HERE].tags.result() == {}


def test_answers_that_were_taken_are_asked_for_again(listings, cloud):
    for _ in range(2):
        listings.take()[HERE].rows.result()
    assert cloud.asked == ["tags", "rows"] * 2


def test_answers_that_were_dropped_are_never_taken(listings):
    listings.begin()
    early = listings._asked[HERE].rows
    listings.drop()
    assert listings.take()[HERE].rows is not early


def test_a_pass_that_cannot_read_git_leaves_no_answers_to_the_next_one(workshop, document):
    workshop.define(document)
    with workshop.world() as world:
        workshop.git("branch", "--move", "elsewhere")
        with pytest.raises(Blocked):
            passes.plan(world)
        assert world.listings._asked == {}


def test_a_pass_sees_what_changed_after_its_world_was_built(workshop, document):
    workshop.define(document)
    workshop.apply()
    with workshop.world() as world:
        workshop.endpoint.put(ACCOUNT, REGION, document | {"executionMode": "QUEUED"}, OWNED)
        assert [change.kind for change in passes.plan(world).known[2].changes] == ["update"]


# Targets that say nothing. Each round of questions is answered at once, but for those that a test answers.


class Halting:
    """Answers at once, but not for the targets in `silent`: what they are asked stays in `owed`."""

    is_behind = False

    def __init__(self):
        self.silent, self.owed, self.asked = set(), [], []

    def submit(self, work, access):
        future = Future()
        self.asked.append(access)
        if access in self.silent:
            self.owed.append(future)
        else:
            future.set_result(work(access))
        return future

    def relieve(self):
        """Do nothing: whatever is asked has begun."""

    def answer(self, how):
        owed, self.owed = self.owed, []
        for each in owed:
            how(each)


@pytest.fixture
def halting():
    made = Halting()
    made.silent = {AWAY}
    return made


@pytest.fixture
def three(cloud, halting):
    """Three targets, of which the third says nothing; the first round is over."""
    made = Listings(cloud, lambda: halting, (HERE, THERE, AWAY))
    assert set(made.take(patience=0)) == {HERE, THERE}
    return made


DOUBTED = (AWAY.target,)


def test_a_person_waits_for_everybody(cloud, halting, monkeypatch):
    made = Listings(cloud, lambda: halting, (HERE, THERE, AWAY))
    made.begin()
    made._began -= 3600

    def answered_meanwhile(pending, timeout):
        halting.answer(lambda each: each.set_result({}))
        return wait(pending, 0)

    monkeypatch.setattr(listings_module, "wait", answered_meanwhile)
    assert set(made.take()) == {HERE, THERE, AWAY}


def test_who_owes_an_answer_is_not_asked_twice(three, halting):
    three.take(doubted=DOUBTED, patience=0)
    assert halting.asked.count(AWAY) == 2


def test_a_person_has_everybody_asked_again(three, halting):
    halting.silent = set()
    three.begin(again=True)
    assert AWAY in three.take()


def test_a_late_answer_is_not_used_and_says_that_the_target_can_be_waited_for(three, halting):
    assert three.back == frozenset()
    halting.answer(lambda each: each.set_result({}))
    assert three.back == {AWAY.target}
    halting.silent = set()
    assert AWAY in three.take(doubted=DOUBTED, patience=0)
    assert (halting.asked.count(AWAY), three.back) == (4, frozenset())


def test_what_a_late_answer_failed_with_is_known_until_others_come(three, halting):
    halting.answer(lambda each: each.set_exception(Retry("no route to host")))
    assert three.back == frozenset()
    assert set(three.take(doubted=DOUBTED, patience=0)) == {HERE, THERE}
    assert three.fault(AWAY) == "no route to host"
    halting.answer(lambda each: each.set_result({}))
    halting.silent = set()
    three.take(patience=0)
    assert three.fault(AWAY) == ""


def test_the_doubted_are_waited_for_where_there_is_nobody_else(cloud):
    alone = Listings(cloud, partial(Aside, 2), (AWAY,))
    for _ in range(2):
        assert AWAY in alone.take(doubted=DOUBTED, patience=60)


def test_whoever_goes_on_answering_is_waited_for(cloud, monkeypatch):
    """A long listing is many calls, and each of them is heard."""
    heard = iter([0, 0, 0, math.inf])
    monkeypatch.setattr(cloud, "silence", lambda: next(heard))
    monkeypatch.setattr(listings_module, "wait", lambda pending, timeout: wait(pending, 0))
    halting = Halting()
    halting.silent = {AWAY}
    made = Listings(cloud, lambda: halting, (HERE, AWAY))
    made.begin()
    made._began -= 60
    assert set(made.take(patience=60)) == {HERE}
    assert next(heard, "all was heard") == "all was heard"


class Region:
    """A cloud in which every target but one hangs until the test is over; all are asked in their order."""

    def __init__(self):
        self.over = threading.Event()

    def silence(self):
        return math.inf

    def rows(self, access):
        return () if access == HERE else self.over.wait(60)

    bulk_tags = rows


def test_a_whole_region_that_hangs_leaves_threads_for_the_others(monkeypatch):
    monkeypatch.setattr(listings_module, "HANG", 0.01)
    dead = [Access(Target(f"{number:012}", "us-east-1")) for number in range(20)]
    cloud = Region()
    try:
        made = Listings(cloud, partial(Aside, 2), (*dead, HERE))
        assert set(made.take(patience=0.05)) == {HERE}
    finally:
        cloud.over.set()


def test_the_doubted_are_asked_last(cloud, halting):
    made = Listings(cloud, lambda: halting, (AWAY, HERE, THERE))
    made.begin(doubted=DOUBTED)
    assert halting.asked == [HERE, THERE, AWAY] * 2


def test_questions_that_were_dropped_and_hang_are_not_asked_again(three, halting):
    three.take(patience=0)
    halting.answer(lambda each: each.set_result({}))
    three.begin()
    (tags, _) = halting.owed
    tags.set_running_or_notify_cancel()
    three.drop()
    assert AWAY not in three.take(patience=0)

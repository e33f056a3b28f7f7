"""What targets are asked ahead, and that no pass takes the answers meant for another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.aws.sessions import Access
from reconciler.definitions.tags import OWNER
from reconciler.errors import Blocked
from reconciler.pipeline.arns import Target
from reconciler.sync import passes
from reconciler.sync.listings import Listings
from workshop import ACCOUNT, REGION

OWNED = {OWNER: "codepipeline-reconciler"}
HERE = Access(Target("111111111111", "eu-west-1"))


class Counting:
    def __init__(self):
        self.asked = []

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
    with ThreadPoolExecutor(1) as executor:
        yield Listings(cloud, executor, (HERE,))


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

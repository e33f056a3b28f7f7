"""A pass that is killed between any two requests: the next ones converge, and every write takes effect exactly once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal

import pytest

import nursery
from endpoint import Drop, Request

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.untraced

REQUESTS = (
    "GetResources",
    "ListPipelines",
    "ListTagsForResource shop-prod-found",
    "GetPipeline shop-prod-found",
    "GetPipelineState shop-prod-shut",
    "GetCallerIdentity",
    "ListTagsForResource shop-prod-shut",
    "GetPipelineState shop-prod-shut",
    "DisableStageTransition shop-prod-shut",
    "GetPipelineState shop-prod-shut",
    "ListTagsForResource shop-prod-changed",
    "ListPipelineExecutions shop-prod-changed",
    "GetPipeline shop-prod-changed",
    "UpdatePipeline shop-prod-changed",
    "TagResource shop-prod-changed",
    "GetPipeline shop-prod-changed",
    "ListTagsForResource shop-prod-found",
    "GetPipeline shop-prod-found",
    "TagResource shop-prod-found",
    "ListTagsForResource shop-prod-found",
    "CreatePipeline shop-prod-plain",
    "GetPipeline shop-prod-plain",
    "CreatePipeline shop-prod-secret",
    "GetPipeline shop-prod-secret",
    "ListTagsForResource shop-prod-tagged",
    "TagResource shop-prod-tagged",
    "ListTagsForResource shop-prod-tagged",
    "ListTagsForResource shop-prod-gone",
    "ListPipelineExecutions shop-prod-gone",
    "GetPipeline shop-prod-gone",
    "DeletePipeline shop-prod-gone",
)
"""What a pass over the prepared shop asks, in order: one worker asks one thing after the other."""

WRITES = sorted(each for each in REQUESTS if each.startswith(("Create", "Update", "Delete", "Tag", "Disable")))
VERSIONS = {
    "shop-prod-changed": 2,
    "shop-prod-found": 1,
    "shop-prod-plain": 1,
    "shop-prod-same": 1,
    "shop-prod-secret": 1,
    "shop-prod-shut": 1,
    "shop-prod-tagged": 1,
    "theirs": 1,
}
PATIENCE = 60.0
"""Seconds until a child that does not arrive at its request is given up."""

Moment = Literal["before", "after"]
"""Before a request takes effect, or after its effect and before its answer."""


def positions() -> list[object]:
    moments: tuple[Moment, ...] = ("before", "after")
    return [
        pytest.param(place, moment, id=f"{moment} {place:02} {request}")
        for place, request in enumerate(REQUESTS, 1)
        for moment in moments
    ]


def test_a_pass_over_the_prepared_shop_asks_this_and_nothing_else(crowd):
    crowd.apply()
    assert tuple(map(spell, crowd.endpoint.log)) == REQUESTS


@pytest.mark.parametrize(("place", "moment"), positions())
def test_a_killed_pass_is_finished_by_the_next_ones_and_nothing_is_done_twice(crowd, place, moment):
    effects: list[str] = []
    crowd.endpoint.after(lambda request: effects.append(spell(request)))
    kill(crowd, place, moment)
    converge(crowd)
    assert sorted(effect for effect in effects if effect in WRITES) == WRITES
    assert crowd.versions() == VERSIONS
    assert (crowd.project("shop-prod-changed"), crowd.secret("shop-prod-changed")) == ("package", crowd.token)
    assert (crowd.tags("theirs"), crowd.shut("shop-prod-shut")) == ({"team": "them"}, {"Build": "freeze"})
    assert crowd.open_intents() == ()


@pytest.mark.parametrize(
    ("written", "moment", "word"),
    [
        pytest.param("CreatePipeline shop-prod-plain", "after", "applied", id="created"),
        pytest.param("CreatePipeline shop-prod-plain", "before", "unknown", id="not created"),
        pytest.param("UpdatePipeline shop-prod-changed", "after", "applied", id="updated"),
        pytest.param("UpdatePipeline shop-prod-changed", "before", "unknown", id="not updated"),
        pytest.param("DeletePipeline shop-prod-gone", "after", "applied", id="deleted"),
        pytest.param("DeletePipeline shop-prod-gone", "before", "unknown", id="not deleted"),
        pytest.param("TagResource shop-prod-tagged", "after", "unknown", id="tagged"),
        pytest.param("DisableStageTransition shop-prod-shut", "after", "applied", id="shut"),
        pytest.param("DisableStageTransition shop-prod-shut", "before", "unknown", id="not shut"),
    ],
)
def test_the_history_says_what_became_of_a_write_whose_answer_never_came(crowd, written, moment, word):
    kill(crowd, REQUESTS.index(written) + 1, moment)
    (left,) = crowd.open_intents()
    assert left.name == written.split()[1]
    converge(crowd)
    assert crowd.open_intents() == ()
    assert [each.outcome for each in crowd.history() if each.id == left.id] == [word]


def test_a_write_stays_open_while_its_pipeline_cannot_be_read(crowd):
    kill(crowd, REQUESTS.index("UpdatePipeline shop-prod-changed") + 1, "after")
    crowd.endpoint.fail("GetPipeline", "InternalFailure", name="shop-prod-changed")
    crowd.apply()
    assert [each.name for each in crowd.open_intents()] == ["shop-prod-changed"]


def test_the_definition_that_a_killed_pass_wrote_is_the_one_in_force(crowd):
    kill(crowd, REQUESTS.index("UpdatePipeline shop-prod-changed") + 1, "after")
    converge(crowd)
    shown = crowd.cli("history", "shop-prod-changed", "--at", "2999-01-01").json
    assert shown["stages"][1]["actions"][0]["configuration"]["ProjectName"] == "package"


def test_the_history_shows_the_pass_that_was_killed(crowd):
    kill(crowd, REQUESTS.index("UpdatePipeline shop-prod-changed") + 1, "before")
    assert "died" in crowd.cli("history").out
    assert "unknown" in crowd.cli("history", "shop-prod-changed").out


def spell(request: Request) -> str:
    return f"{request.operation} {request.name}".strip()


def kill(crowd, place: int, moment: Moment) -> None:
    """Start `reconciler apply` and end it with SIGKILL at its request number `place`, counted from 1."""
    there, gone = threading.Event(), threading.Event()

    def hook(request: Request) -> None:
        if request.serial == place:
            there.set()
            assert gone.wait(PATIENCE)
            raise Drop

    order: Callable[[Callable[[Request], None]], object] = getattr(crowd.endpoint, moment)
    order(hook)
    child = nursery.start(("apply",), crowd.folder, crowd.workshop.environment)
    try:
        assert there.wait(PATIENCE), "the pass ended before it came to this request"
    finally:
        child.kill()
        child.join()
        gone.set()


def converge(crowd) -> None:
    """Apply until nothing is left to do, at most twice."""
    for _ in range(2):
        if not crowd.apply().plan.changes:
            break
    plan = crowd.plan().plan
    assert (plan.changes, plan.blocked, plan.in_sync) == ((), False, 7)

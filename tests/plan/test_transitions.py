"""Transitions: what git wants shut or open, against what was read; nothing is taken for open that nobody has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plan.shop import TARGET, declaration, with_stage
from reconciler.definitions.tags import OWNER
from reconciler.plan.changes import Cause, Kind
from reconciler.plan.live import Transition
from reconciler.settings import Sync

if TYPE_CHECKING:
    from plan.shop import Shop
    from reconciler.plan.changes import Change, Plan

NAME = "shop-dev-api"
WANTED = {"Deploy": {"inbound": "disabled", "reason": "freeze"}}
OPEN, SHUT = Transition(), Transition(enabled=False, reason="freeze")
STAGES = {"Build": OPEN, "Deploy": OPEN}


def planned(shop: Shop, live: dict[str, Transition] | None = None, **more: Any) -> Plan:
    known = {} if live is None else {(TARGET, NAME): live}
    return shop.plan(transitions=known, **more)


def told(change: Change) -> list[tuple[str, str, str]]:
    return [(each.place, each.before, each.after) for each in change.differences]


@pytest.fixture
def both(shop: Shop) -> Shop:
    """Give a shop with one live pipeline whose way into Deploy git wants shut."""
    shop.define(declaration(NAME), transitions=WANTED)
    shop.observe(declaration(NAME))
    return shop


def test_what_git_wants_shut_is_a_change_of_its_own(both: Shop) -> None:
    (change,) = planned(both, STAGES).changes
    assert (change.kind, change.transitions, change.tags) == (Kind.TRANSITION, {"Deploy": SHUT}, {})
    assert told(change) == [("Deploy inbound transition", "enabled", "disabled (freeze)")]


@pytest.mark.parametrize(
    ("wanted", "live", "words"),
    [
        pytest.param({"inbound": "enabled"}, SHUT, ("disabled (freeze)", "enabled"), id="opened"),
        pytest.param(
            WANTED["Deploy"], SHUT._replace(reason="lunch"), ("disabled (lunch)", "disabled (freeze)"), id="reason"
        ),
    ],
)
def test_both_states_are_told_in_words(shop: Shop, wanted: dict[str, str], live: Transition, words: object) -> None:
    shop.define(declaration(NAME), transitions={"Deploy": wanted})
    shop.observe(declaration(NAME))
    (change,) = planned(shop, {"Deploy": live}).changes
    assert (change.differences[0].before, change.differences[0].after) == words


@pytest.mark.parametrize(
    "live",
    [
        pytest.param({"Deploy": SHUT}, id="as wanted"),
        pytest.param({"Deploy": SHUT, "Build": SHUT}, id="another stage is shut"),
    ],
)
def test_what_is_as_wanted_or_not_named_is_left_alone(both: Shop, live: dict[str, Transition]) -> None:
    plan = planned(both, live)
    assert (plan.changes, plan.in_sync) == ((), 1)


def test_a_pipeline_with_a_transition_to_set_is_not_in_sync(both: Shop) -> None:
    assert planned(both, STAGES).in_sync == 0


def test_a_state_that_was_not_read_is_not_planned(both: Shop) -> None:
    assert planned(both, None, unknown={(TARGET, NAME): "Rate exceeded"}).changes == ()


def test_a_new_pipeline_is_shut_with_its_creation(shop: Shop) -> None:
    shop.define(declaration(NAME), transitions=WANTED | {"Build": {"inbound": "enabled"}})
    (change,) = planned(shop).changes
    assert (change.kind, change.transitions) == (Kind.CREATE, {"Deploy": SHUT})
    assert told(change) == [("Deploy inbound transition", "enabled", "disabled (freeze)")]


def test_a_stage_that_an_update_makes_is_shut_with_it_and_the_others_by_a_change_of_their_own(shop: Shop) -> None:
    wider = with_stage(declaration(NAME), "Test", actions=declaration()["stages"][1]["actions"])
    shop.define(wider, transitions=WANTED | {"Test": WANTED["Deploy"]})
    shop.observe(declaration(NAME))
    shut, update = planned(shop, STAGES).changes
    assert (shut.kind, shut.transitions) == (Kind.TRANSITION, {"Deploy": SHUT})
    assert (update.kind, update.transitions) == (Kind.UPDATE, {"Test": SHUT})


def test_a_transition_waits_until_somebody_owns_the_pipeline(shop: Shop) -> None:
    shop.sync = Sync(adopt=True)
    shop.define(declaration(NAME), transitions=WANTED)
    shop.observe(declaration(NAME), {})
    shut, adopt = planned(shop, STAGES).changes
    assert (adopt.kind, adopt.held) == (Kind.ADOPT, "")
    assert "has no owner yet" in shut.held


def test_a_transition_of_a_foreign_pipeline_is_held(shop: Shop) -> None:
    shop.define(declaration(NAME), transitions=WANTED)
    shop.observe(declaration(NAME), {OWNER: "somebody"})
    assert all("owned by 'somebody'" in each.held for each in planned(shop, STAGES).changes)


def test_what_was_in_force_and_is_opened_by_somebody_is_drift(shop: Shop) -> None:
    definition = shop.define(declaration(NAME), transitions=WANTED)
    shop.observe(declaration(NAME), applied=definition.digest)
    assert planned(shop, STAGES).changes[0].cause is Cause.DRIFT


def test_a_freeze_of_everything_is_not_held_by_a_limit(shop: Shop) -> None:
    shop.sync = Sync.model_validate({"limits": {"changes": "0", "at_least": 0}})
    shop.define(declaration(NAME), transitions=WANTED)
    shop.observe(declaration(NAME))
    assert len(planned(shop, STAGES).open) == 1


def test_the_digest_of_a_plan_holds_the_reason(both: Shop) -> None:
    one = planned(both, STAGES).digest
    both.define(declaration(NAME), transitions={"Deploy": {"inbound": "disabled", "reason": "lunch"}})
    assert planned(both, STAGES).digest != one

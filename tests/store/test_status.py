"""How pipelines stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.pipeline.arns import Target
from reconciler.store.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from reconciler.store.store import Store

    Clock = Callable[[int], datetime]

EUROPE, AMERICA = Target("111111111111", "eu-west-1"), Target("111111111111", "us-east-1")


@pytest.fixture
def status(clock: Clock) -> Callable[..., Status]:
    usual: dict[str, Any] = {"target": EUROPE, "name": "shop", "state": "held", "reason": "execution in progress"}
    usual |= {"version": 3, "since": clock(0), "last_pass": 1}
    return lambda **given: Status(**(usual | given))


def test_statuses_are_given_back_sorted(store: Store, status: Callable[..., Status]) -> None:
    rows = [status(target=AMERICA), status(), status(name="cart", version=None)]
    store.record_status(rows)
    assert store.statuses() == (rows[2], rows[1], rows[0])


@pytest.mark.parametrize(
    ("later", "minute"),
    [
        pytest.param({"version": 4, "last_pass": 2}, 0, id="the same state and reason keep their beginning"),
        pytest.param({"state": "failed"}, 5, id="another state begins anew"),
        pytest.param({"reason": "outside the window"}, 5, id="another reason begins anew"),
    ],
)
def test_since_is_when_the_state_began(
    store: Store, status: Callable[..., Status], clock: Clock, later: dict[str, Any], minute: int
) -> None:
    store.record_status([status()])
    store.record_status([status(since=clock(5), **later)])
    assert store.statuses() == (status(since=clock(minute), **later),)


def test_a_pipeline_that_left_its_target_leaves_the_statuses(store: Store, status: Callable[..., Status]) -> None:
    store.record_status([status(), status(name="gone"), status(target=AMERICA)])
    store.record_status([status()])
    assert [(row.target, row.name) for row in store.statuses()] == [(EUROPE, "shop"), (AMERICA, "shop")]


def test_the_last_pipeline_of_a_target_can_leave_too(store: Store, status: Callable[..., Status]) -> None:
    store.record_status([status(), status(target=AMERICA)])
    store.record_status([], targets=[EUROPE])
    assert [row.target for row in store.statuses()] == [AMERICA]

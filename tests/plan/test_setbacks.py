"""What failed before: until when it is left alone, and what makes it worth another try."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.shop import TARGET, Shop, declaration
from reconciler.plan import setbacks
from reconciler.plan.changes import Cause, Change, Kind
from reconciler.plan.holds import Holds
from reconciler.plan.setbacks import Setback
from reconciler.settings import Environment, Retry, Sync

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
RETRY = Retry(first=5, factor=2, limit=600)
FRESH = Setback(target=TARGET, name="web", kind="update", digest="d", count=1, since=NOON, next=None, message="no")


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def wait(count: int, *, chance: float = 0, after: float = 0, retry: Retry = RETRY) -> float:
    """Give the seconds that come after so many failures."""
    before = replace(FRESH, count=count - 1) if count > 1 else None
    found = setbacks.failed(before, FRESH, retry, chance=chance, after=after)
    assert found.next
    return (found.next - NOON).total_seconds()


def test_each_wait_is_longer_by_the_factor_up_to_the_limit():
    assert [wait(count) for count in (1, 2, 3, 7, 8, 9, 10_000)] == [5, 10, 20, 320, 600, 600, 600]


def test_chance_takes_up_to_half_of_a_wait_off():
    assert (wait(3, chance=0.5), wait(3, chance=1)) == (15, 10)


def test_what_the_other_side_asks_for_is_waited_for_up_to_the_limit():
    assert (wait(1, after=30), wait(1, after=3), wait(1, after=86400)) == (30, 5, 600)


@given(st.integers(1, 10**6), st.floats(0, 1), st.floats(1, 10), st.floats(0.1, 1e6))
def test_no_wait_is_longer_than_the_limit_or_shorter_than_half_of_the_first(count, chance, factor, limit):
    found = wait(count, chance=chance, retry=Retry(first=5, factor=factor, limit=limit))
    assert min(5, limit) / 2 - 1e-5 <= found <= limit + 1e-5


def test_failures_are_counted_from_the_first_on():
    found = setbacks.failed(replace(FRESH, count=4), replace(FRESH, since=at(60)), RETRY, chance=0)
    assert (found.count, found.since) == (5, NOON)


@pytest.mark.parametrize(
    ("following", "rests"),
    [
        pytest.param(at(1), True, id="its time has not come"),
        pytest.param(NOON, False, id="its time has come"),
        pytest.param(at(-3600), False, id="the clock was put forward"),
        pytest.param(at(3600), False, id="the clock was put back"),
        pytest.param(None, True, id="parked"),
    ],
)
def test_it_rests_until_its_time(following, rests):
    assert replace(FRESH, next=following).rests(NOON, RETRY) is rests


def test_the_pause_is_until_the_first_of_those_that_rested():
    known = [replace(FRESH, next=each) for each in (at(-1), at(20), at(30), None)]
    assert setbacks.pause(known, NOON, at(5), RETRY) == 15
    assert setbacks.pause(known[:1], NOON, at(5), RETRY) is None


def test_a_time_that_came_while_the_pass_ran_is_due_at_once():
    assert setbacks.pause([replace(FRESH, next=at(1))], NOON, at(60), RETRY) == 0


def test_sentences_say_how_often_and_what_comes_next():
    assert replace(FRESH, next=at(9)).sentence == "failed once, tried again at 2026-05-04 12:00:09Z: no"
    assert setbacks.parked(FRESH, FRESH).sentence.startswith("parked, failed 2 times: no; tried again when its")


def test_a_long_failure_is_cut():
    assert len(setbacks.parked(None, replace(FRESH, message="x" * 10_000)).message) == setbacks.LONGEST


def digest(*, project: str = "one", owner: str = "us", role: str | None = None, **members: Any) -> str:
    shop = Shop()
    definition = shop.define(declaration("shop-dev-web"), tags={"project": project})
    change = Change(TARGET, definition.name, Kind.UPDATE, Cause.GIT, environment="dev", version=3)
    places = {"dev": Environment(account=TARGET.account, regions=(TARGET.region,), assume_role=role)}
    return setbacks.inputs(replace(change, **members), definition, Sync(owner=owner), Holds(NOON, places))


ROLE = f"arn:aws:iam::{TARGET.account}:role/reconciler"


@pytest.mark.parametrize(
    "other",
    [{"project": "two"}, {"owner": "them"}, {"role": ROLE}, {"version": 4}, {"kind": Kind.TAG}],
    ids=lambda other: next(iter(other)),
)
def test_every_input_counts(other):
    assert digest(**other) != digest()


def test_what_only_explains_a_change_is_no_input():
    assert digest(note="a note", wave=3) == digest()

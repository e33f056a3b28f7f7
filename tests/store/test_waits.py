"""What waits is remembered in full, and forgotten when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from reconciler.pipeline.arns import Target
from reconciler.store.waits import Wait

HERE, THERE = Target("111111111111", "eu-west-1"), Target("111111111111", "us-east-1")
WAIT = Wait(target=HERE, name="shop", digest="d1", since=datetime(2026, 5, 4, 9, tzinfo=UTC), stage="Build", version=3,
            again=("e1", "e2"), restart="same")  # fmt: skip


def test_a_wait_comes_back_as_it_was(store):
    store.wait(WAIT)
    assert store.waits() == {(HERE, "shop"): WAIT}


def test_a_later_word_about_a_pipeline_replaces_an_earlier_one(store):
    store.wait(WAIT)
    store.wait(replace(WAIT, stage="", again=()))
    assert store.waits()[HERE, "shop"].owes is False


def test_what_is_over_is_forgotten_and_nothing_else(store):
    for place in (HERE, THERE):
        store.wait(replace(WAIT, target=place))
    store.waited(HERE, "shop")
    assert list(store.waits()) == [(THERE, "shop")]


def test_a_way_that_is_shut_and_an_execution_to_start_are_owed():
    assert replace(WAIT, again=()).owes
    assert replace(WAIT, stage="").owes


def test_what_was_missed_is_counted_until_it_is_not_missed_any_more(store):
    store.miss({(HERE, "a"): 1, (THERE, "b"): 2})
    assert store.missing() == {(HERE, "a"): 1, (THERE, "b"): 2}
    store.miss({(THERE, "b"): 3})
    assert store.missing() == {(THERE, "b"): 3}
    store.miss({})
    assert store.missing() == {}

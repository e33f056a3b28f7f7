"""What failed is remembered in full, and forgotten when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reconciler.pipeline.arns import Target
from reconciler.plan.setbacks import Setback

HERE = Target("111111111111", "eu-west-1")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
FAILED = Setback(target=HERE, name="web", kind="update", digest="d", count=2, since=NOON, next=None, message="no")
TARGET = Setback(target=HERE, count=1, since=NOON, next=NOON + timedelta(seconds=5), message="away")


def test_failures_come_back_as_they_were(store):
    store.set_back([FAILED, TARGET], [])
    assert store.setbacks() == {FAILED.key: FAILED, TARGET.key: TARGET}


def test_a_later_failure_replaces_an_earlier_one_and_what_is_over_is_forgotten(store):
    store.set_back([FAILED, TARGET], [])
    store.set_back([replace(FAILED, count=3)], [TARGET.key])
    assert store.setbacks() == {FAILED.key: replace(FAILED, count=3)}


def test_nothing_is_written_where_there_is_nothing_to_say(store, monkeypatch):
    monkeypatch.setattr(store._database, "writing", None)
    store.set_back([], [])


def test_a_retry_gives_a_parked_failure_a_time_and_leaves_its_count(store):
    store.set_back([FAILED, TARGET], [])
    store.retry([FAILED.key], NOON)
    assert store.setbacks() == {FAILED.key: replace(FAILED, next=NOON), TARGET.key: TARGET}

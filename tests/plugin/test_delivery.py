"""Events arrive twice and in any order; a rule lets some of them through."""

from __future__ import annotations

import json
from itertools import islice

import pytest

from pytest_pipeline.delivery import deliveries, matching
from reconciler.errors import Broken
from simulation.worlds import NAME, shop


@pytest.fixture(scope="module")
def events():
    made = shop()
    execution = made.start(NAME)
    made.settle()
    return tuple(made.run_of(execution).events)


def test_a_pattern_lets_through_what_it_names(events):
    pattern = {"source": ["aws.codepipeline"], "detail": {"stage": [{"prefix": "B"}], "state": ["SUCCEEDED"]}}
    assert {event["detail"]["state"] for event in matching(events, pattern)} == {"SUCCEEDED"}
    assert matching(events, json.dumps(pattern)) == matching(events, {"EventPattern": pattern})


@pytest.mark.parametrize("pattern", ["{", "[]", {}, {"a": "b"}])
def test_a_pattern_that_cannot_be_read_is_broken(events, pattern):
    with pytest.raises(Broken):
        matching(events, pattern)


def test_the_first_delivery_is_undisturbed_and_the_next_have_one_event_twice(events):
    first, *twice = islice(deliveries(events), len(events) + 1)
    assert first == events
    assert {len(each) for each in twice} == {len(events) + 1}


def test_no_delivery_loses_an_event(events):
    assert all({event["id"] for event in each} == {event["id"] for event in events} for each in deliveries(events))


def test_deliveries_repeat_with_the_seed_and_differ_without(events):
    assert list(deliveries(events, seed=1)) == list(deliveries(events, seed=1))
    assert list(deliveries(events, seed=1)) != list(deliveries(events, seed=2))


def test_one_event_can_only_be_doubled():
    assert list(deliveries([{"id": "a"}])) == [({"id": "a"},), ({"id": "a"}, {"id": "a"})]


def test_a_consumer_that_counts_is_caught(events):
    counts = {sum(event["detail"].get("state") == "SUCCEEDED" for event in each) for each in deliveries(events)}
    assert len(counts) > 1

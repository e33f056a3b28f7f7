"""What is known of live pipelines."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.pipeline.arns import Target
from reconciler.plan.live import Observation, Stamp
from reconciler.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

EUROPE, AMERICA = Target("111111111111", "eu-west-1"), Target("111111111111", "us-east-1")
SHOP = Observation(EUROPE, "shop", Stamp("2026-01-01T00:00:00Z", 1, "2026-01-02T00:00:00Z"), "d1", {"team": "a"})

words = st.text(max_size=20)
seen = st.builds(
    Observation,
    target=st.sampled_from([EUROPE, AMERICA]),
    name=st.sampled_from(["shop", "Shop", "caf\u00e9", "a'b", "x" * 100]) | words,
    stamp=st.builds(Stamp, words, st.integers(1, 2**31 - 1), words),
    digest=words,
    tags=st.dictionaries(words, words, max_size=3),
    agreed=words,
    applied=words,
    bounced=words,
    managed_tags=st.lists(words, max_size=3).map(tuple),
)


@pytest.fixture(scope="module")
def memory() -> Iterator[Store]:
    opened = Store("sqlite://")
    yield opened
    opened.close()


@settings(derandomize=True, deadline=None)
@given(rows=st.lists(st.tuples(seen, words | st.text("ab", min_size=200))))
def test_what_is_observed_is_what_is_given_back(memory: Store, rows: list[tuple[Observation, str]]) -> None:
    for target in (EUROPE, AMERICA):
        memory.forget(target, memory.observations(target))
    memory.observed(rows)
    for target in (EUROPE, AMERICA):
        wanted = {row.name: (row, text) for row, text in rows if row.target == target}
        assert memory.observations(target) == {name: row for name, (row, _) in wanted.items()}
        assert memory.documents(target, wanted) == {name: text for name, (_, text) in wanted.items()}


def test_an_observation_without_a_document_keeps_the_stored_one(store: Store) -> None:
    store.observed([(SHOP, '{"name":"shop"}')])
    store.observed([(replace(SHOP, agreed="d2"), None)])
    assert store.observations(EUROPE)["shop"].agreed == "d2"
    assert store.documents(EUROPE, ["shop", "absent"]) == {"shop": '{"name":"shop"}'}


def test_forgetting_drops_the_document_too_and_leaves_other_targets_alone(store: Store) -> None:
    store.observed([(SHOP, "{}"), (replace(SHOP, target=AMERICA), "{}")])
    store.forget(EUROPE, ["shop", "absent"])
    assert (store.observations(EUROPE), store.documents(EUROPE, ["shop"])) == ({}, {})
    assert (list(store.observations(AMERICA)), store.documents(AMERICA, ["shop"])) == (["shop"], {"shop": "{}"})


def test_more_names_than_one_statement_takes_are_read_and_forgotten(store: Store) -> None:
    names = [f"shop-{number}" for number in range(1201)]
    store.observed([(replace(SHOP, name=name), name) for name in names])
    assert store.documents(EUROPE, names) == {name: name for name in names}
    store.forget(EUROPE, names[1:])
    assert list(store.observations(EUROPE)) == names[:1]


def test_a_long_document_takes_less_room_than_its_text(store: Store) -> None:
    document = json.dumps([{"provider": "CodeBuild"}] * 10_000)
    store.observed([(SHOP, document)])
    with store._database.reading() as connection:
        stored = connection.exec_driver_sql("SELECT length(body) FROM documents").scalar_one()
    assert stored < len(document) / 10

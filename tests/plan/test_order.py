"""What is applied before what, and what waits for what did not go well."""

from __future__ import annotations

from typing import Any

import pytest

from plan.shop import ELSEWHERE, TARGET, Shop, declaration, with_stage
from reconciler.plan import order
from reconciler.plan.changes import Cause, Change, Kind
from reconciler.plan.order import Unwell
from reconciler.settings import Limits, Sync


def change(name: str, kind: Kind = Kind.UPDATE, cause: Cause = Cause.GIT, **members: Any) -> Change:
    return Change(members.pop("target", TARGET), name, kind, cause, **members)


def names(*changes: Change) -> list[list[str]]:
    return [[each.name for each in batch] for batch in order.batches(changes)]


def held(*changes: Change) -> dict[str, str]:
    return {each.name: each.held for each in order.hold(changes) if each.held}


def calling(name: str, *others: str) -> dict[str, Any]:
    """Give a declaration that starts other pipelines."""
    kind = {"category": "Invoke", "owner": "AWS", "provider": "CodePipeline", "version": "1"}
    calls = [{"name": other, "actionTypeId": kind, "configuration": {"PipelineName": other}} for other in others]
    return with_stage(declaration(name), "Call", actions=calls)


def test_a_reference_is_the_pipeline_that_an_action_starts():
    assert order.references(calling("a", "c", "b", "a")) == ("b", "c")


@pytest.mark.parametrize("document", [{}, declaration()])
def test_without_such_an_action_nothing_is_referred_to(document):
    assert order.references(document) == ()


def test_what_needs_nothing_of_each_other_comes_side_by_side():
    assert names(change("b"), change("a", Kind.CREATE)) == [["a", "b"]]


def test_transitions_come_first_and_deletions_last():
    assert names(change("a", Kind.DELETE), change("b"), change("c", Kind.TRANSITION)) == [["c"], ["b"], ["a"]]


def test_a_pipeline_comes_after_those_that_it_refers_to():
    chain = change("a", Kind.CREATE, needs=("b",)), change("b", needs=("c",)), change("c", Kind.CREATE)
    assert names(*chain) == [["c"], ["b"], ["a"]]


def test_a_pipeline_goes_after_those_that_referred_to_it():
    gone = change("a", Kind.DELETE, leaves=("b",)), change("b", Kind.DELETE)
    assert names(*gone) == [["a"], ["b"]]


def test_a_name_in_another_region_is_another_pipeline():
    assert names(change("a", needs=("b",)), change("b", target=ELSEWHERE)) == [["a", "b"]]


def test_a_lower_wave_comes_first():
    assert names(change("a", wave=2), change("b"), change("c", wave=1)) == [["b"], ["c"], ["a"]]


@pytest.mark.parametrize(("kind", "cause"), [(Kind.UPDATE, Cause.DRIFT), (Kind.TRANSITION, Cause.GIT)])
def test_neither_healing_nor_a_freeze_has_a_wave(kind, cause):
    assert held(change("a", held="no"), change("b", kind, cause, wave=1)) == {"a": "no"}


def test_what_is_held_holds_the_later_waves_of_its_project():
    found = held(change("a", project="shop", held="no"), change("b", project="shop", wave=1),
                 change("c", project="shop", wave=2), change("d", project="bank", wave=1))  # fmt: skip
    assert found.keys() == {"a", "b", "c"}
    assert found["c"] == f"wave 2 waits for wave 0: update a in {TARGET} has to go well first"


def test_what_is_held_holds_those_that_refer_to_it_and_no_other():
    found = held(change("a", held="no"), change("b", needs=("a",)), change("c", needs=("b",)), change("d"))
    assert found.keys() == {"a", "b", "c"}
    assert found["c"] == f"refers to b: update b in {TARGET} has to go well first"


def test_a_pipeline_stays_while_one_that_used_it_could_not_be_changed():
    unwell = Unwell()
    unwell.add([change("user", leaves=("used",))])
    assert "is still in use: update user" in unwell.obstacle(change("used", Kind.DELETE))
    assert unwell.obstacle(change("other", Kind.DELETE)) == ""


def test_a_reference_into_a_later_wave_is_overlooked():
    pair = change("a", needs=("b",)), change("b", wave=1, held="no")
    assert (names(*pair), held(*pair)) == ([["a"], ["b"]], {"b": "no"})


def test_a_circle_is_told_and_cut_open():
    circle = change("a", needs=("b",)), change("b", needs=("c",)), change("c", needs=("a",)), change("d", needs=("a",))
    assert sorted(name for batch in names(*circle) for name in batch) == ["a", "b", "c", "d"]
    notes = {each.name: each.note for each in order.noted(circle) if each.note}
    assert notes.keys() == {"a", "b", "c"}
    assert notes["a"].startswith("refers to itself in a circle, which has no order: ")
    assert "b → c" in notes["a"] + notes["a"].replace("c → a → b", "b → c")


def test_a_thousand_in_a_row_have_an_order():
    row = [change(f"p{number:04}", needs=(f"p{number + 1:04}",)) for number in range(1000)]
    assert names(*row)[0] == ["p0999"]


def test_a_plan_knows_what_its_definitions_refer_to():
    shop = Shop(Sync(prune=True, limits=Limits(deletions="100%")))
    shop.define(calling("a", "b"))
    shop.define(declaration("b"))
    shop.observe(calling("c", "d"))
    shop.observe(declaration("d"))
    plan = shop.plan(rollout=lambda each: ("shop", 3))
    assert [[each.name for each in batch] for batch in order.batches(plan.open)] == [["b"], ["a"], ["c"], ["d"]]
    assert {each.wave for each in plan.changes if each.kind is Kind.CREATE} == {3}


def test_an_update_that_stops_to_use_a_pipeline_leaves_it():
    shop = Shop()
    shop.define(declaration("a"))
    shop.observe(calling("a", "b"))
    assert (shop.only().leaves, shop.only().needs) == (("b",), ())

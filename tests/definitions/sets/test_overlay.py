from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.definitions.sets import tree
from reconciler.definitions.sets.overlay import Overlay
from strategies import declarations, json_values, law


def merge(base: Any, patch: Any) -> tuple[Any, list[tuple[Any, str, str]]]:
    overlay = Overlay()
    merged = tree.plain(overlay.merge(tree.grow(base), tree.grow(patch, ("overrides",))))
    return merged, [(fault.path, fault.message, fault.hint) for fault in overlay.faults]


def staged(*names: str) -> dict[str, Any]:
    return {"stages": [{"name": name} for name in names]}


def order(patch: list[dict[str, Any]]) -> list[str]:
    merged, faults = merge(staged("A", "B", "C"), {"stages": patch})
    assert faults == []
    return [stage["name"] for stage in merged["stages"]]


# Laws


@law
@given(json_values.filter(lambda value: isinstance(value, dict)))
def test_an_empty_override_changes_nothing(base):
    assert merge(base, {}) == (base, [])


@law
@given(declarations)
def test_laying_a_declaration_over_itself_changes_nothing(document):
    assert merge(document, document) == (document, [])


@law
@given(declarations, st.data())
def test_what_is_deleted_is_gone_and_the_order_of_the_rest_is_kept(document, data):
    names = [stage["name"] for stage in document["stages"]]
    chosen = data.draw(st.sampled_from(names))
    merged, faults = merge(document, {"stages": [{"name": chosen, "$delete": True}]})
    assert faults == []
    assert [stage["name"] for stage in merged["stages"]] == [name for name in names if name != chosen]


@law
@given(declarations, st.data())
def test_a_patch_of_some_stages_keeps_their_order_and_leaves_the_others_alone(document, data):
    stages = document["stages"]
    chosen = data.draw(st.permutations(stages))[:2]
    patch = {"stages": [{"name": stage["name"], "onFailure": {"result": "ROLLBACK"}} for stage in chosen]}
    assert merge(document, patch)[0]["stages"] == [
        stage | {"onFailure": {"result": "ROLLBACK"}} if stage in chosen else stage for stage in stages
    ]


@law
@given(declarations, declarations)
def test_merging_changes_neither_side(base, patch):
    before = copy.deepcopy((base, patch))
    merge(base, patch)
    assert (base, patch) == before


# Places


@pytest.mark.parametrize(
    ("patch", "names"),
    [
        pytest.param([{"name": "X"}], "ABCX", id="new"),
        pytest.param([{"name": "X", "$before": "A"}], "XABC", id="new before"),
        pytest.param([{"name": "X", "$after": "A"}], "AXBC", id="new after"),
        pytest.param([{"name": "C", "$before": "A"}], "CAB", id="moved to the front"),
        pytest.param([{"name": "A", "$after": "C"}], "BCA", id="moved to the back"),
        pytest.param([{"name": "A", "$after": "B"}], "BAC", id="moved by one"),
        pytest.param([{"name": "X", "$after": "A"}, {"name": "Y", "$after": "X"}], "AXYBC", id="after a new one"),
        pytest.param([{"name": "B", "$delete": True}, {"name": "X", "$after": "A"}], "AXC", id="in place of another"),
        pytest.param([{"name": "B", "$delete": False}], "ABC", id="not deleted"),
    ],
)
def test_a_stage_is_put_where_it_is_said(patch, names):
    assert "".join(order(patch)) == names


@pytest.mark.parametrize("key", ["stages", "actions", "variables"])
def test_stages_actions_and_variables_are_known_by_name(key):
    base = {key: [{"name": "A", "x": 1, "y": 1}]}
    assert merge(base, {key: [{"name": "A", "x": 2}]}) == ({key: [{"name": "A", "x": 2, "y": 1}]}, [])


# Values


@pytest.mark.parametrize(
    ("base", "patch", "merged"),
    [
        pytest.param({"a": {"b": 1, "c": 1}}, {"a": {"b": 2}}, {"a": {"b": 2, "c": 1}}, id="deeply"),
        pytest.param({"a": {"b": 1, "c": 1}}, {"a": {"$replace": True, "b": 2}}, {"a": {"b": 2}}, id="replaced"),
        pytest.param({"a": 1, "b": 1}, {"a": None}, {"b": 1}, id="null takes out"),
        pytest.param({"a": {"c": 1}, "b": 1}, {"a": {"$delete": True}}, {"b": 1}, id="delete takes out"),
        pytest.param({"a": [1, 2]}, {"a": [3]}, {"a": [3]}, id="other lists are replaced"),
        pytest.param({"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}}, id="a mapping over a value"),
        pytest.param({"a": {"b": 1}}, {"a": 1}, {"a": 1}, id="a value over a mapping"),
        pytest.param({}, {"stages": [{"name": "A"}]}, staged("A"), id="a list by name where none was"),
        pytest.param({"stages": 5}, {"stages": [{"name": "A"}]}, staged("A"), id="a list by name over a value"),
        pytest.param(
            {"stages": [{"name": "A", "x": 1, "actions": []}]},
            {"stages": [{"name": "A", "$replace": True, "actions": [{"name": "B"}]}]},
            {"stages": [{"name": "A", "actions": [{"name": "B"}]}]},
            id="a stage replaced",
        ),
        pytest.param(
            {}, {"actions": [{"name": "B"}, {"name": "A", "$before": "B"}]},
            {"actions": [{"name": "A"}, {"name": "B"}]},
            id="directives in what is new",
        ),
    ],
)  # fmt: skip
def test_a_patch_is_laid_over(base, patch, merged):
    assert merge(base, patch) == (merged, [])


def test_no_directive_is_left_in_what_comes_out():
    patch = {"stages": [{"name": "X", "$after": "A", "actions": [{"name": "Y", "$replace": True}]}]}
    assert "$" not in str(merge(staged("A"), patch)[0])


def test_every_part_knows_where_it_comes_from():
    overlay = Overlay()
    base, patch = tree.grow(staged("A", "B"), ("p",)), tree.grow({"stages": [{"name": "A", "x": 1}]}, ("o",))
    origins = tree.origins(overlay.merge(base, patch))
    assert origins["stages", 0] == ("p", "stages", 0)
    assert origins["stages", 0, "x"] == ("o", "stages", 0, "x")
    assert origins["stages", 1, "name"] == ("p", "stages", 1, "name")


# Faults


@pytest.mark.parametrize(
    ("patch", "path", "message", "hint"),
    [
        pytest.param({"name": "X", "$before": "a"}, "$before", "there is no 'a' here", "there are: A, B", id="before"),
        pytest.param({"name": "X", "$after": "Z"}, "$after", "there is no 'Z' here", "there are: A, B", id="after"),
        pytest.param({"name": "A", "$after": "A"}, "$after", "there is no 'A' here", "there are: B", id="itself"),
        pytest.param({"name": "Z", "$delete": True}, "", "there is no 'Z' here", "there are: A, B", id="deleted"),
        pytest.param({"name": "A", "x": None}, "x", "there is no 'x' here", "there are: name", id="taken out"),
        pytest.param({"x": 1}, "", "it does not say what it is laid over", "add `name:`", id="no name"),
        pytest.param({"name": "A", "$delete": 1}, "$delete", "$delete is true, or left out", "", id="no boolean"),
        pytest.param(
            {"name": "X", "$befor": "A"}, "$befor", "'$befor' is not known here", "did you mean '$before'?", id="word"
        ),
        pytest.param(
            {"name": "A", "x": {"$before": "A"}}, "x.$before", "'$before' is not known here",
            "known: $delete, $replace", id="no item",
        ),
        pytest.param(
            {"name": "X", "$before": "A", "$after": "B"}, "$after", "$before and $after stand here", "keep one of them",
            id="both",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_at_its_place(patch, path, message, hint):
    ((where, told, advice),) = merge(staged("A", "B"), {"stages": [patch]})[1]
    assert where == ("overrides", "stages", 0, *(path.split(".") if path else ()))
    assert (told, advice) == (message, hint)


def test_a_near_name_is_offered():
    ((_, _, hint),) = merge(staged("Deploy"), {"stages": [{"name": "X", "$before": "Deploi"}]})[1]
    assert hint == "did you mean 'Deploy'?"


def test_one_name_is_laid_over_once():
    _, ((path, message, _),) = merge(staged("A"), {"stages": [{"name": "A"}, {"name": "A"}]})
    assert (path, message) == (("overrides", "stages", 1), "'A' is laid over twice")


def test_an_item_that_is_no_mapping_is_left_to_the_shape():
    assert merge({"stages": ["A", {"name": "B"}]}, {"stages": [{"name": "B", "x": 1}]}) == (
        {"stages": ["A", {"name": "B", "x": 1}]},
        [],
    )

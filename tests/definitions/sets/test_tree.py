from __future__ import annotations

import pytest
from hypothesis import given

from reconciler.definitions.sets import tree
from strategies import json_values, law

ORIGINS = {(): ("a",), ("b",): ("a", "b"), ("b", 0): ("a", "b", 0)}


@law
@given(json_values)
def test_a_tree_holds_the_value_that_it_was_grown_from(value):
    assert tree.plain(tree.grow(value)) == value


@law
@given(json_values)
def test_what_was_only_grown_stands_where_it_is(value):
    assert all(path == origin for path, origin in tree.origins(tree.grow(value)).items())


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        pytest.param(("b", 0), ("a", "b", 0), id="there"),
        pytest.param(("b", 3, "c"), ("a", "b", 3, "c"), id="below what is there"),
        pytest.param((), ("a",), id="all of it"),
    ],
)
def test_what_is_missing_is_written_below_its_nearest_ancestor(path, origin):
    assert tree.written(ORIGINS, path) == origin

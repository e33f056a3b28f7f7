"""JSON paths of webhook filters (reference E.16)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.simulation import jsonpaths
from strategies import json_values, law

PAYLOAD = {"ref": "refs/heads/main", "a-b": {"*": 1}, "commits": [{"id": "1"}, {"id": "2"}], "deleted": False}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        pytest.param("$.ref", ["refs/heads/main"], id="name"),
        pytest.param("$['ref']", ["refs/heads/main"], id="quoted"),
        pytest.param('$["ref"]', ["refs/heads/main"], id="double-quoted"),
        pytest.param("$.a-b['*']", [1], id="a-quoted-star-is-a-name"),
        pytest.param("$.commits[0].id", ["1"], id="index"),
        pytest.param("$.commits[-1].id", ["2"], id="from-the-end"),
        pytest.param("$.commits[2].id", [], id="beyond-the-end"),
        pytest.param("$.commits[*].id", ["1", "2"], id="all"),
        pytest.param("$.a-b.*", [1], id="all-members"),
        pytest.param("$.ref.*", [], id="members-of-a-text"),
        pytest.param("$.other", [], id="absent"),
        pytest.param("$", [PAYLOAD], id="root"),
    ],
)
def test_e16_a_path_points_at_values(path, values):
    assert jsonpaths.select(path, PAYLOAD) == values


@pytest.mark.parametrize("path", ["", "ref", "$ref", "$..ref", "$.a[?(@.b)]", "$.a[0:1]", "$.", "$.a[", "$['a"])
def test_e16_a_path_that_is_not_read_is_refused(path):
    with pytest.raises(jsonpaths.Unreadable, match="JSON path"):
        jsonpaths.select(path, PAYLOAD)


@law
@given(st.text("$.[]'\"*a0-", max_size=8), json_values)
def test_any_path_gives_values_or_is_refused(path, payload):
    try:
        assert isinstance(jsonpaths.select(path, payload), list)
    except jsonpaths.Unreadable:
        assert path != "$"

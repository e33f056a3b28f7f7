"""Values and counts in words, safe for a terminal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.report import wording
from strategies import law


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        pytest.param("main", "main", id="text as it is"),
        pytest.param("", '""', id="an empty text is visible"),
        pytest.param(None, "(absent)", id="absent"),
        pytest.param(True, "true", id="boolean as JSON"),
        pytest.param(0, "0", id="number"),
        pytest.param({}, "{}", id="empty mapping"),
        pytest.param({"b": [1, None], "a": "ö"}, '{"a": "ö", "b": [1, null]}', id="sorted JSON"),
        pytest.param("x" * 72, "x" * 72, id="as long as a line"),
        pytest.param("x" * 73, "x" * 71 + "…", id="longer than a line"),
        pytest.param("a\nb\tc\x00", "a\\nb\\tc\\x00", id="control characters"),
        pytest.param("\x1b[31mred", "\\x1b[31mred", id="terminal sequence"),
        pytest.param("a\u202eb\u2066c", "a\\u202eb\\u2066c", id="direction marks"),
        pytest.param("a\u200bb\u00a0c", "a\\u200bb\\xa0c", id="invisible characters"),
        pytest.param("\ud800", "\\ud800", id="half a character"),
    ],
)
def test_a_value_is_shown_in_one_short_line(item: Any, shown: str) -> None:
    assert wording.value(item) == shown


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        pytest.param("a", "b", "a → b", id="short"),
        pytest.param(None, "b", "(absent) → b", id="added"),
        pytest.param("", None, '"" → (absent)', id="an empty text removed"),
        pytest.param("****", "(secret changed)", "**** → (secret changed)", id="secret"),
        pytest.param("x" * 100, "y" * 100, "x" * 71 + "… → " + "y" * 71 + "…", id="long and different from the start"),
        pytest.param(
            "x" * 100 + "1", "x" * 100 + "2", "…" + "x" * 36 + "1 → …" + "x" * 36 + "2", id="long and alike at first"
        ),
        pytest.param("x" * 70 + "1", "x" * 70 + "2", "x" * 70 + "1 → " + "x" * 70 + "2", id="alike, and both fit"),
        pytest.param("x" * 70 + "1aa", "x" * 70 + "2bb", "x" * 70 + "1… → " + "x" * 70 + "2…", id="the cut shows it"),
        pytest.param(
            "x" * 71 + "1aa", "x" * 71 + "2bb", "…" + "x" * 36 + "1aa → …" + "x" * 36 + "2bb", id="the cut hides it"
        ),
        pytest.param("x" * 90, "x" * 91, "…" + "x" * 36 + " → …" + "x" * 37, id="one goes on"),
    ],
)
def test_a_change_shows_both_sides_where_they_part(before: Any, after: Any, shown: str) -> None:
    assert wording.change(before, after) == shown


@law
@given(st.text(min_size=60), st.text(min_size=1), st.text(min_size=1))
def test_two_sides_that_differ_never_look_the_same(shared: str, one: str, other: str) -> None:
    shown = wording.change(shared + "<" + one, shared + ">" + other).split(" → ")
    assert shown[0] != shown[-1]


@law
@given(st.text() | st.dictionaries(st.text(), st.text()))
def test_whatever_is_shown_is_printable_and_short(item: Any) -> None:
    assert wording.value(item).isprintable()
    assert len(wording.value(item)) <= wording.WIDTH


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 changes"), (1, "1 change"), (2, "2 changes"), (1000, "1,000 changes")],
)
def test_a_count_agrees_with_its_noun(number: int, text: str) -> None:
    assert wording.count(number, "change") == text


def test_json_escapes_what_could_disturb_a_terminal_and_means_the_same():
    value = {"name": "a\x7f\u202e→\x1b\U000e0001", "list": [1, None]}
    written = wording.document(value)
    assert written.replace("\n", "").isprintable()
    assert "→" in written
    assert json.loads(written) == value


def test_what_is_too_long_is_cut_and_says_how_long_it_was():
    assert wording.said("a\x1b" + "b" * 3_000, 3) == "a\\x1bb… (3,002 characters)"

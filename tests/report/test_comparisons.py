"""A comparison in words, in Markdown and as JSON."""

from __future__ import annotations

import pytest

from reconciler.plan.changes import Difference
from reconciler.plan.comparison import Comparison
from reconciler.report import comparisons

APPROVAL = {"actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}}
DIFFERENCES = (
    Difference("Build/Compile configuration.ProjectName", "a|b", "c\x1b"),
    Difference("stage Approve (after Test)", None, {"actions": {"Ask": APPROVAL}}),
)
FOUND = Comparison("one", "other", DIFFERENCES, {"{environment}": ("staging", "prod")})


def test_a_line_tells_the_place_and_both_sides():
    assert comparisons.text(FOUND).splitlines() == [
        "Build/Compile configuration.ProjectName: a|b | c\\x1b",
        "stage Approve (after Test): (absent) | Ask (Approval: Manual)",
        "one | other: 2 differences. Folded: {environment} is staging | prod.",
    ]


def test_the_same_is_said_in_one_line():
    assert comparisons.text(Comparison("one", "other", ())) == "one | other: no difference."


def test_nothing_in_markdown_comes_to_life():
    lines = comparisons.markdown(FOUND).splitlines()
    assert lines[0] == "**one \\| other: 2 differences. Folded: {environment} is staging \\| prod.**"
    assert lines[-2] == "| `Build/Compile configuration.ProjectName` | `a\\|b` | `c\\x1b` |"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(APPROVAL, "Approval: Manual", id="action"),
        pytest.param("", '""', id="empty"),
        pytest.param(5, "5", id="number"),
        pytest.param({"b": 1, "a": [2]}, '{"a": [2], "b": 1}', id="mapping"),
    ],
)
def test_a_value_is_shown_in_words(value, shown):
    found = Comparison("one", "other", (Difference("x", value, None),))
    assert comparisons.rows(found) == [("x", shown, "(absent)")]


def test_json_holds_all_of_it():
    document = comparisons.document(FOUND)
    assert (document["same"], document["folded"]) == (False, {"{environment}": ["staging", "prod"]})
    assert document["differences"][0] == {"place": DIFFERENCES[0].place, "left": "a|b", "right": "c\x1b"}

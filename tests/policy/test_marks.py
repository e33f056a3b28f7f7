"""Comments that say what rules are to find."""

from __future__ import annotations

import pytest

from reconciler.errors import Problem
from reconciler.policy import marks

KNOWN = {"one": 1, "two": 2}


def misses(source: str, *found: tuple[int, str], own: tuple[str, ...] = ("one",)) -> list[tuple[int, str, str]]:
    problems = [Problem("f", line, 1, "", "m", "", rule) for line, rule in found]
    found_out = marks.compare(marks.read(source, "f"), problems, own, KNOWN).misses
    return [(each.line, each.rule, each.kind) for each in found_out]


@pytest.mark.parametrize(
    ("source", "line"),
    [
        pytest.param("a: 1  # finding: one", 1, id="behind"),
        pytest.param("# finding: one\na: 1", 2, id="alone"),
        pytest.param("  # finding: one\n\n# more\na: 1", 4, id="over what says nothing"),
        pytest.param("a: 1\n# finding: one", 2, id="at the end"),
    ],
)
def test_a_mark_is_about_its_line_or_the_next(source, line):
    assert marks.read(source, "f") == (("f", line, "one", True),)


def test_one_comment_can_be_about_several_rules():
    assert [each.rule for each in marks.read("a: 1  # finding: one, two", "f")] == ["one", "two"]


def test_what_is_announced_and_found_is_fine():
    assert misses("a: 1  # finding: one", (1, "one")) == []


def test_what_is_announced_and_not_found_is_missing():
    assert misses("a: 1  # finding: one\nb: 2", (2, "two")) == [(1, "one", "missing")]


def test_what_is_found_and_not_announced_is_too_much():
    assert misses("a: 1  # finding: one\nb: 2", (1, "one"), (2, "one")) == [(2, "one", "surplus")]


def test_what_must_not_be_found_is_too_much_where_it_is():
    assert misses("a: 1  # ok: two", (1, "two")) == [(1, "two", "surplus")]


def test_rules_that_nobody_speaks_of_are_not_judged():
    assert misses("a: 1  # finding: one", (1, "one"), (2, "two")) == []


def test_a_rule_that_does_not_exist_is_told():
    assert misses("a: 1  # finding: thre", own=()) == [(1, "thre", "unknown rule")]


def test_an_own_rule_without_marks_is_not_misses():
    assert marks.compare((), (), ("one",), KNOWN).untested == ("one",)

from __future__ import annotations

import pytest

from reconciler.errors import Blocked, Broken, Invalid, Problem, ReconcilerError, Retry

WHOLE = Problem("shop.yaml", 3, 7, "stages[1].name", "two stages are named Build", "stage names are unique")


def test_a_problem_reads_as_place_path_message_and_hint():
    assert str(WHOLE) == "shop.yaml:3:7: stages[1].name: two stages are named Build (stage names are unique)"


def test_a_problem_of_a_whole_file_has_no_line():
    assert str(Problem("shop.yaml", 0, 0, "", "this is a binary file")) == "shop.yaml: this is a binary file"


def test_problems_sort_by_file_and_then_by_line_as_a_number():
    problems = [Problem(file, line, 1, "", "wrong") for file, line in (("b", 1), ("a", 10), ("a", 9))]
    assert [(each.file, each.line) for each in sorted(problems)] == [("a", 9), ("a", 10), ("b", 1)]


def test_an_invalid_input_keeps_its_problems_and_tells_one_on_each_line():
    error = Invalid((WHOLE, WHOLE))
    assert error.problems == (WHOLE, WHOLE)
    assert str(error).splitlines() == [str(WHOLE)] * 2


@pytest.mark.parametrize("after", [None, 2.5])
def test_a_retry_carries_the_seconds_that_the_other_side_named(after):
    assert Retry("throttled", after=after).after == after


@pytest.mark.parametrize("kind", [Retry, Blocked, Broken])
def test_one_except_clause_catches_every_failure_that_is_meant_for_a_person(kind):
    with pytest.raises(ReconcilerError, match="what and where"):
        raise kind("what and where")


def test_invalid_input_is_broken_and_neither_worth_a_retry_nor_a_permission():
    assert issubclass(Invalid, Broken)
    assert not issubclass(Invalid, Retry | Blocked)

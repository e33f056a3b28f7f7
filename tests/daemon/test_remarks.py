"""A log is read by people: what is so in pass after pass stands there once."""

from __future__ import annotations

from reconciler.daemon.remarks import Remarks


def heard(*passes: tuple[str, ...]) -> list[list[str]]:
    remarks, told = Remarks(), []
    for sentences in passes:
        told.append([each for each in sentences if remarks.is_new(each)])
        remarks.turn()
    return told


def test_what_lasts_is_told_once():
    assert heard(("a", "b"), ("a", "b"), ("b", "a")) == [["a", "b"], [], []]


def test_what_changes_is_told():
    assert heard(("a",), ("a", "b"), ("c",)) == [["a"], ["b"], ["c"]]


def test_what_comes_back_is_told_again():
    assert heard(("a",), (), ("a",)) == [["a"], [], ["a"]]


def test_what_is_said_twice_in_one_pass_is_told_once():
    assert heard(("a", "a")) == [["a"]]


def test_a_pass_that_failed_halfway_forgets_nothing():
    remarks = Remarks()
    remarks.is_new("a")
    remarks.turn()
    remarks.is_new("b")  # and it fails before its end
    assert [remarks.is_new(each) for each in ("a", "b", "c")] == [False, False, True]

"""The reason of a way that a drain shut: AWS takes it, people understand it, and we know it again."""

from __future__ import annotations

import re

import pytest

from plan.shop import OURS, TARGET
from reconciler.plan import doors
from reconciler.plan.changes import Cause, Change, Kind
from reconciler.plan.live import Transition

CHANGE = Change(TARGET, "shop", Kind.UPDATE, Cause.GIT, digest="12345678abcdef")


@pytest.mark.parametrize("owner", [OURS, "team/one: a=b_c,+@x", "o" * 256])
def test_aws_takes_the_reason_and_we_know_it_again(owner):
    shut = doors.shut(owner, CHANGE)
    assert re.fullmatch(r"[a-zA-Z0-9!@ ().*?-]{1,300}", shut.reason)
    assert doors.ours(shut, owner)


@pytest.mark.parametrize(("owner", "other"), [("a/b", "a:b"), ("a", "ab"), ("o" * 101, "o" * 102)])
def test_another_owner_whose_name_looks_alike_is_told_apart(owner, other):
    assert not doors.ours(doors.shut(owner, CHANGE), other)


@pytest.mark.parametrize("state", [Transition(), Transition(enabled=False, reason="freeze")])
def test_what_is_open_or_was_shut_by_a_person_is_not_ours(state):
    assert not doors.ours(state, OURS)


def test_the_reason_says_for_what():
    assert "until the update to definition 12345678 is done" in doors.shut(OURS, CHANGE).reason
    gone = Change(TARGET, "shop", Kind.DELETE, Cause.GIT)
    assert "until the deletion is done" in doors.shut(OURS, gone).reason

from __future__ import annotations

import pytest

from builders import pipeline
from reconciler.definitions import transitions

SHUT = {"inbound": "disabled", "reason": "freeze until Monday (really!)"}


def faults(value: object, document: object = None) -> list[tuple[object, str]]:
    found, told = transitions.read(value, document or pipeline())
    assert told == () or found == {}
    return [(fault.path[1:], fault.message) for fault in told]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({}, id="none"),
        pytest.param({"Build": SHUT}, id="inbound"),
        pytest.param({"Source": {"outbound": "disabled", "reason": "x"}}, id="outbound"),
        pytest.param({"Build": {"inbound": "enabled"}}, id="opened"),
        pytest.param({"Build": SHUT, "Source": {"outbound": "disabled", "reason": SHUT["reason"]}}, id="said twice"),
        pytest.param({"Build": SHUT | {"reason": "x" * 300}}, id="a long reason"),
    ],
)
def test_transitions_are_read_as_they_are_written(value):
    assert transitions.read(value, pipeline()) == (value, ())


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"Source": {"outbound": "disabled", "reason": "x"}}, id="out"),
        pytest.param({"Build": {"inbound": "disabled", "reason": "x"}}, id="in"),
    ],
)
def test_the_way_out_of_a_stage_is_the_way_into_the_next_one(value):
    assert transitions.inbound(value, pipeline()) == {"Build": {"inbound": "disabled", "reason": "x"}}


def test_an_open_transition_needs_no_reason_even_beside_one_that_is_shut():
    value = {"Source": {"outbound": "enabled"}}
    assert transitions.inbound(value, pipeline()) == {"Build": {"inbound": "enabled"}}


def test_without_transitions_there_are_none():
    assert transitions.read(None, pipeline()) == ({}, ())


@pytest.mark.parametrize(
    ("value", "path", "message"),
    [
        pytest.param(["Build"], (), "transitions are a mapping by stage", id="no mapping"),
        pytest.param({"Biuld": SHUT}, ("Biuld",), "there is no stage 'Biuld'", id="no such stage"),
        pytest.param({"Build": "disabled"}, ("Build",), "a transition of 'Build' is inbound or outbound", id="text"),
        pytest.param({"Build": {}}, ("Build",), "a transition of 'Build' is inbound or outbound", id="empty"),
        pytest.param(
            {"Build": {"inbound": "off"}}, ("Build", "inbound"), "inbound takes enabled or disabled", id="another word"
        ),
        pytest.param(
            {"Build": {"inbound": ["disabled"]}}, ("Build", "inbound"), "inbound takes enabled or disabled", id="a list"
        ),
        pytest.param(
            {"Build": SHUT | {"inbuond": "x"}}, ("Build", "inbuond"), "'inbuond' is not known here", id="another member"
        ),
        pytest.param({"Build": {"inbound": "disabled"}}, ("Build",), "a disabled transition has a reason", id="none"),
        pytest.param(
            {"Build": SHUT | {"reason": "x" * 301}}, ("Build", "reason"), "a disabled transition has a reason", id="301"
        ),
        pytest.param(
            {"Build": SHUT | {"reason": ""}}, ("Build", "reason"), "a disabled transition has a reason", id="no text"
        ),
        pytest.param(
            {"Build": SHUT | {"reason": "a, b"}}, ("Build", "reason"), "a disabled transition has a reason", id="comma"
        ),
        pytest.param(
            {"Build": SHUT | {"reason": 5}}, ("Build", "reason"), "a disabled transition has a reason", id="a number"
        ),
        pytest.param(
            {"Build": {"inbound": "enabled", "reason": "x"}}, ("Build", "reason"),
            "a reason is for a disabled transition", id="needless",
        ),
        pytest.param(
            {"Source": SHUT}, ("Source", "inbound"), "nothing leads into the first stage", id="into the first stage"
        ),
        pytest.param(
            {"Build": {"outbound": "enabled"}}, ("Build", "outbound"), "nothing leads out of the last stage",
            id="out of the last stage",
        ),
        pytest.param(
            {"Build": SHUT, "Source": {"outbound": "enabled"}}, ("Source", "outbound"),
            "this is the same transition as Build inbound, which says otherwise", id="one arrow, two states",
        ),
        pytest.param(
            {"Source": {"outbound": "disabled", "reason": "x"}, "Build": SHUT}, ("Build", "inbound"),
            "this is the same transition as Source outbound, which says otherwise", id="one arrow, two reasons",
        ),
    ],
)  # fmt: skip
def test_what_the_service_would_refuse_is_told_at_its_place(value, path, message):
    assert faults(value) == [(path, message)]


def test_the_near_stage_is_offered():
    (fault,) = transitions.read({"Biuld": SHUT}, pipeline())[1]
    assert fault.hint == "did you mean 'Build'?"


@pytest.mark.parametrize("document", [None, "x", {}, {"stages": 5}, {"stages": ["Build"]}], ids=repr)
def test_stages_are_not_missed_where_the_declaration_is_not_in_shape(document):
    assert transitions.read({"Build": SHUT}, document)[1] == ()

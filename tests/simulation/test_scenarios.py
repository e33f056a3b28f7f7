"""Scenario files: what they say, and every fault with its place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import documents
from reconciler.errors import Broken
from reconciler.simulation import scenarios, scripts
from reconciler.simulation.durations import HOUR, MINUTE
from strategies import law

TEXT = """\
pipelines: [shop-prod-deploy]
begins: 2026-01-05T08:00Z
given: {Build/Compile: [fails, succeeds], Prod/Approve: "approved:ana@2h"}
variables: {VERSION: 12}
steps:
  - {at: 5m, retry: Build, run: first, refused: StageNotRetryableException}
  - {at: 0s, push: main, files: [src/a.py], new: true, as: first}
until: Prod/Approve
expect: {first: parked at Prod/Approve}
"""


def read(text):
    return scripts.read(documents.parse(text, "scenario.yaml"))


def test_a_scenario_is_read_with_its_steps_in_order_of_time():
    scenario, faults = read(TEXT)
    assert faults == ()
    assert [str(step) for step in scenario.steps] == ["push main", "retry Build"]
    push, retry = scenario.steps
    assert (push.name, push.members) == ("first", {"files": ("src/a.py",), "new": True})
    assert (retry.at, retry.text("run"), retry.refused) == (5 * MINUTE, "first", "StageNotRetryableException")
    assert scenario.given["Build/Compile"] == ("fails", "succeeds")
    assert scenario.begins == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert (dict(scenario.variables), scenario.until) == ({"VERSION": "12"}, "Prod/Approve")


def test_files_that_steps_name_are_told():
    scenario, _ = read("steps: [{update: b.yaml}, {event: e.json}, {push: main}]")
    assert scenario.files == ("b.yaml", "e.json")


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        pytest.param("[]", "", "a scenario is a mapping", id="list"),
        pytest.param("{}", "steps", "needs at least one step", id="empty"),
        pytest.param("steps: main", "steps", "steps is a list", id="steps no list"),
        pytest.param("step: []", "step", "did you mean 'steps'?", id="unknown member"),
        pytest.param("steps: [{at: 5m}]", "steps[0]", "a step says one thing", id="no verb"),
        pytest.param("steps: [{pusch: main}]", "steps[0]", "did you mean 'push'?", id="unknown verb"),
        pytest.param("steps: [{push: a, tag: b}]", "steps[0]", "a step says one thing", id="two verbs"),
        pytest.param("steps: [main]", "steps[0]", "a step says one thing", id="text as step"),
        pytest.param("steps: [{push: [a]}]", "steps[0].push", "push takes a text", id="wrong subject"),
        pytest.param("steps: [{push: a, at: soon}]", "steps[0].at", "'soon' is not a duration", id="wrong time"),
        pytest.param("steps: [{push: a, at: -1}]", "steps[0].at", "cannot be negative", id="negative time"),
        pytest.param("steps: [{push: a, file: [b]}]", "steps[0].file", "did you mean 'files'?", id="unknown beside"),
        pytest.param("steps: [{push: a, files: b}]", "steps[0].files", "files is a list", id="files no list"),
        pytest.param("steps: [{push: a, new: yes}]", "steps[0].new", "new is true or false", id="no flag"),
        pytest.param("steps: [{start: a, by: [b]}]", "steps[0].by", "by is a text", id="by no text"),
        pytest.param("steps: [{start: a, variables: b}]", "steps[0].variables", "a mapping of texts", id="variables"),
        pytest.param("steps: [{stop: first}]", "steps[0].stop", "no run is called 'first'", id="unknown run"),
        pytest.param("steps: [{push: a, as: x}, {retry: B, run: y}]", "steps[1].run", "no run is called 'y'", id="run"),
        pytest.param(
            "steps: [{push: a, as: x}, {tag: b, as: x}]", "steps[1].as", "two runs are called 'x'", id="twice"
        ),
        pytest.param("steps: [{enable: B, as: x}]", "steps[0].as", "enable starts no run", id="nothing to name"),
        pytest.param("steps: [{push: a}]\ngiven: [x]", "given", "given is a mapping", id="given no mapping"),
        pytest.param("steps: [{push: a}]\ngiven: {B: {c: d}}", "given.B", "an outcome is a text", id="outcome"),
        pytest.param("steps: [{push: a}]\ngiven: {B: []}", "given.B", "an outcome is a text", id="no outcome"),
        pytest.param("steps: [{push: a}]\nexpect: {x: Suceeded}", "expect.x", "did you mean 'Succeeded'?", id="expect"),
        pytest.param("steps: [{push: a}]\nbegins: 2026-01-05", "begins", "has no time zone", id="no time zone"),
        pytest.param("steps: [{push: a}]\nbegins: today", "begins", "is not a time", id="no time"),
        pytest.param("steps: [{push: a}]\nuntil: 5x", "until", "is not a duration", id="until"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(text, path, message):
    scenario, faults = read(text)
    assert scenario is None
    assert any(documents.path_text(each.path) == path and message in each.message for each in faults), faults


def test_all_faults_are_told_at_once():
    _, faults = read("steps: [{push: [a]}, {pusch: b}]\nuntil: 5x\nextra: 1")
    assert {documents.path_text(each.path) for each in faults} == {"steps[0].push", "steps[1]", "until", "extra"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("succeeded", ("Succeeded", "")),
        ("parked at Prod/Approve", ("parked", "Prod/Approve")),
        ("nothing", ("nothing", "")),
    ],
)
def test_an_expectation_is_a_status_and_perhaps_a_place(text, expected):
    assert scenarios.expectation(text) == expected


def test_a_moment_is_a_time_or_a_place():
    assert (scenarios.moment("1h"), scenarios.moment("Prod/Approve")) == (HOUR, "Prod/Approve")
    with pytest.raises(Broken):
        scenarios.moment("1 h")


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(sorted(scenarios.VERBS)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*scenarios.MEMBERS, *scenarios.VERBS, *scenarios.COMMON, "by", "run", "files"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@law
@given(PLAIN)
def test_no_document_breaks_the_reader(value):
    scenario, faults = scripts.read(value)
    assert (scenario is None) == bool(faults)

"""Changing what runs, reference E.7, and transitions, reference E.8; one test per row."""

from __future__ import annotations

import pytest

from builders import build, stage
from reconciler.simulation.durations import DAY
from simulation.worlds import (
    NAME,
    at,
    code,
    document,
    ran,
    shop,
    starts,
    status,
)


@pytest.mark.parametrize("new", ["SUPERSEDED", "QUEUED", "PARALLEL"])
@pytest.mark.parametrize("old", ["SUPERSEDED", "QUEUED"])
def test_e7_an_update_cancels_after_the_actions_that_run(old, new):
    made = shop(mode=old)
    running, waiting = starts(made, 0, 2)
    at(made, 5).update(document(mode=new))
    assert status(made, running, waiting) == ["InProgress", "Cancelled"]
    made.settle()
    run = made.run_of(running)
    assert (run.status, run.ended, run.stage("B").status, run.action("B/X").status) == (
        "Cancelled",
        11_000,
        "Cancelled",
        "Succeeded",
    )


@pytest.mark.parametrize("new", ["PARALLEL", "SUPERSEDED", "QUEUED"])
def test_e7_parallel_runs_go_on_with_their_own_definition(new):
    made = shop(mode="PARALLEL")
    e1 = starts(made, 0)[0]
    at(made, 5).update(document(stage("B", build("X")), mode=new))
    e2 = made.start(NAME)
    made.settle()
    assert [(made.run_of(each).status, made.run_of(each).mode) for each in (e1, e2)] == [
        ("Succeeded", "PARALLEL"),
        ("Succeeded", new),
    ]
    assert [len(made.run_of(each).stages) for each in (e1, e2)] == [3, 2]


def test_e7_nothing_restarts_by_itself():
    made = shop()
    starts(made, 0)
    at(made, 5).update(document())
    made.settle()
    assert len(made.executions(NAME)) == 1


def test_e7_retry_is_unavailable_after_an_update():
    made = shop()
    e1 = starts(made, 0)[0]
    at(made, 5).update(document())
    made.settle()
    assert code(made.retry, NAME, "B", e1) == "StageNotRetryableException"


def test_e7_deleting_what_is_not_there_is_no_error():
    made = shop()
    made.delete("nobody")
    made.delete(NAME)
    assert code(made.start, NAME) == "PipelineNotFoundException"
    assert made.create(document(), run=False) == 1
    assert made.executions(NAME) == ()


def test_e8_transitions_are_enabled_and_have_a_reason_when_not():
    made = shop()
    assert made.state(NAME).stage("B").transition.enabled
    made.disable(NAME, "B", reason="freeze!", by="ana")
    found = made.state(NAME).stage("B").transition
    assert (found.enabled, found.reason, found.by, found.changed) == (False, "freeze!", "ana", 0)


@pytest.mark.parametrize("reason", ["", "über", "x" * 301])
def test_e8_a_reason_has_a_form(reason):
    assert code(shop().disable, NAME, "B", reason=reason) == "ValidationException"


def test_e8_outbound_is_the_inbound_of_the_next_stage():
    made = shop()
    made.disable(NAME, "B", "Outbound", "freeze")
    assert [each.transition.enabled for each in made.state(NAME).stages] == [True, True, False]


def test_e8_outbound_of_the_last_stage_leads_nowhere():
    made = shop()
    made.disable(NAME, "D", "Outbound", "freeze")
    assert ran(made).status == "Succeeded"


def test_e8_those_past_a_disabled_transition_go_on():
    made = shop()
    e1 = starts(made, 0)[0]
    at(made, 5).disable(NAME, "B", reason="freeze")
    made.settle()
    assert status(made, e1) == ["Succeeded"]


def test_e8_arrivals_wait_and_the_newest_stays():
    made = shop()
    made.disable(NAME, "B", reason="freeze")
    e1, e2 = starts(made, 0, 2)
    made.settle()
    assert status(made, e1, e2) == ["Superseded", "InProgress"]
    assert made.run_of(e2).waiting.kind == "transition"


@pytest.mark.parametrize(("days", "wanted"), [(30, "Succeeded"), (31, "InProgress")])
def test_e8_after_thirty_days_nothing_resumes(days, wanted):
    made = shop()
    made.disable(NAME, "B", reason="freeze")
    e1 = starts(made, 0)[0]
    made.run(days * DAY)
    made.enable(NAME, "B")
    made.settle()
    assert status(made, e1) == [wanted]
    e2 = made.start(NAME)
    made.settle()
    assert status(made, e2) == ["Succeeded"]


def test_e8_a_stopped_inbound_execution_is_stopped():
    made = shop()
    made.disable(NAME, "B", reason="freeze")
    e1 = starts(made, 0)[0]
    at(made, 5).stop(NAME, e1)
    assert (status(made, e1), made.state(NAME).stage("B").inbound) == (["Stopped"], ())

"""The words of reference E.1, one test per row."""

from __future__ import annotations

import pytest

from builders import build, stage
from reconciler.simulation.outcomes import (
    Errs,
    Fails,
)
from reconciler.simulation.trace import TERMINAL
from simulation.worlds import (
    NAME,
    RETRY,
    at,
    document,
    fails,
    gate,
    once,
    ran,
    shop,
    starts,
    status,
    statuses,
    statuses_of,
    takes,
)


def test_e1_pipeline_execution_goes_through_the_words_of_its_level():
    made = shop(given={"D/Y": fails(10)})
    starts(made, 0, 2, 4)
    made.schedule("15s", "update", document())
    made.schedule("16s", "start", NAME)
    made.schedule("25s", "stop", NAME, 4)
    seen = {word for level, word in statuses(made) if level == "pipeline"}
    assert seen == {"InProgress", "Superseded", "Cancelled", "Stopping", "Stopped"}
    assert {"Succeeded", "Failed", *seen} >= TERMINAL


@pytest.mark.parametrize("wanted", ["Succeeded", "Failed"])
def test_e1_pipeline_execution_ends_well_or_badly(wanted):
    assert ran(shop(given={"D/Y": takes(1) if wanted == "Succeeded" else fails()})).status == wanted


def test_e1_stage_execution_goes_through_the_words_of_its_level():
    made = shop(
        stage("B", build("X"), beforeEntry=gate("SKIP")),
        stage("D", build("Y")),
        given={"B.beforeEntry/*": Fails(), "D/Y": [takes(10), takes(10), fails(1)]},
    )
    made.schedule("5s", "stop", NAME, 1)
    made.schedule("20s", "start", NAME)
    made.schedule("25s", "update", document(stage("B", build("X"))))
    starts(made, 0)
    seen = {word for level, word in statuses(made) if level == "stage"}
    assert seen == {"InProgress", "Stopping", "Stopped", "Succeeded", "Cancelled", "Skipped"}
    assert ran(shop(given={"D/Y": fails()})).stage("D").status == "Failed"


@pytest.mark.parametrize(("outcome", "wanted"), [(takes(1), "Succeeded"), (fails(), "Failed")])
def test_e1_action_execution(outcome, wanted):
    made = shop(given={"D/Y": outcome})
    assert {word for level, word in statuses_of(made) if level == "action"} == {"InProgress", "Succeeded", wanted}


def test_e1_action_that_never_ran_has_no_execution():
    assert ran(shop(given={"B/X": fails()})).attempts("D/Y") == ()


@pytest.mark.parametrize(
    ("outcome", "wanted"), [(takes(1), "Succeeded"), (fails(), "Failed"), (Errs("?"), "Failed")], ids=str
)
def test_e1_rule_execution(outcome, wanted):
    made = shop(stage("B", build("X"), beforeEntry=gate("FAIL")), given={"B.beforeEntry/Gate": outcome})
    assert {word for level, word in statuses_of(made) if level == "rule"} == {"InProgress", wanted}


@pytest.mark.parametrize(
    ("outcome", "wanted"), [(takes(1), "Succeeded"), (fails(), "Failed"), (Errs("?"), "Errored")], ids=str
)
def test_e1_condition_run(outcome, wanted):
    made = shop(stage("B", build("X"), beforeEntry=gate("FAIL")), given={"B.beforeEntry/Gate": outcome})
    assert {word for level, word in statuses_of(made) if level == "condition"} == {"InProgress", wanted}


def test_e1_a_stop_abandons_conditions_and_rules():
    made = shop(stage("B", build("X"), beforeEntry=gate("FAIL")), given={"B.beforeEntry/Gate": takes(60)})
    e1 = starts(made, 0)[0]
    at(made, 5).stop(NAME, e1)
    condition = made.run_of(e1).stage("B").conditions[0]
    assert (condition.status, condition.rules[0].status, status(made, e1)) == ("Abandoned", "Abandoned", ["Stopped"])


def test_e1_execution_type_is_standard_or_rollback():
    made = shop()
    e1 = once(made)
    back = made.rollback(NAME, "B", e1)
    assert [made.run_of(each).kind for each in (e1, back)] == ["STANDARD", "ROLLBACK"]


def test_e1_retry_trigger():
    made = shop(stage("B", build("X"), onFailure=RETRY), given={"B/X": [fails(), fails(), takes(1)]})
    e1 = once(made)
    assert made.run_of(e1).stage("B").retry == "AutomatedStageRetry"
    made.retry(NAME, "B", e1)
    assert made.run_of(e1).stage("B").retry == "ManualStageRetry"

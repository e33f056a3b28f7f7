"""Conditions, reference E.9; one test per row."""

from __future__ import annotations

import pytest

from builders import build, stage
from reconciler.simulation.durations import HOUR
from simulation.worlds import (
    NAME,
    at,
    code,
    conditioned,
    fails,
    gate,
    once,
    ran,
    rule,
    shop,
    starts,
    status,
    takes,
)


@pytest.mark.parametrize(
    ("result", "outcome", "stage_status", "run_status"),
    [("FAIL", takes(1), "Succeeded", "Succeeded"), ("FAIL", fails(), "Failed", "Failed"),
     ("SKIP", takes(1), "Succeeded", "Succeeded"), ("SKIP", fails(), "Skipped", "Succeeded")],
)  # fmt: skip
def test_e9_before_entry(result, outcome, stage_status, run_status):
    run = ran(conditioned({"B.beforeEntry/Gate": outcome}, beforeEntry=gate(result)))
    assert (run.stage("B").status, run.status) == (stage_status, run_status)
    assert bool(run.attempts("B/X")) is (stage_status == "Succeeded")


def test_e9_the_stage_is_locked_while_its_entry_condition_runs():
    made = conditioned({"B.beforeEntry/Gate": takes(30)}, beforeEntry=gate("FAIL"))
    e1 = starts(made, 0)[0]
    assert at(made, 5).state(NAME).stage("B").holder == e1


@pytest.mark.parametrize(
    ("result", "outcome", "wanted"),
    [("FAIL", takes(1), ("Succeeded", "Succeeded")), ("FAIL", fails(), ("Failed", "Failed")),
     ("ROLLBACK", takes(1), ("Succeeded", "Succeeded")), ("ROLLBACK", fails(), ("Succeeded", "Failed"))],
)  # fmt: skip
def test_e9_on_success(result, outcome, wanted):
    made = conditioned({"B.onSuccess/Gate": [takes(1), outcome]}, onSuccess=gate(result))
    once(made)
    made.give({"B.onSuccess/Gate": outcome})
    e2 = once(made)
    run = made.run_of(e2)
    assert (run.stage("B").status, run.status) == wanted
    assert bool(made.run_of(made.executions(NAME)[0]).rollback_of) is (wanted == ("Succeeded", "Failed"))


@pytest.mark.parametrize(("result", "kinds"), [("ROLLBACK", ["ROLLBACK", "STANDARD"]), ("FAIL", ["STANDARD"])])
def test_e9_on_failure(result, kinds):
    made = conditioned(onFailure=gate(result))
    once(made)
    made.give({"B/X": [fails()]})
    e2 = once(made)
    after = made.executions(NAME)
    assert (status(made, e2), [made.run_of(each).kind for each in after[:-1]]) == (["Failed"], kinds)


def test_e9_one_failing_rule_fails_the_condition():
    made = conditioned({"B.beforeEntry/Two": fails()}, beforeEntry=gate("FAIL", rule(), rule(name="Two")))
    assert ran(made).stage("B").status == "Failed"


def test_e9_a_skipped_stage_is_neither_retried_nor_rolled_back_to():
    made = conditioned({"B.beforeEntry/Gate": fails()}, beforeEntry=gate("SKIP"))
    e1 = once(made)
    assert code(made.retry, NAME, "B", e1) == "StageNotRetryableException"
    assert code(made.rollback, NAME, "B", e1) == "UnableToRollbackStageException"


def test_e9_override_while_the_rules_run():
    made = conditioned({"B.beforeEntry/Gate": takes(600)}, beforeEntry=gate("FAIL"))
    e1 = starts(made, 0)[0]
    at(made, 5).override(NAME, "B", e1, "BEFORE_ENTRY")
    made.settle()
    run = made.run_of(e1)
    condition = run.stage("B").conditions[0]
    assert (condition.status, condition.rules[0].status) == ("Overridden", "Abandoned")
    assert (run.action("B/X").started, run.status) == (5_000, "Succeeded")


OVERRIDES = {
    "entry/FAIL": ("beforeEntry", "FAIL", "BEFORE_ENTRY", ""),
    "entry/SKIP": ("beforeEntry", "SKIP", "BEFORE_ENTRY", "ConditionNotOverridableException"),
    "onSuccess/FAIL": ("onSuccess", "FAIL", "ON_SUCCESS", ""),
    "onSuccess/ROLLBACK": ("onSuccess", "ROLLBACK", "ON_SUCCESS", ""),
    "onFailure/ROLLBACK": ("onFailure", "ROLLBACK", "ON_FAILURE", "ValidationException"),
}


@pytest.mark.parametrize(("kind", "result", "word", "refused"), OVERRIDES.values(), ids=OVERRIDES)
def test_e9_override_matrix(kind, result, word, refused):
    given = {f"B.{kind}/Gate": fails(), **({"B/X": fails()} if kind == "onFailure" else {})}
    made = conditioned(given, **{kind: gate(result)})
    e1 = once(made)
    assert code(made.override, NAME, "B", e1, word) == refused
    made.settle()
    if not refused:
        assert (made.run_of(e1).stage("B").status, status(made, e1)) == ("Succeeded", ["Succeeded"])


def test_e9_only_the_latest_execution_of_the_stage_is_overridden():
    made = conditioned({"B.beforeEntry/Gate": fails()}, beforeEntry=gate("FAIL"))
    e1, _ = starts(made, 0, 5)
    made.settle()
    assert code(made.override, NAME, "B", e1, "BEFORE_ENTRY") == "NotLatestPipelineExecutionException"


def test_e9_what_is_met_is_not_overridden():
    made = conditioned(beforeEntry=gate("FAIL"))
    e1 = once(made)
    assert code(made.override, NAME, "B", e1, "BEFORE_ENTRY") == "ConditionNotOverridableException"


def test_e9_a_variable_check_reads_the_run():
    check = rule("VariableCheck", Variable="#{variables.LEVEL}", Value="high", Operator="EQ")
    made = shop(
        stage("B", build("X"), beforeEntry=gate("SKIP", check)),
        members={"variables": [{"name": "LEVEL", "defaultValue": "low"}]},
    )
    assert ran(made).stage("B").status == "Skipped"
    assert ran(made, variables={"LEVEL": "high"}).stage("B").status == "Succeeded"


def test_e9_a_deployment_window_is_waited_for():
    window = rule("DeploymentWindow", Cron="0 0 12 * * ? *")
    made = conditioned(beforeEntry=gate("FAIL", window))
    e1 = starts(made, 0)[0]
    at(made, 5)
    assert made.run_of(e1).waiting.kind == "window"
    made.settle()
    assert made.run_of(e1).action("B/X").started == 3 * HOUR  # the world begins at 9

"""Retry, rollback and stop, reference E.11 to E.13; one test per row."""

from __future__ import annotations

import pytest

from builders import build, stage
from reconciler.simulation.outcomes import (
    Succeeds,
)
from simulation.worlds import (
    NAME,
    RETRY,
    UNDO,
    at,
    code,
    fails,
    grouped,
    once,
    ran,
    shop,
    starts,
    status,
    takes,
)


@pytest.mark.parametrize(("mode", "attempts"), [("FAILED_ACTIONS", [2, 1, 1]), ("ALL_ACTIONS", [2, 2, 1])])
def test_e11_what_a_retry_runs_again(mode, attempts):
    made = grouped(**{"W/A": [fails(), takes(1)]})
    e1 = once(made)
    made.retry(NAME, "W", e1, mode)
    made.settle()
    run = made.run_of(e1)
    assert ([len(run.attempts(f"W/{name}")) for name in "ABC"], run.status) == (attempts, "Succeeded")


@pytest.mark.parametrize(("mode", "refused"), [("FAILED_ACTIONS", ""), ("ALL_ACTIONS", "StageNotRetryableException")])
def test_e11_other_actions_in_progress(mode, refused):
    made = grouped(**{"W/A": [fails(), takes(1)], "W/B": takes(60)})
    e1 = starts(made, 0)[0]
    assert code(at(made, 5).retry, NAME, "W", e1, mode) == refused


def test_e11_outputs_are_overwritten():
    made = shop(
        stage("W", build("A", outputs=("app",)), build("B", runOrder=2)),
        given={"W/A": [Succeeds({"app": "one"}), Succeeds({"app": "two"})], "W/B": [fails(), takes(1)]},
    )
    e1 = once(made)
    made.retry(NAME, "W", e1, "ALL_ACTIONS")
    made.settle()
    assert [each.outputs["app"] for each in made.run_of(e1).attempts("W/A")] == ["one", "two"]


def test_e11_the_execution_keeps_its_id_and_goes_downstream():
    made = shop(given={"B/X": [fails(), takes(1)]})
    e1 = once(made)
    made.retry(NAME, "B", e1)
    made.settle()
    assert (made.executions(NAME), status(made, e1)) == ((e1,), ["Succeeded"])


def test_e11_the_source_stage_is_fetched_again():
    made = shop(given={"Source/Checkout": [fails(), takes(1)]})
    e1 = once(made)
    key = made.tracks[NAME].blueprint.sources[0].source
    made.heads[key] = "newer"
    made.retry(NAME, "Source", e1)
    made.settle()
    assert made.run_of(e1).revisions == {"Checkout": "newer"}


@pytest.mark.parametrize("place", [("Nowhere", "StageNotFoundException"), ("D", "StageNotRetryableException")])
def test_e11_what_cannot_be_retried(place):
    made = shop(given={"B/X": fails()})
    e1 = once(made)
    assert code(made.retry, NAME, place[0], e1) == place[1]


def test_e11_a_succeeded_stage_is_not_retried():
    made = shop()
    e1 = once(made)
    assert code(made.retry, NAME, "B", e1) == "StageNotRetryableException"


def test_e11_no_other_retry_in_progress():
    made = grouped(**{"W/A": [fails(), takes(60)], "W/B": fails(5)})
    e1 = starts(made, 0)[0]
    at(made, 3).retry(NAME, "W", e1)
    assert code(at(made, 10).retry, NAME, "W", e1) == "ConflictException"


@pytest.mark.parametrize("seconds", [5, 15], ids=["abandoned", "succeeded"])
def test_e11_a_stopped_stage_is_retried(seconds):
    made = shop()
    e1 = starts(made, 0)[0]
    at(made, 5).stop(NAME, e1, abandon=seconds == 5)
    at(made, 20).retry(NAME, "B", e1)
    made.settle()
    assert (status(made, e1), len(made.run_of(e1).attempts("B/X"))) == (["Succeeded"], 2 if seconds == 5 else 1)


def test_e11_one_automatic_retry_per_stage_and_execution():
    made = shop(stage("B", build("X"), onFailure=RETRY), given={"B/X": fails()})
    run = ran(made)
    assert (len(run.attempts("B/X")), run.status, run.stage("B").attempt) == (2, "Failed", 2)


def test_e11_an_automatic_retry_in_its_declared_mode():
    mode = {"result": "RETRY", "retryConfiguration": {"retryMode": "ALL_ACTIONS"}}
    made = shop(stage("B", build("X"), build("Y"), onFailure=mode), given={"B/X": [fails(), takes(1)]})
    run = ran(made)
    assert (len(run.attempts("B/Y")), run.status) == (2, "Succeeded")


def test_e12_a_rollback_is_a_new_execution_with_the_old_revisions():
    made = shop()
    made.put_action_revision(NAME, "Source", "Checkout", "v1")
    made.settle()
    made.put_action_revision(NAME, "Source", "Checkout", "v2")
    made.settle()
    e1 = made.executions(NAME)[1]
    back = made.rollback(NAME, "D", e1, by="ana")
    made.settle()
    run = made.run_of(back)
    assert (run.kind, run.rollback_of, run.revisions["Checkout"], run.trigger.type, run.trigger.detail) == (
        "ROLLBACK",
        e1,
        "v1",
        "ManualRollback",
        "ana",
    )
    assert ([each.stage for each in run.stages], run.status) == (["D"], "Succeeded")


def test_e12_not_for_the_source_stage_nor_to_a_rollback_nor_to_a_failure():
    made = shop(given={"D/Y": [takes(1)]})
    e1 = once(made)
    back = made.rollback(NAME, "D", e1)
    made.settle()
    made.give({"D/Y": fails()})
    e2 = once(made)
    for name, target in (("Source", e1), ("D", back), ("D", e2)):
        assert code(made.rollback, NAME, name, target) == "UnableToRollbackStageException"


def test_e12_not_while_the_stage_runs():
    made = shop()
    e1 = once(made)
    made.start(NAME)
    made.advance("5s")
    assert code(made.rollback, NAME, "B", e1) == "UnableToRollbackStageException"


def test_e12_the_target_has_to_exist():
    assert code(shop().rollback, NAME, "B", "nobody") == "PipelineExecutionNotFoundException"


def test_e12_automatic_rollback_goes_to_the_latest_success():
    made = shop(stage("B", build("X"), onFailure=UNDO))
    once(made)
    e2 = once(made)
    made.give({"B/X": [fails()]})
    e3 = once(made)
    back = made.run_of(made.executions(NAME)[0])
    assert (back.rollback_of, back.trigger.type, status(made, e3)) == (e2, "AutomatedRollback", ["Failed"])
    assert back.trigger.detail == f'{{"FailedPipelineExecutionId": "{e3}"}}'


def test_e12_without_a_success_nothing_is_rolled_back():
    made = shop(stage("B", build("X"), onFailure=UNDO), given={"B/X": fails()})
    e1 = once(made)
    assert made.executions(NAME) == (e1,)


def test_e12_a_failed_rollback_is_not_rolled_back():
    made = shop(stage("B", build("X"), onFailure=UNDO))
    once(made)
    made.give({"B/X": fails()})
    once(made)
    assert [made.run_of(each).kind for each in made.executions(NAME)] == ["ROLLBACK", "STANDARD", "STANDARD"]


@pytest.mark.parametrize(("abandon", "wanted"), [(False, ("Succeeded", 11_000)), (True, ("Abandoned", 5_000))])
def test_e13_running_actions(abandon, wanted):
    made = shop()
    e1 = starts(made, 0)[0]
    at(made, 5).stop(NAME, e1, abandon=abandon, reason="wrong version")
    made.settle()
    run = made.run_of(e1)
    assert (run.action("B/X").status, run.ended) == wanted
    assert (run.status, run.stage("B").status, run.stop_reason) == ("Stopped", "Stopped", "wrong version")


def test_e13_later_actions_and_stages_do_not_start():
    made = grouped()
    e1 = starts(made, 0)[0]
    at(made, 5).stop(NAME, e1)
    made.settle()
    assert made.run_of(e1).attempts("W/C") == ()


@pytest.mark.parametrize(("abandon", "refused"), [(False, "DuplicatedStopRequestException"), (True, "")])
def test_e13_a_second_request(abandon, refused):
    made = shop()
    e1 = starts(made, 0)[0]
    at(made, 5).stop(NAME, e1)
    assert code(made.stop, NAME, e1, abandon=abandon) == refused


def test_e13_who_waits_may_enter_at_once():
    made = shop()
    e1, e2 = starts(made, 0, 2)
    at(made, 5).stop(NAME, e1, abandon=True)
    assert made.run_of(e2).stage("B").entered == 5_000


def test_e13_what_has_ended_is_not_stopped():
    made = shop()
    assert code(made.stop, NAME, once(made)) == "PipelineExecutionNotStoppableException"
    assert code(made.stop, NAME, "nobody") == "PipelineExecutionNotStoppableException"

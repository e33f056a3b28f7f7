"""Inside and between stages, reference E.3 to E.6; the names begin with the number of the table."""

from __future__ import annotations

import pytest

from builders import build, stage
from simulation.worlds import (
    NAME,
    approval,
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


def test_e3_1_equal_run_orders_start_together_and_groups_ascend():
    run = ran(grouped())
    assert [run.action(f"W/{name}").started // 1000 for name in "ABC"] == [1, 1, 11]


def test_e3_2_the_next_group_waits_for_all():
    run = ran(grouped(**{"W/B": takes(30)}))
    assert run.action("W/C").started == 31_000


def test_e3_3_siblings_of_a_failure_run_to_their_end():
    run = ran(grouped(**{"W/A": fails(1), "W/B": takes(30)}))
    assert (run.action("W/B").status, run.attempts("W/C"), run.ended) == ("Succeeded", (), 31_000)


def test_e3_4_success_moves_the_execution_on():
    run = ran(shop())
    assert [each.status for each in run.stages] == ["Succeeded"] * 3


@pytest.mark.parametrize("outcome", [takes(1), fails()], ids=["success", "failure"])
def test_e3_5_a_stage_is_a_lock_that_ends_with_the_stage(outcome):
    made = shop(given={"B/X": outcome})
    starts(made, 0)
    assert made.state(NAME).stage("Source").holder
    made.settle()
    assert {each.holder for each in made.state(NAME).stages} == {""}


def test_e3_6_a_pending_approval_keeps_the_stage_locked():
    made = shop(stage("Prod", approval()), given={"Source/*": takes(1)})
    e1, e2 = starts(made, 0, 2)
    made.settle()
    assert made.state(NAME).stage("Prod").holder == e1
    assert (made.run_of(e2).waiting.kind, made.run_of(e1).parked_at) == ("lock", "Prod/Approve")


def test_e4_one_who_waits_is_replaced_by_a_newer_one():
    made = shop()
    e1, e2, e3 = starts(made, 0, 2, 4)
    at(made, 6)
    assert (status(made, e1, e2, e3), made.state(NAME).stage("B").inbound) == (
        ["InProgress", "Superseded", "InProgress"],
        (e3,),
    )


def test_e4_one_inside_a_stage_is_not_superseded():
    made = shop()
    e1, *_ = starts(made, 0, 2, 4, 6, 8)
    made.settle()
    assert status(made, e1) == ["Succeeded"]


def test_e4_who_waits_enters_when_the_lock_is_free():
    made = shop()
    _, e2 = starts(made, 0, 2)
    made.settle()
    assert made.run_of(e2).stage("B").entered == 11_000


def test_e4_a_failed_execution_is_not_retried_after_another_entered():
    made = shop(given={"B/X": fails()})
    e1, _ = starts(made, 0, 1)
    made.settle()
    assert code(made.retry, NAME, "B", e1) == "NotLatestPipelineExecutionException"


def test_e5_a_failure_lets_the_next_in_line_enter():
    made = shop(mode="QUEUED", given={"B/X": fails(10)})
    runs = starts(made, 0, 1, 2)
    made.settle()
    assert [made.run_of(each).stage("B").entered for each in runs] == [1_000, 11_000, 21_000]


def test_e5_fifty_executions_and_no_more():
    made = shop(mode="QUEUED")
    starts(made, *[0] * 50)
    assert code(made.start, NAME) == "ConcurrentPipelineExecutionsLimitExceededException"


def test_e6_fifty_executions_and_no_more():
    made = shop(mode="PARALLEL")
    starts(made, *[0] * 50)
    assert code(made.start, NAME) == "ConcurrentPipelineExecutionsLimitExceededException"


def test_e6_five_actions_at_once():
    made = shop(stage("W", *(build(f"A{each}") for each in range(7))), mode="PARALLEL")
    run = ran(made)
    assert sorted(each.started // 1000 for each in run.stage("W").actions) == [1] * 5 + [11] * 2


def test_e6_the_token_is_the_external_id():
    made = shop(stage("Prod", approval()), mode="PARALLEL")
    run = ran(made)
    last = run.action("Prod/Approve")
    made.approve(NAME, "Prod", "Approve", last.external_id)
    assert status(made, run.id) == ["Succeeded"]


def test_e6_no_rollback():
    made = shop(mode="PARALLEL")
    e1 = once(made)
    assert code(made.rollback, NAME, "B", e1) == "UnableToRollbackStageException"

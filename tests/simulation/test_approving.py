"""Manual approval, reference E.10; one test per row."""

from __future__ import annotations

import pytest

from reconciler.simulation.durations import DAY, HOUR
from reconciler.simulation.outcomes import (
    Approved,
    Ignored,
    Rejected,
)
from simulation.worlds import (
    NAME,
    asked,
    code,
    status,
)


def test_e10_a_token_is_issued_and_the_topic_is_told():
    topic = "arn:aws:sns:eu-west-1:111111111111:approvals"
    made, e1 = asked(configuration={"NotificationArn": topic, "CustomData": "look"}, timeoutInMinutes=90)
    token = made.run_of(e1).action("Prod/Approve").token
    message = next(each.detail for each in made.log if each.kind == "message")
    said = message["message"]["approval"]
    assert (message["topic"], said["token"], said["customData"], said["expires"]) == (
        topic,
        token,
        "look",
        "2026-01-05T10:30Z",
    )


@pytest.mark.parametrize(("answer", "wanted"), [("Approved", "Succeeded"), ("Rejected", "Failed")])
def test_e10_an_answer_decides(answer, wanted):
    made, e1 = asked()
    token = made.run_of(e1).action("Prod/Approve").token
    made.approve(NAME, "Prod", "Approve", token, answer, "fine", by="ana")
    made.settle()
    found = made.run_of(e1).action("Prod/Approve")
    assert (found.status, found.by, found.summary, status(made, e1)) == (wanted, "ana", "fine", [wanted])


@pytest.mark.parametrize(
    ("outcome", "wanted", "after"),
    [(Approved("ana", "2h"), "Succeeded", 2 * HOUR), (Rejected("bob", "no", "3h"), "Failed", 3 * HOUR),
     (Ignored(), "Failed", 7 * DAY), (Approved("late", "8d"), "Failed", 7 * DAY)],
    ids=["approved", "rejected", "ignored", "too late"],
)  # fmt: skip
def test_e10_given_answers(outcome, wanted, after):
    made, e1 = asked({"Prod/Approve": outcome})
    found = made.run_of(e1).action("Prod/Approve")
    assert (found.status, found.ended) == (wanted, after)


def test_e10_nobody_decided_parks_the_run():
    made, e1 = asked()
    run = made.run_of(e1)
    assert (run.status, run.parked, run.parked_at, run.waiting.kind) == ("InProgress", True, "Prod/Approve", "approval")


def test_e10_an_unstated_approval_times_out_if_time_passes():
    made, e1 = asked()
    made.advance("7d")
    assert status(made, e1) == ["Failed"]


@pytest.mark.parametrize("token", ["", "00000000-0000-4000-8000-000000000000"])
def test_e10_a_token_that_was_never_issued(token):
    made, _ = asked()
    assert code(made.approve, NAME, "Prod", "Approve", token) == "InvalidApprovalTokenException"


def test_e10_an_expired_token():
    made, e1 = asked()
    token = made.run_of(e1).action("Prod/Approve").token
    made.advance("8d")
    assert code(made.approve, NAME, "Prod", "Approve", token) == "InvalidApprovalTokenException"


def test_e10_an_answer_elsewhere():
    made, _ = asked()
    assert code(made.approve, NAME, "Prod", "Y") == "ActionNotFoundException"
    assert code(made.approve, NAME, "Nowhere", "Approve") == "StageNotFoundException"
    assert code(made.approve, NAME, "Prod", "Approve", status="Maybe") == "ValidationException"

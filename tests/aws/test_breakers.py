"""When AWS is not called at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.aws.breakers import FAILURES, LONGEST, PAUSE, SPAN, Breaker, Breakers
from reconciler.aws.calls import Call, Calls
from reconciler.errors import Blocked, Retry
from reconciler.pipeline.arns import Target

if TYPE_CHECKING:
    from reconciler.aws.buckets import Buckets
    from reconciler.aws.sessions import Access, Sessions

HERE = Target("111111111111", "eu-west-1")


@pytest.fixture
def breaker(time: Any) -> Breaker:
    return Breaker(time.clock)


@pytest.fixture
def calls(sessions: Sessions, buckets: Buckets, time: Any) -> Calls:
    return Calls(sessions, buckets, Breakers(time.clock))


def fail(breaker: Breaker, time: Any, times: int = FAILURES, span: float = SPAN) -> None:
    """Let so many calls fail, the last of them so many seconds after the first."""
    began = time.now
    for number in range(times):
        time.now = began + span * number / (times - 1)
        breaker.admit("a call")
        breaker.failed()


def refused(breaker: Breaker) -> float:
    with pytest.raises(Retry, match="not sent") as got:
        breaker.admit("ListPipelines in 111111111111/eu-west-1")
    return got.value.after or 0.0


@pytest.mark.parametrize(
    ("times", "span"),
    [pytest.param(FAILURES - 1, 60, id="a few"), pytest.param(100, SPAN - 1, id="many at once")],
)
def test_some_failures_leave_it_closed(breaker: Breaker, time: Any, times: int, span: float) -> None:
    fail(breaker, time, times, span)
    breaker.admit("a call")
    assert not breaker.open


def test_after_enough_failures_calls_fail_at_once_and_say_when_to_come_back(breaker: Breaker, time: Any) -> None:
    fail(breaker, time)
    time.now += 5
    assert refused(breaker) == pytest.approx(PAUSE - 5)


def test_an_answer_in_between_begins_afresh(breaker: Breaker, time: Any) -> None:
    fail(breaker, time, FAILURES - 1)
    breaker.answered()
    fail(breaker, time, FAILURES - 1)
    assert not breaker.open


def test_after_the_pause_one_call_is_tried_and_the_others_wait_for_it(breaker: Breaker, time: Any) -> None:
    fail(breaker, time)
    time.now += PAUSE
    breaker.admit("the trial")
    assert refused(breaker) == pytest.approx(PAUSE)
    breaker.answered()
    breaker.admit("another call")


def test_each_trial_that_fails_doubles_the_pause_up_to_the_longest(breaker: Breaker, time: Any) -> None:
    fail(breaker, time)
    waits = []
    for _ in range(6):
        waits.append(wait := refused(breaker))
        time.now += wait
        breaker.admit("the trial")
        breaker.failed()
    assert waits == pytest.approx([15, 30, 60, 120, 240, LONGEST])


def test_calls_that_were_under_way_when_it_opened_say_nothing_new(breaker: Breaker, time: Any) -> None:
    fail(breaker, time)
    breaker.failed()
    assert refused(breaker) == pytest.approx(PAUSE)


def test_a_trial_of_which_nothing_is_heard_is_followed_by_another(breaker: Breaker, time: Any) -> None:
    fail(breaker, time)
    time.now += PAUSE
    breaker.admit("a trial that dies")
    time.now += PAUSE
    breaker.admit("the next trial")


def test_families_and_targets_have_circuits_of_their_own(time: Any) -> None:
    made = Breakers(time.clock)
    fail(made.of(HERE, "write"), time)
    assert made.of(HERE, "write").open
    assert not made.of(HERE, "read").open
    assert not made.of(Target("222222222222", "eu-west-1"), "write").open


@pytest.mark.parametrize(
    ("code", "status", "opens"),
    [("ThrottlingException", 400, True), ("InternalFailure", 500, True), ("AccessDeniedException", 400, False),
     ("ConflictException", 400, False)],
)  # fmt: skip
def test_throttling_and_faults_open_the_circuit_and_other_refusals_do_not(
    calls: Calls, access: Access, sessions: Sessions, endpoint: Any, time: Any, *, code: str, status: int, opens: bool
) -> None:
    for _ in range(FAILURES):
        endpoint.refuses("ListPipelines", code, "no", status=status)
    for _ in range(FAILURES):
        with pytest.raises((Retry, Blocked)):
            calls.send(Call(access, "ListPipelines"))
        sessions.close()  # a client that is throttled again and again waits longer and longer
        time.now += SPAN / (FAILURES - 1)
    assert calls._breakers.of(access.target, "read").open is opens
    assert sum(calls.counts.values()) == FAILURES

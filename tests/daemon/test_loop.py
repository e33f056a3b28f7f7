"""Passes, one after another, until asked to stop."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.daemon.loop import FIRST_RETRY, LEAST, PATIENCE, Loop
from reconciler.errors import Blocked, Broken, Retry
from strategies import law

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONG = 3600.0
"""Seconds that no test waits: only a call can end such a pause."""

ENOUGH = 20.0
"""Seconds after which a test gives up on a thread."""


class Passes:
    """A loop in a thread, whose passes begin and end when the test says so."""

    def __init__(self, poll: float = LONG) -> None:
        self.begun: SimpleQueue[int] = SimpleQueue()
        self.outcomes: SimpleQueue[Exception | str] = SimpleQueue()
        self.count = 0
        self.loop = Loop(self.work, poll)
        self.thread = threading.Thread(target=self.loop.run, daemon=True)

    def work(self) -> str:
        self.count += 1
        self.begun.put(self.count)
        outcome = self.outcomes.get(timeout=ENOUGH)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def next(self) -> int:
        """Wait until the next pass has begun, and give its number."""
        return self.begun.get(timeout=ENOUGH)

    def rests(self) -> bool:
        """Tell that no further pass has begun."""
        with suppress(Empty):
            self.begun.get(timeout=0.05)
            return False
        return True

    def end(self, outcome: Exception | str = "all is well") -> None:
        """Let the pass in hand end."""
        self.outcomes.put(outcome)

    def ended(self) -> bool:
        """Wait until the loop has ended."""
        self.thread.join(ENOUGH)
        return not self.thread.is_alive()


@pytest.fixture
def passes() -> Iterator[Passes]:
    made = Passes()
    made.thread.start()
    yield made
    made.loop.stop()
    made.end()
    assert made.ended()


def looped(*outcomes: Exception | str, poll: float = 0.0) -> Loop:
    """Run a loop over these outcomes of passes, and give it when it has stopped."""
    remaining = list(outcomes)

    def work() -> str:
        outcome = remaining.pop(0)
        if not remaining:
            loop.stop()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    loop = Loop(work, poll)
    loop.run()
    return loop


def pauses(failures: int, poll: float, vary: Callable[[], float] = lambda: 0.0) -> float:
    return Loop(str, poll, vary, failures).pause()


# Waking and stopping


def test_the_first_pass_begins_at_once(passes: Passes) -> None:
    assert passes.next() == 1


def test_a_call_begins_a_pass_before_the_poll_interval_is_over(passes: Passes) -> None:
    passes.next()
    passes.end()
    passes.loop.wake()
    assert passes.next() == 2


def test_a_call_during_a_pass_begins_another_one_right_after(passes: Passes) -> None:
    passes.next()
    passes.loop.wake()
    passes.end()
    assert passes.next() == 2


def test_many_calls_are_answered_by_one_pass(passes: Passes) -> None:
    passes.next()
    for _ in range(5):
        passes.loop.wake()
    passes.end()
    assert passes.next() == 2
    passes.end()
    assert passes.rests()


def test_without_a_call_the_next_pass_waits_for_the_poll_interval(passes: Passes) -> None:
    passes.next()
    passes.end()
    assert passes.rests()


def test_calls_before_the_first_pass_are_answered_by_it() -> None:
    passes = Passes()
    passes.loop.wake()
    passes.loop.wake()
    passes.thread.start()
    passes.next()
    passes.end()
    assert passes.rests()
    passes.loop.stop()
    assert passes.ended()


def test_a_stop_during_a_pass_ends_after_it(passes: Passes) -> None:
    passes.next()
    assert not passes.loop.stopping()
    passes.loop.stop()
    assert passes.loop.stopping()
    assert passes.thread.is_alive()
    passes.end()
    assert passes.ended()
    assert passes.count == 1


def test_a_stop_during_a_pause_ends_at_once(passes: Passes) -> None:
    passes.next()
    passes.end()
    passes.loop.stop()
    assert passes.ended()
    assert passes.count == 1


def test_a_loop_that_was_stopped_makes_no_pass() -> None:
    loop = Loop(pytest.fail, 0)
    loop.stop()
    loop.run()


def test_a_stop_ends_a_loop_that_is_being_woken_all_the_time(passes: Passes) -> None:
    passes.next()
    passes.loop.wake()
    passes.loop.stop()
    passes.loop.wake()
    passes.end()
    assert passes.ended()


def test_each_pass_but_the_last_is_followed_by_a_pause() -> None:
    pauses: list[float] = []
    outcomes = ["one", "two", "three"]

    def work() -> str:
        if len(outcomes) == 1:
            loop.stop()
        return outcomes.pop()

    loop = Loop(work, 0.0, lambda: pauses.append(0.0) or 0.0)  # type: ignore[func-returns-value]
    loop.run()
    assert (outcomes, pauses) == ([], [0.0, 0.0])


def stopped_before(line: int) -> bool:
    """Stop a loop that never rests before it runs its n-th line, as a signal would; tell whether it ended."""
    lines = 0

    def trace(_frame: Any, event: str, _arg: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        if lines == line and not loop.stopping():
            loop.stop()
        return trace

    def run() -> None:
        sys.settrace(trace)
        loop.run()

    loop = Loop(lambda: "a pass", 0.0)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(ENOUGH)
    return not thread.is_alive()


def test_a_stop_may_interrupt_every_line_of_the_loop() -> None:
    assert all(stopped_before(line) for line in range(1, 100))


def test_a_signal_ends_a_pause_of_the_main_thread() -> None:
    main = threading.main_thread().ident or 0
    sender = threading.Thread(target=signal.pthread_kill, args=(main, signal.SIGUSR1))
    passes: list[Callable[[], None]] = [pytest.fail, sender.start]

    def work() -> str:
        passes.pop()()
        return "a pass"

    loop = Loop(work, ENOUGH)
    before = signal.signal(signal.SIGUSR1, lambda *_: loop.stop())
    try:
        loop.run()
        sender.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert len(passes) == 1


# Failures


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(Retry("throttled"), id="retry"),
        pytest.param(Blocked("denied"), id="blocked"),
        pytest.param(Broken("bad settings"), id="broken"),
        pytest.param(ValueError("a defect"), id="unexpected"),
    ],
)
def test_a_failing_pass_is_outlived_and_counted(error: Exception) -> None:
    assert looped("fine", error, error).failures == 2


def test_a_pass_that_succeeds_forgets_the_failures() -> None:
    assert looped(Retry("throttled"), Retry("throttled"), "fine").failures == 0


@pytest.mark.parametrize(
    ("failures", "pause"),
    [
        pytest.param(0, 60.0, id="no failure waits the poll interval"),
        pytest.param(1, 5.0, id="the first is tried again soon"),
        pytest.param(2, 10.0, id="then after twice as long"),
        pytest.param(3, 20.0, id="and again"),
        pytest.param(4, 40.0, id="and again, still below"),
        pytest.param(5, 60.0, id="never longer than the poll interval"),
        pytest.param(5000, 60.0, id="not even after days of failures"),
    ],
)
def test_a_failed_pass_is_tried_again_sooner_and_then_less_often(failures: int, pause: float) -> None:
    assert pauses(failures, 60.0) == pause


def test_a_failed_pass_is_never_tried_again_later_than_the_poll_interval() -> None:
    assert FIRST_RETRY > 1.0
    assert pauses(1, 1.0) == 1.0


@law
@given(st.integers(0, 10_000), st.floats(0, 1e6), st.floats(-1, 1))
def test_a_pause_varies_within_its_bounds(failures: int, poll: float, share: float) -> None:
    plain = pauses(failures, poll)
    assert 0 <= plain <= poll
    assert pauses(failures, poll, lambda: share) == pytest.approx(plain * (1 + share))
    assert pauses(failures, poll, lambda: -1.5) == 0


def test_the_share_is_asked_for_at_each_pause() -> None:
    shares = iter([0.5, -0.5])
    loop = Loop(str, 100.0, lambda: next(shares))
    assert (loop.pause(), loop.pause()) == (150.0, 50.0)


def test_a_failure_that_names_a_time_is_not_tried_again_before_it() -> None:
    loop = looped(Retry("throttled", after=90.0))
    assert loop.pause() == 90.0


def test_a_pass_after_that_forgets_the_time() -> None:
    assert looped(Retry("throttled", after=0.01), "fine").pause() == 0.0


@pytest.mark.parametrize(
    ("due", "failures", "pause"),
    [
        pytest.param(7.0, 0, 7.0, id="before the poll interval is over"),
        pytest.param(90.0, 0, 60.0, id="after it"),
        pytest.param(0.0, 0, LEAST, id="already"),
        pytest.param(1.0, 2, 10.0, id="but a pass that failed waits its own time"),
    ],
)
def test_what_is_due_is_not_kept_waiting_for_the_poll_interval(due: float, failures: int, pause: float) -> None:
    assert Loop(str, 60.0, failures=failures, due=due).pause() == pause


def test_a_pass_that_says_what_the_one_before_said_is_told_to_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    looped("pass 1 of c0ffee synced", "pass 2 of c0ffee synced", "pass 3 of c0ffee held", "pass 4 of c0ffee synced")
    assert [each.split()[1] for each in caplog.messages] == ["1", "3", "4"]


# Signs of life


def test_the_loop_promises_a_sign_of_life_for_each_pass_and_each_pause() -> None:
    promised: list[float] = []
    outcomes = ["one", "two"]

    def work() -> str:
        if len(outcomes) == 1:
            loop.stop()
        return outcomes.pop()

    loop = Loop(work, 0.0, beat=promised.append, patience=7.0)
    loop.run()
    assert promised == [7.0, PATIENCE, 7.0] == [7.0, loop.pause() + 60.0, 7.0]


# What is told


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        pytest.param("all is well", "all is well", id="success"),
        pytest.param(Blocked("denied"), "pass failed, waits for somebody to act: denied", id="blocked"),
        pytest.param(
            ValueError("key=hunter2"),
            "pass failed unexpectedly with ValueError; the next one starts afresh",
            id="a defect by its class only",
        ),
    ],
)
def test_the_listener_hears_each_sentence(outcome: Exception | str, told: str) -> None:
    heard: list[str] = []

    def work() -> str:
        loop.stop()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    loop = Loop(work, 0.0, told=heard.append)
    loop.run()
    assert heard == [told]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(Retry("throttled"), "pass failed, tries again soon: throttled", id="retry"),
        pytest.param(Blocked("denied"), "pass failed, waits for somebody to act: denied", id="blocked"),
        pytest.param(Broken("bad"), "pass failed, waits for somebody to act: bad", id="broken"),
    ],
)
def test_an_expected_failure_is_told_in_one_sentence(
    error: Exception, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    looped(error)
    (record,) = caplog.records
    assert (record.levelno, record.getMessage(), record.exc_info) == (logging.ERROR, told, None)


def test_an_unexpected_failure_is_told_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    looped(ValueError("a defect"))
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (
        logging.ERROR,
        "pass failed unexpectedly with ValueError; the next one starts afresh",
    )
    assert record.exc_info
    assert record.exc_info[0] is ValueError


def test_the_sentence_of_a_pass_is_told_word_for_word(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "reconciler.daemon.loop")
    looped("100% in sync", "%s to do")
    assert [record.getMessage() for record in caplog.records] == ["100% in sync", "%s to do"]


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_an_order_to_end_the_process_is_no_failure(end: type[BaseException]) -> None:
    def work() -> str:
        raise end

    loop = Loop(work, LONG)
    with pytest.raises(end):
        loop.run()
    assert loop.failures == 0

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import Broken
from reconciler.simulation.ids import identity
from reconciler.simulation.kernel import BACKGROUND, Kernel


def _kernel() -> tuple[Kernel, list[Any]]:
    seen: list[Any] = []
    kernel = Kernel(lambda event: seen.append((kernel.now, event)))
    return kernel, seen


def test_events_happen_in_order_of_time_then_priority_then_arrival():
    kernel, seen = _kernel()
    for delay, priority, event in ((2, 0, "d"), (1, 1, "c"), (1, 0, "a"), (1, 0, "b")):
        kernel.schedule(delay, event, priority)
    kernel.run()
    assert seen == [(1, "a"), (1, "b"), (1, "c"), (2, "d")]


def test_the_clock_moves_before_the_event():
    kernel, seen = _kernel()
    kernel.schedule(7, "x")
    assert (kernel.peek(), kernel.step(), seen) == (7, True, [(7, "x")])


def test_an_empty_agenda_has_no_step_and_no_next_time():
    kernel, _ = _kernel()
    assert (kernel.step(), kernel.peek(), kernel.busy) == (False, None, False)


def test_running_until_a_moment_moves_the_clock_there_and_no_further():
    kernel, seen = _kernel()
    kernel.schedule(5, "x")
    kernel.schedule(6, "y")
    kernel.run(5)
    assert (kernel.now, seen) == (5, [(5, "x")])


def test_a_cancelled_event_does_not_happen():
    kernel, seen = _kernel()
    serial = kernel.schedule(1, "x")
    kernel.cancel(serial)
    kernel.run()
    assert (seen, kernel.busy, kernel.now) == ([], False, 0)


def test_cancelling_what_has_happened_changes_nothing():
    kernel, seen = _kernel()
    serial = kernel.schedule(1, "x")
    kernel.run()
    kernel.cancel(serial)
    kernel.schedule(1, "y")
    kernel.run()
    assert seen == [(1, "x"), (2, "y")]


def test_background_events_are_no_reason_to_go_on():
    kernel, _ = _kernel()
    kernel.schedule(5, "late", BACKGROUND)
    assert not kernel.busy
    kernel.schedule(9, "x")
    assert kernel.busy


@pytest.mark.parametrize("call", [lambda kernel: kernel.schedule(-1, "x"), lambda kernel: kernel.run(1)])
def test_time_does_not_go_backwards(call):
    kernel, _ = _kernel()
    kernel.run(2)
    with pytest.raises(Broken, match=r"ago|backwards"):
        call(kernel)


def test_a_fork_goes_its_own_way():
    kernel, seen = _kernel()
    kernel.schedule(1, "both")
    other: list[Any] = []
    twin = kernel.fork(other.append)
    kernel.schedule(2, "first only")
    kernel.run()
    twin.run()
    assert (len(seen), other) == (2, ["both"])


def test_the_clock_can_be_taken_over_by_an_engine_in_real_time():
    class Slow(Kernel):
        waited: list[int] = []  # noqa: RUF012 - one test, one list

        def move(self, time: int) -> None:
            self.waited.append(time - self.now)
            super().move(time)

    kernel = Slow(lambda _: None)
    kernel.schedule(3, "x")
    kernel.schedule(8, "y")
    kernel.run()
    assert kernel.waited == [3, 5]


def test_identities_differ_and_look_like_uuids():
    made = [identity(seed, serial) for seed in range(3) for serial in range(2000)]
    assert len(set(made)) == len(made)
    assert all(len(each) == 36 and each[14] == "4" and each[19] in "89ab" for each in made)

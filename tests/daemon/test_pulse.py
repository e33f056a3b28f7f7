"""Signs of life, and the watchdog that needs all of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from reconciler.daemon.pulse import Pulse, Watchdog


@dataclass
class Manager:
    """Stands in for the way to the service manager."""

    watchdog: float = 0.0
    told: int = 0
    heard: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def alive(self) -> None:
        self.told += 1
        self.heard.release()


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def pulse(clock):
    return Pulse(lambda: clock[0])


def test_a_thread_is_late_once_its_time_is_over(pulse, clock):
    pulse.beat("loop", 10)
    clock[0] = 10.0
    assert pulse.late() == ()
    clock[0] = 10.1
    assert pulse.late() == ("loop",)


def test_each_thread_has_a_time_of_its_own(pulse, clock):
    pulse.beat("loop", 100)
    pulse.beat("web", 10)
    clock[0] = 50.0
    assert pulse.late() == ("web",)
    assert pulse.ages() == {"loop": 50.0, "web": 50.0}


def test_a_late_thread_that_reports_is_forgiven(pulse, clock):
    pulse.beat("loop", 10)
    clock[0] = 50.0
    pulse.beat("loop", 10)
    assert (pulse.late(), pulse.ages()) == ((), {"loop": 0.0})


def test_the_manager_hears_nothing_while_one_thread_is_late_and_the_log_names_it_once(pulse, clock, caplog):
    manager = Manager()
    watchdog = Watchdog(pulse, manager)
    pulse.beat("loop", 10)
    pulse.beat("web", 100)
    watchdog.look()
    clock[0] = 50.0
    watchdog.look()
    watchdog.look()
    assert manager.told == 1
    assert [record.getMessage().partition(";")[0] for record in caplog.records] == ["no sign of life from loop"]


def test_the_manager_hears_of_life_again_and_again(pulse):
    manager = Manager(watchdog=0.02)
    with Watchdog(pulse, manager):
        assert all(manager.heard.acquire(timeout=10) for _ in range(3))


def test_without_a_watchdog_nothing_is_told(pulse):
    manager = Manager()
    with Watchdog(pulse, manager):
        pass
    assert manager.told == 0

"""Appointments come when cron says, also where clocks are put forward and back."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from queue import SimpleQueue

import pytest
from apscheduler.events import EVENT_JOB_MISSED
from apscheduler.executors.debug import DebugExecutor

from reconciler.daemon import schedules
from reconciler.daemon.schedules import Appointment, Cron, Schedules


def times(cron: str, start: datetime, count: int, zone: str = "Europe/Berlin") -> list[str]:
    trigger, found, last = Cron(cron, zone), [], None
    for _ in range(count):
        last = trigger.get_next_fire_time(last, start)
        found.append(last.astimezone(UTC).isoformat(timespec="minutes").removesuffix("+00:00"))
    return found


def test_days_of_the_week_are_those_of_cron():
    assert times("0 7 * * 1", datetime(2026, 11, 21, tzinfo=UTC), 1) == ["2026-11-23T06:00"]


def test_an_hour_that_is_left_out_in_spring_is_made_up_for():
    friday = datetime(2026, 3, 27, 12, tzinfo=UTC)
    assert times("30 2 * * *", friday, 3) == ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"]


def test_an_hour_that_comes_twice_in_autumn_counts_once():
    friday = datetime(2026, 10, 23, 12, tzinfo=UTC)
    assert times("30 2 * * *", friday, 3) == ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]


def test_a_time_that_was_missed_is_given_for_an_hour():
    trigger, now = Cron("0 * * * *", "UTC"), datetime(2026, 1, 2, 12, 30, tzinfo=UTC)
    assert trigger.get_next_fire_time(now - timedelta(days=3), now) == datetime(2026, 1, 2, 12, tzinfo=UTC)
    assert trigger.get_next_fire_time(None, now) == datetime(2026, 1, 2, 13, tzinfo=UTC)


@pytest.mark.parametrize("fails", [False, True], ids=["works", "fails"])
def test_an_appointment_is_kept_and_an_error_in_it_outlived(fails, caplog):
    done = threading.Event()

    def work() -> None:
        done.set()
        assert not fails

    schedules = Schedules([Appointment("the report", "* * * * *", "UTC", work)])
    (job,) = schedules._scheduler.get_jobs()
    with schedules:
        schedules._scheduler.modify_job(job.id, next_run_time=datetime.now(UTC))
        assert done.wait(10)
        schedules._scheduler.shutdown(wait=True)
    assert ("the report failed" in caplog.text) is fails


def test_without_appointments_no_thread_is_started():
    with Schedules([]) as schedules:
        assert not schedules._scheduler.running


# A clock that jumps.


@dataclass
class Wall:
    """The time of day as the scheduler sees it; it stands still but for its jumps."""

    time: datetime = datetime(2026, 1, 2, 12, 5, tzinfo=UTC)

    def jump(self, hour: int, minute: int) -> None:
        self.time = self.time.replace(hour=hour, minute=minute)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    made = Wall()

    class Shown(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return made.time.astimezone(tz)

    for module in ("schedulers", "executors"):
        monkeypatch.setattr(f"apscheduler.{module}.base.datetime", Shown)
    return made


@pytest.fixture
def done() -> SimpleQueue[str]:
    return SimpleQueue()


def kept(cron: str, done: SimpleQueue[str]) -> Schedules:
    made = Schedules([Appointment("a pass", cron, "UTC", lambda: done.put("a pass"))])
    made._scheduler.add_executor(DebugExecutor())  # work is over when the scheduler goes on
    return made


def ended(made: Schedules) -> str:
    """End what is under way, and give day and time of the next appointment."""
    (job,) = made._scheduler.get_jobs()
    made._scheduler.shutdown(wait=True)
    return f"{job.next_run_time:%d %H:%M}"


@pytest.mark.parametrize(
    ("cron", "following"),
    [
        pytest.param("*/10 * * * *", "02 20:10", id="48 times missed"),
        pytest.param("0 * * * *", "02 21:00", id="eight times missed"),
        pytest.param("30 19 * * *", "03 19:30", id="once missed"),
    ],
)
def test_after_a_sleep_of_hours_the_clock_is_looked_at_and_work_begins_once(cron, following, wall, done, monkeypatch):
    monkeypatch.setattr(schedules, "LOOK", 0.01)
    with kept(cron, done) as made:
        wall.jump(20, 5)
        assert done.get(timeout=10) == "a pass"
        assert (ended(made), done.empty()) == (following, True)


def test_what_was_missed_by_more_than_an_hour_is_left_out_until_its_next_time(wall, done):
    missed = threading.Event()
    with kept("0 13 * * *", done) as made:
        made._scheduler.add_listener(lambda _: missed.set(), EVENT_JOB_MISSED)
        wall.jump(20, 5)
        made._scheduler.wakeup()
        assert missed.wait(10)
        assert (ended(made), done.empty()) == ("03 13:00", True)


def test_a_clock_that_is_set_back_repeats_nothing_and_the_next_time_is_kept(wall, done):
    with kept("0 * * * *", done) as made:
        for hour, minute in ((13, 0), (10, 5), (12, 59), (13, 0), (13, 30), (14, 0)):
            wall.jump(hour, minute)
            assert made._scheduler._process_jobs() <= schedules.LOOK
        assert (ended(made), done.qsize()) == ("02 15:00", 2)

"""Appointments come when cron says, also where clocks are put forward and back."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

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


def test_a_time_that_was_missed_is_not_given_again():
    trigger, now = Cron("0 * * * *", "UTC"), datetime(2026, 1, 2, 12, 30, tzinfo=UTC)
    assert trigger.get_next_fire_time(now - timedelta(days=3), now) == datetime(2026, 1, 2, 13, tzinfo=UTC)


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

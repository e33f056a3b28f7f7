"""Work at fixed times: APScheduler keeps the clock, cron says when, each in a time zone of its own."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from cronsim import CronSim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from types import TracebackType

LOG = logging.getLogger(__name__)

LATE = 3600
"""Seconds by which work may begin late, after a sleep of the machine or a jump of its clock; later, it is left out."""

LOOK = 30.0
"""Seconds after which the time of day is looked at again: a pause stands still while the machine sleeps, and counts on
by what the clock said before it jumped. Short enough for cron, which counts in minutes."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """What is done when. It runs in the scheduler's thread, so it should ask others to work."""

    name: str
    cron: str
    timezone: str
    work: Callable[[], None]


class Cron(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """When cron says so. An hour that a clock change leaves out is made up for; one that comes twice counts once."""

    def __init__(self, cron: str, timezone: str) -> None:
        """Take five fields of cron and the IANA name of a zone, both checked with the settings."""
        self._cron, self._zone = cron, ZoneInfo(timezone)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """Give the next time after the previous one that is not too late by now, or None if there is none."""
        start = max(now - timedelta(seconds=LATE), previous) if previous else now
        return next(CronSim(self._cron, start.astimezone(self._zone)), None)


class Scheduler(BackgroundScheduler):  # type: ignore[misc]  # the library has no types
    """The library's, but it never pauses for longer than `LOOK`."""

    def _process_jobs(self) -> float | None:
        """Begin what is due, and give the seconds until the next look, as every kind of scheduler asks for them."""
        pause: float | None = super()._process_jobs()
        return pause if pause is None else min(pause, LOOK)


class Schedules:
    """Runs appointments from `with` to its end; several that were missed become one."""

    def __init__(self, appointments: Iterable[Appointment]) -> None:
        """Take appointments; nothing runs yet."""
        self._scheduler = Scheduler(timezone="UTC", daemon=True)
        for number, each in enumerate(appointments):
            trigger = Cron(each.cron, each.timezone)
            options: dict[str, Any] = {"coalesce": True, "misfire_grace_time": LATE, "max_instances": 1}
            self._scheduler.add_job(_outlived(each), trigger, id=f"{number} {each.name}", name=each.name, **options)

    def __enter__(self) -> Self:
        """Begin."""
        if self._scheduler.get_jobs():
            self._scheduler.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End; work that is under way is not waited for."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


def _outlived(appointment: Appointment) -> Callable[[], None]:
    def run() -> None:
        try:
            appointment.work()
        except Exception:
            LOG.exception("%s failed", appointment.name)

    return run

"""Deployment windows: the times in which a cron expression fits (reference D.6).

A window is open for the whole of each minute that fits; the seconds of the expression are checked and have no say.
Clocks that are put forward skip what lies in the lost hour; put back, they open it twice.
"""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from reconciler.simulation import cron as expressions
from reconciler.simulation import zones

if TYPE_CHECKING:
    from collections.abc import Iterator


def inside(cron: str, zone: str, at: datetime, *, resolver: zones.Resolver = zoneinfo.ZoneInfo) -> bool:
    """Say whether the window is open at a moment (aware); raises `Broken` naming the field that is wrong."""
    return expressions.read(cron).includes(at.astimezone(zones.zone(zone, resolver)))


def opens(cron: str, zone: str, after: datetime, *, resolver: zones.Resolver = zoneinfo.ZoneInfo) -> datetime | None:
    """Give the first moment from `after` on in which the window is open, in its zone; None if there is none.

    That is `after` itself if the window is open then. Raises `Broken` as `inside` does.
    """
    window, place = expressions.read(cron), zones.zone(zone, resolver)
    local = after.astimezone(place)
    if window.includes(local):
        return after
    for day in _days(window, local.date()):
        times = (
            datetime(day.year, day.month, day.day, hour, minute, tzinfo=place, fold=fold).astimezone(UTC)
            for hour in sorted(window.hours)
            for minute in sorted(window.minutes)
            for fold in (0, 1)
        )
        # A time in the lost hour comes back as another one, which may lie outside.
        later = [time for time in times if time >= after and window.includes(time.astimezone(place))]
        if later:
            return min(later).astimezone(after.tzinfo)
    return None


def _days(window: expressions.Window, first: date) -> Iterator[date]:
    for year in sorted(each for each in window.years if each >= first.year):
        for month in sorted(window.months):
            for number in range(1, expressions.length(year, month) + 1):
                day = date(year, month, number)
                if day >= first and window.has_day(day):
                    yield day

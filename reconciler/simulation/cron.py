"""Cron expressions as Quartz writes them (reference D.6).

Seconds, minutes, hours, day of month, month, day of week, and perhaps a year. Days of the week count from 1, Sunday.
Exactly one of the two day fields is `?`. Days may be `L`, `L-3`, `LW`, `15W`; days of the week `6L` and `6#3`.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_ITEM = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d{1,4}))?")
_LAST_YEAR = 2199

DayTest = Callable[[date], bool]


class _Field:
    def __init__(self, name: str, first: int, last: int, names: tuple[str, ...] = ()) -> None:
        self.name, self.first, self.last, self.names = name, first, last, names

    def wrong(self, text: str, what: str) -> Broken:
        return Broken(f"Cron, {self.name} {text[:40]!r}: {what}")

    def number(self, text: str, item: str) -> int:
        value = self.names.index(text.upper()) + 1 if text.upper() in self.names else -1
        if re.fullmatch(r"[0-9]{1,4}", text):
            value = int(text)
        if not self.first <= value <= self.last:
            also = f" or {', '.join(self.names)}" if self.names else ""
            raise self.wrong(item, f"{text[:40]} is not from {self.first} to {self.last}{also}")
        return value

    def numbers(self, item: str) -> Iterable[int]:
        """Give what one item means: `*`, `5`, `1-5`, `22-2` (over the end), each with a step behind `/`."""
        found = _ITEM.fullmatch(item)
        if not found:
            raise self.wrong(item, "write *, 5, 1-5, 0/15, or several with commas")
        first, last, step = found.groups()
        size = int(step or 1)
        if not 1 <= size <= self.last:
            raise self.wrong(item, f"a step is from 1 to {self.last}")
        low = self.first if first is None else self.number(first, item)
        high = self.number(last, item) if last else self.last if first is None or step else low
        span = self.last - self.first + 1
        reach = high - low if high >= low else high - low + span
        return [(low - self.first + far) % span + self.first for far in range(0, reach + 1, size)]

    def values(self, text: str) -> frozenset[int]:
        return frozenset(value for item in text.split(",") for value in self.numbers(item))


_SECOND, _MINUTE, _HOUR = _Field("seconds", 0, 59), _Field("minutes", 0, 59), _Field("hours", 0, 23)
_MONTH_DAY, _MONTH = _Field("day of month", 1, 31), _Field("month", 1, 12, _MONTHS)
_WEEK_DAY, _YEAR = _Field("day of week", 1, 7, _DAYS), _Field("year", 1970, _LAST_YEAR)


@dataclass(frozen=True, slots=True)
class Window:
    """A cron expression that has been read."""

    minutes: frozenset[int]
    hours: frozenset[int]
    months: frozenset[int]
    years: frozenset[int]
    days: tuple[DayTest, ...]
    """One of them suffices."""

    def includes(self, local: datetime) -> bool:
        """Say whether the minute of a wall clock is inside."""
        return local.minute in self.minutes and local.hour in self.hours and self.has_day(local.date())

    def has_day(self, day: date) -> bool:
        """Say whether anything of a day is inside."""
        return day.month in self.months and day.year in self.years and any(test(day) for test in self.days)


@lru_cache(maxsize=256)
def read(cron: str) -> Window:
    """Give the window of a cron expression; raises `Broken` naming the field that is wrong."""
    fields = cron.split()
    if len(fields) not in (6, 7):
        raise Broken(f"Cron {cron[:80]!r} has {len(fields)} fields; write seconds, minutes, hours, day of month, month,"
                     " day of week, and perhaps a year")  # fmt: skip
    seconds, minutes, hours, month_day, month, week_day, year = (*fields, "*")[:7]
    _SECOND.values(seconds)
    if (month_day == "?") == (week_day == "?"):
        raise Broken(f"Cron {cron[:80]!r}: exactly one of day of month and day of week is ?; write ? in the other one")
    chosen = week_day if month_day == "?" else month_day
    kind = _week_day if month_day == "?" else _month_day
    days = tuple(kind(item.upper()) for item in chosen.split(","))
    return Window(_MINUTE.values(minutes), _HOUR.values(hours), _MONTH.values(month), _YEAR.values(year), days)


def length(year: int, month: int) -> int:
    """Give the number of days of a month."""
    return calendar.monthrange(year, month)[1]


def _month_day(item: str) -> DayTest:
    if found := re.fullmatch(r"L(?:-(\d{1,2}))?(W)?", item):
        back = int(found[1] or 0)
        if back >= _MONTH_DAY.last:
            raise _MONTH_DAY.wrong(item, "L- goes back 30 days at most")
        return _nearest(lambda day: length(day.year, day.month) - back, weekday=bool(found[2]))
    if found := re.fullmatch(r"(\d{1,2})W", item):
        number = _MONTH_DAY.number(found[1], item)
        return _nearest(lambda _: number, weekday=True)
    wanted = frozenset(_MONTH_DAY.numbers(item))
    return lambda day: day.day in wanted


def _nearest(target: Callable[[date], int], *, weekday: bool) -> DayTest:
    """Test for a day of the month or, with `weekday`, the nearest from Monday to Friday within that month."""

    def test(day: date) -> bool:
        number, last = target(day), length(day.year, day.month)
        if not 1 <= number <= last:
            return False
        wanted = day.replace(day=number)
        if weekday and wanted.weekday() == calendar.SATURDAY:
            wanted += timedelta(days=-1 if number > 1 else 2)
        elif weekday and wanted.weekday() == calendar.SUNDAY:
            wanted += timedelta(days=1 if number < last else -2)
        return day == wanted

    return test


def _week_day(item: str) -> DayTest:
    if item == "L":
        item = "7"
    if found := re.fullmatch(r"(\w+)(?:L|#([1-5]))", item):
        number = _WEEK_DAY.number(found[1], item)
        if found[2] is None:
            return lambda day: _number(day) == number and day.day + 7 > length(day.year, day.month)
        nth = int(found[2])
        return lambda day: _number(day) == number and (day.day - 1) // 7 + 1 == nth
    wanted = frozenset(_WEEK_DAY.numbers(item))
    return lambda day: _number(day) in wanted


def _number(day: date) -> int:
    """Count as Quartz does: Sunday is 1."""
    return day.isoweekday() % 7 + 1

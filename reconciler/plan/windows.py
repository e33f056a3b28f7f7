"""When writing is allowed: windows by cron and duration, each in its own time zone.

Rules of this file:

* A window is open from each time at which its cron fits, up to and without the end of its duration. The duration is
  time that passes: eight hours are eight hours, also where clocks are put forward or back.
* A beginning in the hour that clocks skip is at the end of that hour; one in the hour that comes twice is at its first
  coming. That is what Debian's cron does, and the library `cronsim` after it.
* Deny beats allow. An environment that has any allow window is shut outside of all of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cronsim import CronSim

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.settings import Window

_FOLD = timedelta(hours=3)
"""More than any clock is put back: cron looks at the wall clock, which shows such hours twice."""

_STEPS = 1000
"""Windows that are looked through for the next opening; beyond them there is none to speak of."""


def hold(windows: Iterable[Window], environment: str, now: datetime) -> str:
    """Give which window holds an environment at a moment and when writing is allowed next; empty if it is allowed."""
    return _hold(tuple(_of(windows, environment)), environment, now)


@lru_cache(maxsize=64)
def _hold(ours: tuple[Window, ...], environment: str, now: datetime) -> str:
    """Give what `hold` does, once for all changes of a plan."""
    if is_allowed(ours, now):
        return ""
    denying = next((each for each in ours if each.kind == "deny" and is_open(each, now)), None)
    if denying is not None:
        said = f"{_title(denying)} holds {environment}"
    else:
        said = f"{environment} is outside of {' and '.join(_title(each) for each in ours if each.kind == 'allow')}"
    again = opens(ours, now)
    zone = ours[0].timezone if denying is None else denying.timezone
    return f"{said}; writing is allowed next " + (f"at {_clock(again, zone)}" if again else "never: mend sync.windows")


def overrun(windows: Iterable[Window], environment: str, began: datetime, now: datetime) -> str:
    """Give why a pass that began when writing was allowed begins no further write; empty if it may go on."""
    ours = _of(windows, environment)
    if is_allowed(ours, now):
        return ""
    shut = [each for each in ours if each.kind == "deny" and is_open(each, now)]
    let = [each for each in ours if each.kind == "allow" and is_open(each, began)]
    outside = bool(let) and not any(each.kind == "allow" and is_open(each, now) for each in ours)
    stops = any(each.overrun == "stop" for each in shut) or (outside and all(each.overrun == "stop" for each in let))
    return hold(ours, environment, now) if stops else ""


def is_allowed(windows: Sequence[Window], now: datetime) -> bool:
    """Tell whether windows, all of one environment, allow writing at a moment."""
    allows = [each for each in windows if each.kind == "allow"]
    denied = any(each.kind == "deny" and is_open(each, now) for each in windows)
    return not denied and (not allows or any(is_open(each, now) for each in allows))


def opens(windows: Sequence[Window], after: datetime) -> datetime | None:
    """Give the first moment from `after` on at which windows, all of one environment, allow writing; None if never."""
    at = after
    for _ in range(_STEPS):
        if is_allowed(windows, at):
            return at
        ends = [_end(each, at) for each in windows if each.kind == "deny" and is_open(each, at)]
        begins = [_next(each, at) for each in windows if each.kind == "allow"]
        moves = [max(ends)] if ends else [each for each in begins if each is not None]
        if not moves:
            return None
        at = min(moves)
    return None


def is_open(window: Window, now: datetime) -> bool:
    """Tell whether a window is open at a moment."""
    return now < _end(window, now)


def _end(window: Window, now: datetime) -> datetime:
    """Give the end of the last opening that began until `now`; long ago if there was none."""
    times = CronSim(window.cron, (now + _FOLD).astimezone(ZoneInfo(window.timezone)), reverse=True)
    began = next((time for each in times if (time := each.astimezone(UTC)) <= now), None)
    return datetime.min.replace(tzinfo=UTC) if began is None else began + timedelta(seconds=window.duration)


def _next(window: Window, after: datetime) -> datetime | None:
    times = CronSim(window.cron, (after - _FOLD).astimezone(ZoneInfo(window.timezone)))
    return next((time for each in times if (time := each.astimezone(UTC)) > after), None)


def _of(windows: Iterable[Window], environment: str) -> list[Window]:
    return [each for each in windows if not each.environments or environment in each.environments]


def _title(window: Window) -> str:
    length = timedelta(seconds=window.duration)
    why = f": {window.reason}" if window.reason else ""
    return f"the {window.kind} window {window.cron!r} of {length} ({window.timezone}{why})"


def _clock(time: datetime, zone: str) -> str:
    return f"{time.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"

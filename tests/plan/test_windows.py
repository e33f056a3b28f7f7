"""When windows are open, in every time zone and on the days on which clocks are put forward and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from reconciler.plan import windows
from reconciler.settings import Window
from strategies import law

BERLIN = "Europe/Berlin"


def window(kind: str = "allow", cron: str = "0 9 * * mon-fri", duration: Any = "8h", **members: Any) -> Window:
    return Window.model_validate({"kind": kind, "cron": cron, "duration": duration, **members})


def at(text: str, zone: str = "UTC", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


OFFICE = window(timezone=BERLIN)
FREEZE = window("deny", "0 18 * * fri", "2d", timezone=BERLIN, reason="weekend")


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        pytest.param("2026-05-04T08:59:59", False, id="before"),
        pytest.param("2026-05-04T09:00", True, id="the beginning is inside"),
        pytest.param("2026-05-04T16:59:59", True, id="until the last second"),
        pytest.param("2026-05-04T17:00", False, id="the end is outside"),
        pytest.param("2026-05-03T12:00", False, id="on a Sunday"),
        pytest.param("2026-01-05T09:00", True, id="the wall clock counts in winter too"),
    ],
)
def test_a_window_is_open_from_its_beginning_up_to_its_end(moment: str, opened: bool) -> None:
    assert windows.is_open(OFFICE, at(moment, BERLIN)) is opened


def test_weekdays_count_from_sunday_as_in_every_cron() -> None:
    assert windows.is_open(window(cron="0 9 * * 1"), at("2026-05-04T09:00"))  # a Monday
    assert windows.is_open(window(cron="0 9 * * 7"), at("2026-05-03T09:00"))
    assert windows.is_open(window(cron="0 9 * * 0"), at("2026-05-03T09:00"))


def test_a_beginning_in_the_hour_that_clocks_skip_is_at_its_end() -> None:
    night = window(cron="30 2 * * *", duration="1h", timezone=BERLIN)
    assert not windows.is_open(night, at("2026-03-29T00:59:59"))
    assert windows.is_open(night, at("2026-03-29T01:00"))  # 03:00 in Berlin
    assert not windows.is_open(night, at("2026-03-29T02:00"))


def test_a_beginning_in_the_hour_that_comes_twice_is_at_its_first_coming() -> None:
    night = window(cron="30 2 * * *", duration="1h", timezone=BERLIN)
    assert windows.is_open(night, at("2026-10-25T02:30", BERLIN))
    assert windows.is_open(night, at("2026-10-25T02:15", BERLIN, fold=1)), "45 minutes later the clock shows 02:15"
    assert not windows.is_open(night, at("2026-10-25T02:30", BERLIN, fold=1))
    assert windows.opens([night], at("2026-10-25T02:31", BERLIN, fold=1)) == at("2026-10-26T02:30", BERLIN)


def test_a_duration_is_time_that_passes_also_when_clocks_change() -> None:
    night = window(cron="0 20 * * *", duration="12h", timezone=BERLIN)
    assert windows.is_open(night, at("2026-03-29T08:59", BERLIN)), "an hour was skipped"
    assert not windows.is_open(night, at("2026-10-25T07:00", BERLIN)), "an hour came twice"


def test_without_windows_writing_is_always_allowed() -> None:
    assert windows.hold((), "prod", at("2026-05-03T12:00")) == ""


def test_windows_of_another_environment_hold_nothing() -> None:
    assert windows.hold([window(environments=["dev"])], "prod", at("2026-05-03T12:00")) == ""


def test_outside_of_all_allow_windows_nothing_is_written_and_the_next_opening_is_told() -> None:
    told = windows.hold([OFFICE], "prod", at("2026-05-02T12:00"))
    assert told == (
        "prod is outside of the allow window '0 9 * * mon-fri' of 8:00:00 (Europe/Berlin); "
        "writing is allowed next at 2026-05-04 09:00 Europe/Berlin"
    )


def test_deny_beats_allow_and_says_when_both_let_through() -> None:
    always = window(cron="0 * * * *", duration="1h")
    told = windows.hold([always, FREEZE], "prod", at("2026-05-02T12:00", BERLIN))
    assert told.startswith("the deny window '0 18 * * fri' of 2 days, 0:00:00 (Europe/Berlin: weekend) holds prod;")
    assert told.endswith("at 2026-05-03 18:00 Europe/Berlin")
    assert windows.opens([OFFICE, FREEZE], at("2026-05-01T18:00", BERLIN)) == at("2026-05-04T09:00", BERLIN)


def test_a_window_that_denies_for_ever_is_told_so() -> None:
    told = windows.hold([window("deny", "0 * * * *", "2h")], "prod", at("2026-05-02T12:00"))
    assert told.endswith("writing is allowed next never: mend sync.windows")


@pytest.mark.parametrize(
    ("closing", "began", "now", "stops"),
    [
        pytest.param(window(), "16:59", "17:01", True, id="an allow window ends"),
        pytest.param(window(overrun="finish"), "16:59", "17:01", False, id="a pass may finish"),
        pytest.param(window(), "16:58", "16:59", False, id="it has not ended"),
        pytest.param(window("deny", "0 17 * * *", "1h"), "16:59", "17:01", True, id="a deny window begins"),
        pytest.param(window("deny", "0 17 * * *", "1h", overrun="finish"), "16:59", "17:01", False, id="but not yet"),
    ],
)  # fmt: skip
def test_the_overrun_says_whether_a_pass_in_hand_goes_on(closing: Window, began: str, now: str, stops: bool) -> None:
    told = windows.overrun([closing], "prod", at(f"2026-05-04T{began}"), at(f"2026-05-04T{now}"))
    assert bool(told) is stops


def test_one_of_two_windows_that_lets_finish_is_enough() -> None:
    both = [window(), window(overrun="finish")]
    assert windows.overrun(both, "prod", at("2026-05-04T16:59"), at("2026-05-04T17:01")) == ""


TIMES = st.integers(0, 2 * 366 * 24 * 60).map(lambda minutes: at("2026-01-01T00:00") + timedelta(minutes=minutes))
CRONS = st.sampled_from(["0 9 * * mon-fri", "30 2 * * *", "0,30 1-3 * * *", "15 */6 * * sun", "0 0 1 * *"])
ZONES = st.sampled_from(["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
WINDOWS = st.builds(
    window, st.sampled_from(["allow", "deny"]), CRONS, st.integers(60, 172_800), timezone=ZONES
)  # fmt: skip


@law
@given(WINDOWS, TIMES)
def test_a_window_is_open_when_one_of_its_beginnings_is_less_than_its_duration_ago(one: Window, now: datetime) -> None:
    zone = ZoneInfo(one.timezone)
    begins = (each.astimezone(UTC) for each in CronSim(one.cron, (now - timedelta(days=40)).astimezone(zone)))
    last = None
    for each in begins:
        if each > now:
            break
        last = each
    assert windows.is_open(one, now) == (last is not None and now < last + timedelta(seconds=one.duration))


@law
@given(st.lists(WINDOWS, max_size=2), TIMES)
def test_at_the_next_opening_writing_is_allowed_and_a_moment_before_it_is_not(
    many: list[Window], now: datetime
) -> None:
    opens = windows.opens(many, now)
    assert opens is None or (opens >= now and windows.is_allowed(many, opens))
    if opens and opens > now:
        assert not windows.is_allowed(many, opens - timedelta(seconds=1))

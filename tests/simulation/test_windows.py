"""Deployment windows (reference D.6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import Broken
from reconciler.simulation import cron as expressions
from reconciler.simulation import windows, zones
from strategies import law

OFFICE = "* * 9-16 ? * MON-FRI"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "moment", "inside"),
    [
        pytest.param(OFFICE, "2026-01-05T09:00:00", True, id="monday-nine"),
        pytest.param(OFFICE, "2026-01-05T16:59:59", True, id="the-last-second"),
        pytest.param(OFFICE, "2026-01-05T17:00:00", False, id="closed"),
        pytest.param(OFFICE, "2026-01-04T12:00:00", False, id="sunday"),
        pytest.param("0 30 9 ? * *", "2026-01-05T09:30:59", True, id="seconds-have-no-say"),
        pytest.param("* 0/15 * ? * *", "2026-01-05T09:45:00", True, id="step"),
        pytest.param("* 0/15 * ? * *", "2026-01-05T09:46:00", False, id="between-steps"),
        pytest.param("* 5-20/5 * ? * *", "2026-01-05T09:25:00", False, id="step-in-a-range"),
        pytest.param("* * 22-2 ? * *", "2026-01-05T01:00:00", True, id="over-midnight"),
        pytest.param("* * 22-2 ? * *", "2026-01-05T03:00:00", False, id="after-the-night"),
        pytest.param("* * * ? jan,Mar *", "2026-03-05T03:00:00", True, id="month-names-in-any-case"),
        pytest.param("* * * ? 2-11 *", "2026-01-05T03:00:00", False, id="months"),
        pytest.param("* * * ? * 2", "2026-01-05T03:00:00", True, id="monday-is-2"),
        pytest.param("* * * ? * FRI-MON", "2026-01-04T03:00:00", True, id="over-the-weekend"),
        pytest.param("* * * ? * L", "2026-01-03T03:00:00", True, id="L-is-saturday"),
        pytest.param("* * * ? * 6L", "2026-01-30T03:00:00", True, id="last-friday"),
        pytest.param("* * * ? * FRIL", "2026-01-23T03:00:00", False, id="the-friday-before"),
        pytest.param("* * * ? * 6#3", "2026-01-16T03:00:00", True, id="third-friday"),
        pytest.param("* * * ? * FRI#3", "2026-01-09T03:00:00", False, id="second-friday"),
        pytest.param("* * * 1,15 * ?", "2026-01-15T03:00:00", True, id="days-of-the-month"),
        pytest.param("* * * L * ?", "2028-02-29T03:00:00", True, id="last-day"),
        pytest.param("* * * L-3 * ?", "2026-01-28T03:00:00", True, id="three-before-the-last"),
        pytest.param("* * * LW * ?", "2026-05-29T03:00:00", True, id="last-weekday"),
        pytest.param("* * * LW * ?", "2026-05-31T03:00:00", False, id="the-last-day-is-a-sunday"),
        pytest.param("* * * 15W * ?", "2026-08-14T03:00:00", True, id="saturday-goes-back"),
        pytest.param("* * * 15W * ?", "2026-02-16T03:00:00", True, id="sunday-goes-on"),
        pytest.param("* * * 1W * ?", "2026-08-03T03:00:00", True, id="never-into-the-month-before"),
        pytest.param("* * * 31W * ?", "2026-05-29T03:00:00", True, id="never-into-the-month-after"),
        pytest.param("* * * 31W * ?", "2026-04-30T03:00:00", False, id="a-day-the-month-does-not-have"),
        pytest.param("* * * ? * * 2027", "2026-01-05T03:00:00", False, id="other-year"),
        pytest.param("* * * ? * * 2025/1", "2026-01-05T03:00:00", True, id="from-a-year-on"),
    ],
)
def test_d6_a_moment_is_inside(cron, moment, inside):
    assert windows.inside(cron, "UTC", at(moment)) is inside


@pytest.mark.parametrize(
    ("zone", "inside"),
    [
        pytest.param("", False, id="D6-default-utc"),
        pytest.param("UTC", False, id="D6-utc"),
        pytest.param("UTC+05:30", True, id="D6-offset"),
        pytest.param("UTC-01:00", False, id="D6-offset-west"),
        pytest.param("Europe/Berlin", True, id="D6-city"),
        pytest.param("CET", True, id="D6-abbreviation"),
        pytest.param("IST", True, id="D6-abbreviation-of-java"),
    ],
)
def test_d6_the_zone_moves_the_window(zone, inside):
    assert windows.inside(OFFICE, zone, at("2026-01-05T08:30:00")) is inside


@pytest.mark.parametrize("zone", ["Mars/Base", "UTC+19:00", "UTC+5:99", "../etc/passwd", "/etc/passwd", "\0"])
def test_a_zone_that_is_not_there_is_refused(zone):
    with pytest.raises(Broken, match="time zone"):
        windows.inside(OFFICE, zone, at("2026-01-05T08:30:00"))


def test_the_resolver_is_asked_for_cities():
    zone = zones.zone("Moon/Base", lambda name: timezone(timedelta(hours=1), name))
    assert zone == timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("cron", "what"),
    [
        pytest.param("* * * * *", "5 fields", id="five-fields"),
        pytest.param("* * * ? * * * *", "8 fields", id="eight-fields"),
        pytest.param("60 * * ? * *", "seconds '60'", id="seconds"),
        pytest.param("* 60 * ? * *", "minutes '60'", id="minutes"),
        pytest.param("* * 24 ? * *", "hours '24'", id="hours"),
        pytest.param("* * * 32 * ?", "day of month '32'", id="day-of-month"),
        pytest.param("* * * 0W * ?", "day of month '0W'", id="nearest-to-nothing"),
        pytest.param("* * * L-31 * ?", "day of month 'L-31'", id="before-the-month"),
        pytest.param("* * * ? 13 *", "month '13'", id="month"),
        pytest.param("* * * ? * MOM", "day of week 'MOM'", id="day-of-week"),
        pytest.param("* * * ? * 8#1", "day of week '8#1'", id="nth-of-nothing"),
        pytest.param("* * * ? * 2#6", "day of week '2#6'", id="sixth"),
        pytest.param("* * * ? * * 1969", "year '1969'", id="year"),
        pytest.param("* */0 * ? * *", "a step", id="step-of-nothing"),
        pytest.param("* 1- * ? * *", "minutes '1-'", id="half-a-range"),
        pytest.param("* ? * ? * *", "minutes '?'", id="question-mark-for-minutes"),
        pytest.param("* * * * * *", "exactly one", id="no-question-mark"),
        pytest.param("* * * ? * ?", "exactly one", id="two-question-marks"),
    ],
)
def test_a_cron_expression_that_is_wrong_names_the_field(cron, what):
    with pytest.raises(Broken, match="Cron") as caught:
        expressions.read(cron)
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("cron", "zone", "after", "opens"),
    [
        pytest.param(OFFICE, "UTC", "2026-01-02T17:00:00", "2026-01-05T09:00:00", id="over-the-weekend"),
        pytest.param(OFFICE, "UTC", "2026-01-05T10:30:20", "2026-01-05T10:30:20", id="open-already"),
        pytest.param(OFFICE, "UTC", "2026-01-05T08:59:59", "2026-01-05T09:00:00", id="in-a-second"),
        pytest.param(OFFICE, "Europe/Berlin", "2026-07-06T05:00:00", "2026-07-06T07:00:00", id="summer-time"),
        pytest.param("* * * 29 2 ?", "UTC", "2026-01-01T00:00:00", "2028-02-29T00:00:00", id="leap-day"),
        pytest.param("* 30 2 ? * *", "Europe/Berlin", "2026-03-28T12:00:00", "2026-03-30T00:30:00", id="lost-hour"),
        pytest.param("* 30 2 ? * *", "Europe/Berlin", "2026-10-25T00:31:00", "2026-10-25T01:30:00", id="hour-twice"),
        pytest.param("* * * ? * * 2025", "UTC", "2026-01-01T00:00:00", None, id="over"),
        pytest.param("* * * 30 2 ?", "UTC", "2026-01-01T00:00:00", None, id="never"),
    ],
)
def test_a_window_opens(cron, zone, after, opens):
    assert windows.opens(cron, zone, at(after)) == (at(opens) if opens else None)


_fields = st.tuples(
    st.sampled_from(["*", "0", "0/20", "30-40"]),
    st.sampled_from(["*", "2", "22-3", "0/6"]),
    st.sampled_from([("?", "*"), ("?", "MON-FRI"), ("?", "1L"), ("L", "?"), ("1/2", "?")]),
).map(lambda parts: f"* {parts[0]} {parts[1]} {parts[2][0]} * {parts[2][1]}")
_moments = st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 10), timezones=st.just(UTC))  # noqa: DTZ001


@law
@given(_fields, st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]), _moments)
def test_a_window_is_open_when_it_opens_and_not_before(cron, zone, after):
    opening = windows.opens(cron, zone, after)
    before = max(after, opening - timedelta(minutes=90))
    minutes = int((opening - before).total_seconds() // 60)
    assert windows.inside(cron, zone, opening)
    assert not any(windows.inside(cron, zone, before + timedelta(minutes=each)) for each in range(minutes))


@law
@given(st.text("*?LW#-/,0129MONFRI ", max_size=24))
def test_any_text_is_a_cron_expression_or_refused(text):
    try:
        windows.opens(text, "UTC", at("2026-01-01T00:00:00"))
    except Broken as error:
        assert str(error).startswith("Cron")  # noqa: PT017

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import Broken
from reconciler.simulation.durations import DAY, HOUR, MINUTE, SECOND, WEEK, duration, spell
from strategies import law


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("90s", 90 * SECOND), ("5m", 5 * MINUTE), ("3h04m", 3 * HOUR + 4 * MINUTE), ("2d", 2 * DAY), ("1w", WEEK),
     ("250ms", 250), ("0s", 0), (17, 17)],
)  # fmt: skip
def test_a_duration_is_read(text, wanted):
    assert duration(text) == wanted


@pytest.mark.parametrize("wrong", ["", "5", "m5", "5x", "4m3h", "1h1h", "-5m", -1, None, 1.5, "1e9d"])
def test_what_is_no_duration_is_refused(wrong):
    with pytest.raises(Broken, match="duration"):
        duration(wrong)


@law
@given(st.integers(0, 10**13))
def test_what_is_written_is_read_back(milliseconds):
    assert duration(spell(milliseconds)) == milliseconds

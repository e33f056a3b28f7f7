"""What so many pipelines would cost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.plan import loads

ESTATE = loads.Estate(
    pipelines=10_000, targets=50, roles=25, threads=16, latency=0.05, rate=5, ceiling=50, burst=20,
)  # fmt: skip


def test_calls_are_pages_of_lists_and_tags_and_the_roles():
    assert loads.quiet(ESTATE).calls == 50 * (1 + 2) + 25
    assert loads.first(ESTATE).calls == 50 * (1 + 2) + 25 + 10_000
    assert loads.quiet(replace(ESTATE, pipelines=100_000)).calls == 50 * (2 + 20) + 25


def test_slow_answers_are_waited_for_side_by_side():
    slow, many = replace(ESTATE, latency=2), replace(ESTATE, latency=2, threads=64)
    assert loads.quiet(slow).seconds == pytest.approx(175 * 2 / 16, rel=0.1)
    assert loads.quiet(many).seconds == pytest.approx(3 * 2, rel=0.3)


def test_a_first_pass_waits_for_the_pace_of_one_target():
    one = replace(ESTATE, pipelines=1000, targets=1, roles=0, latency=0.01)
    assert loads.first(one).seconds > loads.first(replace(one, rate=500, ceiling=500)).seconds + 20


def test_the_pace_doubles_in_ten_seconds_up_to_its_ceiling():
    assert loads._paced(20, ESTATE) == 0
    grown = (50 - 5) * 10 / loads.math.log(2)
    whole = loads._paced(round(20 + grown), ESTATE)
    assert whole == pytest.approx(loads.math.log2(10) * 10, rel=0.01)
    assert loads._paced(round(20 + grown) + 500, ESTATE) == pytest.approx(whole + 10, rel=0.01)


def test_cost_grows_linearly():
    less, more = loads.quiet(ESTATE), loads.quiet(replace(ESTATE, pipelines=100_000, targets=500, roles=250))
    assert more.processor / less.processor <= 11
    assert more.memory / less.memory <= 11

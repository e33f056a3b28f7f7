"""Signals at random moments, under change and with faults: all is well after each (the long form: tests/benchmarks)."""

from __future__ import annotations

from contextlib import closing

import pytest

import endurance
from endpoint import sample
from workshop import ACCOUNT, REGION

pytestmark = pytest.mark.untraced

ROUNDS = 9


def test_whatever_ends_the_daemon_and_whenever_the_next_passes_converge_and_nothing_is_done_twice(workshop):
    with closing(endurance.Trial(workshop, sample(4, account=ACCOUNT, region=REGION))) as trial:
        ways = list(trial.rounds(ROUNDS))
        told = trial.manager.told
    assert ways == ["hangup", "terminate", "kill"] * (ROUNDS // 3)
    assert told["WATCHDOG"] > 0
    assert told["STATUS"] >= ROUNDS

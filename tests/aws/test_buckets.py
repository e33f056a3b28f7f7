"""How fast AWS is called."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import settings
from reconciler.aws import buckets
from reconciler.aws.buckets import Bucket, Buckets
from reconciler.pipeline.arns import Target

AWS = settings.Aws(rate=5, burst=3, ceiling=8)
HERE = Target("111111111111", "eu-west-1")


@pytest.fixture
def bucket(time: Any) -> Bucket:
    return Bucket(AWS, clock=time.clock, sleep=time.sleep)


def test_a_full_bucket_lets_a_burst_out_and_then_one_call_each_fifth_of_a_second(bucket: Bucket, time: Any) -> None:
    for _ in range(5):
        bucket.take()
    assert time.slept == pytest.approx([0.2, 0.2])


def test_a_pause_fills_the_bucket_but_not_beyond_the_burst(bucket: Bucket, time: Any) -> None:
    time.now += 3600
    for _ in range(4):
        bucket.take()
    assert time.slept == pytest.approx([0.2])


def test_ten_seconds_of_steady_use_double_the_rate(time: Any) -> None:
    bucket = Bucket(settings.Aws(rate=5, burst=1, ceiling=1000), clock=time.clock, sleep=time.sleep)
    end = time.now + 10
    while time.now < end:
        bucket.take()
        bucket.succeeded()
    assert bucket.rate == pytest.approx(10, rel=0.05)


def test_successes_do_not_raise_the_rate_above_the_ceiling(bucket: Bucket) -> None:
    for _ in range(1000):
        bucket.succeeded()
    assert bucket.rate == 8


def test_a_throttle_halves_the_rate_and_empties_the_bucket(bucket: Bucket, time: Any) -> None:
    bucket.throttled()
    bucket.take()
    assert (bucket.rate, time.slept) == (2.5, [0.4])


def test_throttles_of_calls_that_were_under_way_together_count_once(bucket: Bucket) -> None:
    for _ in range(16):
        bucket.throttled()
    assert bucket.rate == 2.5


def test_throttles_one_after_the_other_stop_at_the_floor(bucket: Bucket, time: Any) -> None:
    for _ in range(16):
        bucket.throttled()
        time.now += buckets.SAME_THROTTLE
    assert bucket.rate == buckets.FLOOR


def test_a_rate_that_is_set_below_the_floor_stays_there(time: Any) -> None:
    bucket = Bucket(settings.Aws(rate=0.1), clock=time.clock, sleep=time.sleep)
    bucket.throttled()
    assert bucket.rate == 0.1


def test_families_and_targets_have_a_bucket_each_and_keep_it() -> None:
    made = Buckets(AWS)
    there = Target("222222222222", "eu-west-1")
    distinct = {id(made.of(HERE, "read")), id(made.of(HERE, "write")), id(made.of(there, "read"))}
    assert len(distinct) == 3
    assert made.of(HERE, "read") is made.of(HERE, "read")


def test_threads_never_take_more_tokens_than_there_are() -> None:
    slept: list[float] = []

    def no_more(seconds: float) -> None:
        slept.append(seconds)
        raise TimeoutError

    bucket = Bucket(settings.Aws(burst=50), clock=lambda: 0.0, sleep=no_more)
    with ThreadPoolExecutor(8) as pool:
        failed = [task.exception() is not None for task in [pool.submit(bucket.take) for _ in range(80)]]
    assert failed.count(False) == 50


@given(st.lists(st.tuples(st.sampled_from(["succeeded", "throttled", "nothing"]), st.floats(0, 5)), max_size=60))
def test_no_history_lets_out_more_than_the_burst_and_the_ceiling_allow(history: list[tuple[str, float]]) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    bucket = Bucket(AWS, clock=lambda: now[0], sleep=sleep)
    for taken, (event, pause) in enumerate(history, start=1):
        bucket.take()
        getattr(bucket, event, lambda: None)()
        now[0] += pause
        assert buckets.FLOOR <= bucket.rate <= AWS.ceiling
        assert taken <= math.ceil(AWS.burst + AWS.ceiling * now[0])

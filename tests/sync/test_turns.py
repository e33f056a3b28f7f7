"""How threads are shared out among targets of which some are slow."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.scale.serial import Serial
from reconciler.sync import turns

LONG = 20
"""Seconds after which a test gives up."""


def first(item):
    return item[0]


@pytest.fixture
def pool():
    with ThreadPoolExecutor(3) as executor:
        yield executor


def test_answers_come_in_the_order_of_the_items(pool):
    items = [f"{owner}{number}" for owner in "abc" for number in range(7)]
    assert list(turns.shared(pool, str.upper, items, first)) == [item.upper() for item in items]


def test_nothing_to_do_is_done_at_once(pool):
    assert list(turns.shared(pool, str.upper, [], first)) == []


def test_the_slow_one_keeps_one_thread_while_the_others_have_work(pool):
    quick = [f"{owner}{number}" for owner in "ab" for number in range(20)]
    slow = ["s1", "s2", "s3", "s4"]
    left, over = [len(quick)], threading.Event()
    lock, most, running = threading.Lock(), [0], [0]

    def work(item):
        if item in slow:
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0]) if not over.is_set() else most[0]
            assert over.wait(LONG)
            return item
        with lock:
            left[0] -= 1
            if not left[0]:
                over.set()
        return item

    assert list(turns.shared(pool, work, slow + quick, first)) == slow + quick
    assert most == [1]


def test_all_threads_work_for_one_that_is_alone(pool):
    together = threading.Barrier(3, timeout=LONG)
    assert list(turns.shared(pool, lambda _: together.wait() >= 0, ["a1", "a2", "a3"], first)) == [True] * 3


def test_one_after_the_other_keeps_the_order_of_the_items():
    done = []
    items = ["b2", "a1", "b1", "c1", "a2"]
    assert list(turns.shared(Serial(), done.append, items, first)) == [None] * 5
    assert done == items


def test_a_failure_is_raised_in_its_place_and_what_has_not_begun_is_not_done(pool):
    blocked, done = threading.Event(), []

    def work(item):
        if item == "a0":
            raise ValueError(item)
        assert blocked.wait(LONG)
        done.append(item)

    items = [f"a{number}" for number in range(10)]
    with pytest.raises(ValueError, match="a0"):
        list(turns.shared(pool, work, items, first))
    blocked.set()
    pool.shutdown()
    assert len(done) <= 3

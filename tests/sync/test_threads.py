"""Work knows on whose behalf it is done, and what hangs holds nothing else up."""

from __future__ import annotations

import contextvars
import subprocess
import sys
import threading

import pytest

from reconciler.sync.threads import Aside, Threads

who = contextvars.ContextVar("who", default="nobody")


def test_work_runs_in_the_context_in_which_it_was_submitted():
    with Threads(1) as threads:
        token = who.set("ana")
        one = threads.submit(who.get)
        who.reset(token)
        assert (one.result(), *threads.map(lambda _: who.get(), [1])) == ("ana", "nobody")


@pytest.fixture
def aside():
    """Two threads, of which one is taken until the test is over."""
    pool, over = Aside(2), threading.Event()
    pool.submit(over.wait)
    yield pool
    over.set()


def test_one_piece_of_work_that_hangs_takes_one_thread(aside):
    assert list(aside.map(str.upper, "abc", timeout=20)) == ["A", "B", "C"]


def test_work_done_aside_knows_its_context_too(aside):
    token = who.set("ana")
    one = aside.submit(who.get)
    who.reset(token)
    assert one.result(20) == "ana"


def test_a_failure_is_raised_where_the_result_is_asked_for_and_the_thread_goes_on(aside):
    with pytest.raises(ValueError, match="invalid literal"):
        aside.submit(int, "x").result(20)
    assert aside.submit(int, "1").result(20) == 1


def test_work_that_was_cancelled_is_not_done(aside):
    going, done = threading.Event(), []
    aside.submit(going.wait)
    assert aside.submit(done.append, 1).cancel()
    going.set()
    aside.submit(done.append, 2).result(20)
    assert done == [2]


def test_threads_that_hang_are_relieved_by_as_many(aside):
    going = threading.Event()
    aside.submit(going.wait)
    one = aside.submit(str.upper, "a")
    assert aside.is_behind
    aside.relieve()
    assert one.result(20) == "A"
    assert not aside.is_behind
    going.set()


def test_a_process_ends_while_work_hangs():
    script = "import threading; from reconciler.sync.threads import Aside; Aside(1).submit(threading.Event().wait)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)

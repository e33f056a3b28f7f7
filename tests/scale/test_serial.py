"""One call after the other."""

from __future__ import annotations

import pytest

from reconciler.scale.serial import Serial


def test_a_task_is_done_when_it_was_submitted_and_in_order():
    done: list[int] = []
    with Serial() as executor:
        future = executor.submit(done.append, 1)
        assert done == [1]
        assert future.done()
        assert list(executor.map(abs, [-2, -3])) == [2, 3]


def test_a_failure_is_raised_where_the_result_is_asked_for():
    future = Serial().submit(int, "x")
    with pytest.raises(ValueError, match="invalid literal"):
        future.result()

"""Properties that are worked out once."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from reconciler.pipeline.lazy import Lazy, lazy


@dataclass(frozen=True)
class Sum:
    parts: tuple[int, ...]
    asked: list[int] = field(default_factory=list)

    @lazy
    def total(self) -> int:
        """What the parts come to."""
        self.asked.append(1)
        return sum(self.parts)


def test_the_work_is_done_when_it_is_first_asked_for_and_not_again():
    found = Sum((1, 2))
    assert found.asked == []
    assert [found.total, found.total] == [3, 3]
    assert found.asked == [1]


def test_each_object_has_its_own():
    assert [Sum((1, 2)).total, Sum((3, 4)).total] == [3, 7]


def test_what_was_worked_out_changes_no_comparison():
    one, other = Sum((1, 2), []), Sum((1, 2), [])
    assert one.total == 3
    one.asked.clear()
    assert one == other


def test_work_that_fails_is_tried_again():
    found = Sum(("a",))  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(TypeError):
            _ = found.total
    assert found.asked == [1, 1]


def test_the_class_tells_what_it_is():
    assert isinstance(Sum.total, Lazy)
    assert Sum.total.__doc__ == "What the parts come to."

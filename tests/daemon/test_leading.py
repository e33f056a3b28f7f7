"""Which daemon works."""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from reconciler.daemon.leading import Leading
from reconciler.errors import Retry
from reconciler.store.lease import Grant, Lease, Standing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture
def other(url: str) -> Iterator[Lease]:
    with closing(Lease(url, 15, holder="host:2")) as lease:
        yield lease


def leading(url: str, changed: list[bool] | None = None) -> Leading:
    told = changed if changed is not None else []
    made = Leading(lambda: told.append(made.leads))
    made.over(Lease(url, 15, holder="host:1"))
    return made


def test_a_daemon_alone_leads_at_once_and_tells_it_once(url: str) -> None:
    changed: list[bool] = []
    with leading(url, changed) as made:
        made.look()
        assert (changed, made.number, made.sentence()) == ([True], 1, "leads by lease 1")


def test_a_standby_says_who_leads_and_takes_over_when_the_lease_is_given_back(url: str, other: Lease) -> None:
    other.acquire()
    made = leading(url)
    assert made.sentence().startswith("standby; leader is host:2 since ")
    other.release()
    pause = made.look()
    assert (made.leads, made.number, pause) == (True, 2, 5)
    made.over(other)


def test_a_standby_looks_more_often_than_a_leader_renews(url: str, other: Lease) -> None:
    other.acquire()
    with leading(url) as made:
        assert made.look() == 1


def test_one_that_ends_gives_the_lease_back(url: str, other: Lease) -> None:
    with leading(url):
        assert other.acquire() is None
    assert other.acquire() is not None


class Ailing:
    """A lease whose database stops answering."""

    url, duration = "postgresql://", 15.0
    left, answers = 10.0, True

    def acquire(self) -> Grant:
        if not self.answers:
            raise Retry("the database does not answer")
        return Grant(4, 0)

    def remaining(self) -> float:
        return self.left

    def standing(self) -> None:
        return None

    def close(self) -> None:
        raise Retry("the database does not answer")


def test_without_its_database_a_leader_leads_until_its_lease_ends_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lease, changed = Ailing(), []
    made = Leading(lambda: changed.append(made.leads))
    made.over(lease)  # type: ignore[arg-type]
    lease.answers = False
    assert (made.look(), made.leads) == (1, True)
    lease.left = 0
    made.look()
    assert (made.leads, changed) == (False, [True, False])
    assert made.sentence() == "standby, nothing is written: the database does not answer"
    assert [each.levelno for each in caplog.records if each.message == made.sentence()] == [logging.ERROR]
    lease.answers, lease.left = True, 10
    made.look()
    assert (made.leads, made.fault, changed) == (True, "", [True, False, True])


def test_a_lease_of_its_own_that_has_not_ended_yet_is_kept_and_not_waited_for() -> None:
    class Own(Ailing):
        holder, left = "host:1", 0.0

        def acquire(self) -> Grant:
            self.left = 10.0
            return Grant(4, 0)

        def standing(self) -> Standing:  # type: ignore[override]
            return Standing("host:1", 4, datetime.now(UTC), 1.5)

    made = Leading(lambda: None)
    made.over(Own())  # type: ignore[arg-type]
    assert (made.leads, made.sentence()) == (True, "leads by lease 4")


def test_what_nobody_foresaw_is_told_by_its_class_only(caplog: pytest.LogCaptureFixture) -> None:
    lease, made = Ailing(), Leading(lambda: None)
    lease.left, lease.acquire = 0, lambda: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    made.over(lease)  # type: ignore[arg-type]
    assert made.fault == "the lease cannot be asked for: ZeroDivisionError"


def test_a_lease_that_cannot_be_given_back_ends_by_itself(caplog: pytest.LogCaptureFixture, url: str) -> None:
    made = Leading(lambda: None)
    made.over(Ailing())  # type: ignore[arg-type]
    made.over(Lease(url, 15))
    assert "the lease was not given back: the database does not answer" in caplog.text
    assert made.leads
    made.over(Lease("sqlite://", 15))


def test_the_same_store_and_duration_are_the_same_lease_after_a_reload(url: str) -> None:
    first = Lease(url, 15)
    made = Leading(lambda: None)
    assert made.fitting(first) is first
    with made:
        made.over(first)
        longer = Lease(url, 30)
        assert (made.fitting(Lease(url, 15)), made.fitting(longer)) == (first, longer)

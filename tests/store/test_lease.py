"""The lease: one holder at a time, and a number for each."""

from __future__ import annotations

import math
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.errors import Blocked, Retry
from reconciler.store.lease import MARGIN, Lease, uptime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postgres import Server
    from reconciler.store.store import Store

    Leases = Callable[..., Lease]

HOLDS = """
import os, signal, sys
from reconciler.store.lease import Lease
print(Lease(sys.argv[1], 60).acquire().number)
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def lease(url: str) -> Iterator[Leases]:
    """Give a lease as another process sees it: `lease("host:1")`."""
    made: list[Lease] = []

    def make(holder: str = "host:1", duration: float = 60, clock: Any = uptime) -> Lease:
        made.append(Lease(url, duration, clock, holder))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def ended(server: Server) -> Callable[[str], object]:
    """Let the lease of a schema end, as time would."""

    def end(url: str) -> None:
        server.execute(f"UPDATE {url.rpartition('%3D')[2]}.leases SET expires = clock_timestamp()")

    return end


@pytest.fixture
def shared(server: Server) -> str:
    return server.url()


def test_one_at_a_time_has_it_and_everybody_can_tell_who(lease: Leases) -> None:
    first, second = lease("host:1"), lease("host:2")
    assert (first.standing(), first.acquire() is None, second.acquire()) == (None, False, None)
    standing = second.standing()
    assert standing is not None
    assert (standing.holder, standing.number, standing.is_held) == ("host:1", 1, True)
    assert (first.remaining() > 0, second.remaining()) == (True, 0)


def test_one_that_is_given_back_is_free_at_once_and_its_number_grows(lease: Leases) -> None:
    first, second = lease(), lease("host:2")
    first.acquire()
    first.release()
    grant = second.acquire()
    assert grant is not None
    assert (grant.number, second.number, first.renew(), first.remaining()) == (2, 2, None, 0)


def test_who_has_it_already_keeps_its_number(lease: Leases) -> None:
    mine = lease()
    assert [grant and grant.number for grant in (mine.acquire(), mine.acquire(), mine.renew())] == [1, 1, 1]


def test_a_process_of_the_same_name_is_another_holder(lease: Leases) -> None:
    first, second = lease("host:1"), lease("host:1")
    first.acquire()
    assert second.acquire() is None


def test_a_process_that_died_has_it_no_longer(url: str, lease: Leases, request: pytest.FixtureRequest) -> None:
    died = subprocess.run([sys.executable, "-c", HOLDS, url], check=False, timeout=60, capture_output=True, text=True)
    if url.startswith("postgresql"):
        assert lease().acquire() is None
        request.getfixturevalue("ended")(url)
    grant = lease().acquire()
    assert (died.stdout, grant and grant.number) == ("1\n", 2)


def test_without_it_there_is_no_number_and_nothing_is_assured(lease: Leases) -> None:
    holder, other = lease("host:1"), lease("host:2")
    holder.acquire()
    with pytest.raises(Blocked, match=r"another daemon leads now, host:1 since .* UTC, so this process writes nothing"):
        _ = other.number
    with pytest.raises(Blocked, match="another daemon leads now, host:1"):
        other.assure()


def test_held_takes_it_and_gives_it_back_or_leaves_it_to_who_leads(lease: Leases) -> None:
    mine, other = lease("host:1"), lease("host:2")
    with mine.held():
        with mine.held(), pytest.raises(Blocked, match="nothing was written: it follows git by itself"), other.held():
            pass
        assert mine.remaining() > 0
    with other.held():
        assert other.number == 2


def test_an_intent_is_refused_under_an_older_number_and_nothing_is_journalled(
    store: Store, lease: Leases, intent: Callable[..., Any]
) -> None:
    old, new = lease("host:1"), lease("host:2")
    old.acquire()
    number = old.number
    store.intend(intent(), number)
    old.release()
    new.acquire()
    with pytest.raises(Blocked, match="another daemon leads now, host:2; nothing was written"):
        store.intend(intent(), number)
    store.intend(intent(), new.number)
    assert len(store.changes(None, 9)) == 2


def test_in_memory_nobody_else_can_write() -> None:
    with closing(Lease("sqlite://", 60)) as mine:
        grant = mine.acquire()
        assert (grant and grant.until, mine.number) == (math.inf, None)
        mine.assure(1e9)


def test_the_holder_believes_a_tenth_less_than_it_was_granted(shared: str) -> None:
    clock = Clock()
    with closing(Lease(shared, 10, clock)) as mine:
        grant = mine.acquire()
        assert grant is not None
        assert grant.until == pytest.approx(100 + 10 * (1 - MARGIN))
        clock.now += 9
        assert mine.remaining() == 0


def test_it_is_renewed_where_less_is_left_than_a_call_may_take(shared: str) -> None:
    clock = Clock()
    with closing(Lease(shared, 10, clock)) as mine:
        mine.acquire()
        clock.now += 5
        mine.assure(3)
        assert mine.remaining() == pytest.approx(4)
        mine.assure(6)
        assert mine.remaining() == pytest.approx(9)
        with pytest.raises(Blocked, match="the lease of this process has ended"):
            mine.assure(9.5)


def test_one_that_ended_can_be_renewed_unless_somebody_took_it(shared: str, ended: Callable[[str], object]) -> None:
    with closing(Lease(shared, 10, holder="host:1")) as old, closing(Lease(shared, 10, holder="host:2")) as new:
        old.acquire()
        ended(shared)
        assert old.renew() is not None
        ended(shared)
        assert new.acquire() is not None
        assert (old.renew(), old.remaining()) == (None, 0)


def test_a_server_that_is_gone_is_to_be_tried_again_and_the_password_stays_out(shared: str, tmp_path: Path) -> None:
    gone = f"postgresql+psycopg://postgres:hush@/postgres?host={tmp_path}"
    with pytest.raises(Retry, match=r"postgresql\+psycopg:///postgres does not answer: .*No such file") as caught:
        Lease(gone, 10).acquire()
    assert "hush" not in str(caught.value)


def test_a_connection_that_the_server_ended_is_opened_again(shared: str, server: Server) -> None:
    with closing(Lease(shared, 10)) as mine:
        mine.acquire()
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        assert mine.renew() is not None


def test_a_lock_file_that_cannot_be_made_is_blocked(path: Path, url: str, store: Store) -> None:
    path.with_name("state.db.lease").mkdir()
    with closing(Lease(url, 10)) as mine, pytest.raises(Blocked, match=r"state\.db\.lease cannot be opened"):
        mine.acquire()


def test_nul_is_replaced_where_the_database_cannot_hold_it(store: Store, intent: Callable[..., Any], url: str) -> None:
    store.intend(intent(name="a\0b"))
    assert store.changes(None, 1)[0].name == ("a\ufffdb" if url.startswith("postgresql") else "a\0b")

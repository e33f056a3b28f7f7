"""A full disk, a damaged or read-only memory, a lost repository, a clock that jumps: nothing is done wrongly."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, exc

import nursery
from daemons import PATIENCE
from reconciler.errors import Blocked, ReconcilerError
from reconciler.store import engines
from reconciler.sync import passes

if TYPE_CHECKING:
    from endpoint import Request

NAMES = tuple(f"shop-prod-web{number}" for number in range(8))


@pytest.fixture
def many(shop):
    """Eight pipelines in git, and one that is live."""
    shop.workshop.settings(scale={"workers": 2})
    shop.settle(shop.pipeline("shop-prod-same"))
    shop.define(*map(shop.pipeline, NAMES))
    return shop


def created(shop) -> set[str]:
    return set(NAMES) & shop.versions().keys()


def journalled(shop) -> set[str]:
    return {each.name for each in shop.history()}


# A full disk.


def test_on_a_full_disk_nothing_is_written_and_the_pass_says_why(many, monkeypatch):
    monkeypatch.setattr(engines, "_PRAGMAS", (*engines._PRAGMAS, "max_page_count=1"))
    done = many.cli("apply")
    assert "state.db cannot grow: free space on its disk" in done.err + done.out
    assert done.status != 0
    monkeypatch.undo()
    assert created(many) <= journalled(many)


@pytest.mark.parametrize("place", [1, 3, 5])
def test_a_disk_that_fills_up_at_a_write_leaves_no_write_without_its_entry(many, place):
    effects: list[str] = []

    with many.workshop.world() as world:

        @many.endpoint.before
        def fill(request: Request) -> None:
            if request.operation == "CreatePipeline":
                effects.append(request.name)
                if len(effects) == place:
                    _fill(world.memory)

        with pytest.raises(Blocked, match="cannot grow: free space on its disk"):
            passes.run(world, approved=True)
    assert effects
    assert set(effects) < set(NAMES)
    assert created(many) <= set(effects) <= journalled(many)
    many.endpoint.clear_orders()
    many.apply()
    assert created(many) == set(NAMES)


def _fill(store) -> None:
    """Let every statement that writes fail as on a full disk; how SQLite itself says so is seen in tests/store."""

    @event.listens_for(store._database._engine, "before_cursor_execute")
    def full(_connection, _cursor, statement, *_) -> None:
        if not statement.startswith(("SELECT", "PRAGMA", "BEGIN")):
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise exc.OperationalError(statement, None, error)


# A memory that is damaged, or may not be written.


def test_a_memory_that_is_damaged_is_built_again_and_nothing_is_written_that_is_equal(many):
    many.apply()
    many.endpoint.clear_log()
    (path,) = (each for each in many.memory if each.suffix == ".db")
    path.write_bytes(b"garbage" * 1000)
    done = many.cli("run", "--once")
    assert (done.status, many.writes()) == (0, [])
    assert path.with_name("state.db.corrupt-1").exists()
    assert "9 pipelines in sync" in many.cli("plan").out


def test_damage_that_shows_while_the_daemon_runs_ends_it_and_the_next_start_mends_it(many):
    many.apply()
    (path,) = (each for each in many.memory if each.suffix == ".db")
    with closing(sqlite3.connect(path)) as connection:
        ((root,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'passes'")
    content = bytearray(path.read_bytes())
    content[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    path.write_bytes(content)
    many.endpoint.clear_log()
    child = nursery.start(("run",), many.folder, many.workshop.environment)
    child.join(PATIENCE)
    assert child.exitcode == 2
    many.workshop.run("run", "--once", check=0)
    assert path.with_name("state.db.corrupt-1").exists()
    assert many.writes() == []


def test_a_memory_that_may_not_be_written_stops_every_write(many, monkeypatch):
    monkeypatch.setattr(engines, "_PRAGMAS", (*engines._PRAGMAS, "query_only=ON"))
    done = many.cli("apply")
    assert (done.status, many.writes()) == (2, [])
    assert "state.db cannot be written: make the file and its folder writable for this user" in done.err


# A repository, and passes that nobody asked for.


@pytest.fixture
def pruning(many):
    """All pipelines are live, one of them git has just removed, and a daemon would delete it."""
    many.apply()
    many.workshop.settings(sync={"prune": True, "prune_after": 1})
    many.drop(NAMES[0])
    many.endpoint.clear_log()
    return many


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(lambda shop: shop.workshop.git("rm", "-rq", "pipelines"), "pipelines", id="emptied"),
        pytest.param(lambda shop: (shop.workshop.repository / ".git").rename(shop.folder / "away"), "repository",
                     id="unreadable"),
    ],
)  # fmt: skip
def test_a_daemon_deletes_nothing_when_its_repository_is_lost(pruning, spoil, told):
    spoil(pruning)
    if (pruning.workshop.repository / ".git").exists():
        pruning.workshop.commit()
    with pytest.raises(ReconcilerError, match=told):
        pruning.workshop.apply(approved=False)
    assert pruning.writes() == []


def test_a_daemon_counts_anew_what_a_rewritten_history_does_not_name(many):
    many.apply()
    many.workshop.settings(sync={"prune": True, "prune_after": 2})
    many.workshop.git("checkout", "--quiet", "--orphan", "another")
    many.drop(NAMES[0])
    many.workshop.git("branch", "--quiet", "--force", "main", "another")
    held = many.workshop.apply(approved=False).known[2].held
    assert [(each.name, "for 1 of 2 complete passes" in each.held) for each in held] == [(NAMES[0], True)]


# A clock that jumps.


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_that_jumps_stops_no_write_and_repeats_none(many, jump):
    with many.workshop.world() as world:
        passes.run(world, approved=False)
        many.define(many.pipeline(NAMES[0], project="other"))
        many.endpoint.clear_log()
        moved = replace(world, now=lambda: datetime.now(UTC) + jump)
        for _ in range(2):
            passes.run(moved, approved=False)
    assert many.writes() == [("UpdatePipeline", NAMES[0])]

"""Opening, sharing and losing a database."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import Blocked, Broken, Retry
from reconciler.store import files
from reconciler.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    Clock = Callable[[int], datetime]


def test_the_folder_and_the_files_are_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "var" / "lib" / "state.db"
    with closing(Store(f"sqlite:///{path}")):
        parts = (path.parent.parent, path.parent, path, path.with_name("state.db-wal"))
        assert [oct(part.stat().st_mode & 0o777) for part in parts] == ["0o700", "0o700", "0o600", "0o600"]


def test_the_pragmas_hold_on_every_connection(store: Store, path: Path) -> None:
    with store._database.reading() as first, store._database.reading() as second:
        for connection in (first, second):
            names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]
            assert values == ["wal", 1, 1, 10_000]


def test_the_fingerprint_key_is_made_once(store: Store, url: str) -> None:
    with closing(Store(url)) as again, closing(Store("sqlite://")) as other:
        assert len(store.fingerprint_key) == 32
        assert again.fingerprint_key == store.fingerprint_key != other.fingerprint_key


def test_many_may_create_the_same_database_at_once(url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(Store, [url] * 8))
    assert len({store.fingerprint_key for store in stores}) == 1
    for store in stores:
        store.close()


@pytest.mark.parametrize("place", [pytest.param("file", id="file"), pytest.param("memory", id="memory")])
def test_many_threads_may_write_and_read_at_once(place: str, url: str, clock: Clock) -> None:
    def work(number: int) -> bool:
        key = store.begin(str(number), clock(number), "manual")
        return (key, str(number)) in [(row.id, row.commit) for row in store.passes(100)]

    with closing(Store(url if place == "file" else "sqlite://")) as store, ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(100)))


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:6000])


def _garbled(path: Path) -> None:
    path.write_bytes(b"\0garbage" * 1000)


@pytest.mark.parametrize("damage", [pytest.param(_truncated, id="truncated"), pytest.param(_garbled, id="garbled")])
def test_a_damaged_file_is_kept_aside_and_an_empty_memory_begins(
    url: str, path: Path, clock: Clock, damage: Callable[[Path], None]
) -> None:
    for number in (1, 2):
        with closing(Store(url)) as store:
            store.begin("a", clock(0), "manual")
        damage(path)
        damaged = path.read_bytes()
        with closing(Store(url)) as store:
            assert f"{path} was damaged and is kept as state.db.corrupt-{number};" in store.notice
            assert store.passes(1) == ()
        assert path.with_name(f"state.db.corrupt-{number}").read_bytes() == damaged


def test_the_write_ahead_log_of_a_damaged_file_goes_with_it(path: Path) -> None:
    for name in ("state.db", "state.db-wal", "state.db.corrupt-1"):
        path.with_name(name).write_text(name)
    assert files.move_aside(path) == path.with_name("state.db.corrupt-2")
    kept = {part.name: part.read_text() for part in path.parent.iterdir()}
    assert kept.pop("state.db.corrupt-1") == "state.db.corrupt-1"
    assert kept == {"state.db.corrupt-2": "state.db", "state.db.corrupt-2-wal": "state.db-wal"}


def test_damage_found_later_is_blocked_and_names_the_file(store: Store, url: str, path: Path, clock: Clock) -> None:
    with store._database.reading() as connection:
        root = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'passes'").scalar_one()
    store.close()
    content = bytearray(path.read_bytes())
    content[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    path.write_bytes(content)
    with closing(Store(url)) as damaged, pytest.raises(Blocked, match=r"state\.db is damaged: it is moved aside"):
        damaged.begin("a", clock(0), "manual")
    with closing(Store(url)) as fresh:
        assert "was damaged and is kept as state.db.corrupt-1" in fresh.notice
    with closing(Store(url)) as again:
        assert again.notice == ""


def test_a_read_only_database_is_blocked_on_writing_and_can_be_read(store: Store, path: Path, clock: Clock) -> None:
    store.begin("a", clock(0), "manual")
    with closing(Store(f"sqlite:///file:{path}?mode=ro&uri=true")) as reader:
        assert reader.passes(1)[0].commit == "a"
        with pytest.raises(Blocked, match=r"state\.db cannot be written: make the file and its folder writable"):
            reader.begin("b", clock(0), "manual")


def test_a_full_disk_is_blocked_and_what_was_there_stays(store: Store, path: Path, clock: Clock) -> None:
    with store._database.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")
    with pytest.raises(Blocked, match=r"state\.db cannot grow: free space on its disk"):
        store.remember_readings("context", {str(number): "x" * 100 for number in range(10_000)})
    assert store.readings("context", ["0"]) == {}
    assert store.begin("a", clock(0), "manual") == 1


def test_a_database_that_another_process_holds_is_to_be_tried_again(store: Store, path: Path, clock: Clock) -> None:
    with store._database.reading() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Retry, match=r"state\.db is locked by another process"):
            store.begin("a", clock(0), "manual")
        assert store.passes(1) == ()


@pytest.mark.parametrize(
    ("below", "message"),
    [
        pytest.param("file/state.db", r"file/state\.db cannot be created: .*/file: File exists; give", id="no folder"),
        pytest.param("folder", "folder cannot be opened: it must be a file", id="a folder in its place"),
    ],
)
def test_a_place_that_cannot_hold_a_database_is_blocked(tmp_path: Path, below: str, message: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(Blocked, match=message):
        Store(f"sqlite:///{tmp_path / below}")


@pytest.mark.parametrize("wrong", ["state.db", "nosuch://host/state", "postgresql://user:hush@host:port/state"])
def test_a_url_that_names_no_database_is_broken_and_not_repeated(wrong: str) -> None:
    with pytest.raises(Broken, match=r"the setting store\.url .*; write it like sqlite:////var/lib") as caught:
        Store(wrong)
    assert "hush" not in str(caught.value)


def test_a_database_whose_driver_is_missing_is_blocked_and_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg2", None)
    with pytest.raises(Blocked, match=r"needs the Python package psycopg2"):
        Store("postgresql+psycopg2://user:hush@host/state")

"""A look at the store, which makes, moves and migrates nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from reconciler.errors import Blocked, Broken
from reconciler.store import inspection
from reconciler.store.store import Store


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/state.db"


@pytest.fixture
def made(url):
    Store(url).close()
    return url


def test_a_store_at_head_can_be_written(made):
    found = inspection.inspect(made)
    assert (found.revision, found.busy) == (found.head, False)


def test_a_store_that_is_not_there_is_not_made(url, tmp_path):
    assert inspection.inspect(url).revision == ""
    assert list(tmp_path.iterdir()) == []


def test_an_old_store_is_told_and_stays_old(made, tmp_path):
    with closing(sqlite3.connect(tmp_path / "state.db")) as opened, opened:
        opened.execute("UPDATE alembic_version SET version_num = '0001'")
    assert inspection.inspect(made).revision == "0001"
    assert inspection.inspect(made).revision == "0001"


def test_a_damaged_store_is_told_and_stays_where_it_is(url, tmp_path):
    (tmp_path / "state.db").write_bytes(b"no database" * 100)
    with pytest.raises(Blocked, match=r"state\.db cannot be used"):
        inspection.inspect(url)
    assert [each.name for each in tmp_path.iterdir()] == ["state.db"]


def test_a_store_that_somebody_writes_is_busy(made, tmp_path, monkeypatch):
    monkeypatch.setattr(inspection, "_WAIT", 0.01)
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert inspection.inspect(made).busy


def test_a_url_that_is_none_is_broken():
    with pytest.raises(Broken, match=r"store\.url is not a database URL"):
        inspection.inspect("nonsense")


def test_a_server_that_does_not_answer_is_told_without_its_password():
    pytest.importorskip("psycopg")
    with pytest.raises(Blocked, match="cannot be used") as error:
        inspection.inspect("postgresql+psycopg://ana:geheim@127.0.0.1:1/db")
    assert "geheim" not in str(error.value)


def test_a_store_of_a_newer_version_is_refused(made, tmp_path):
    with closing(sqlite3.connect(tmp_path / "state.db")) as opened, opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Blocked, match="install the version that wrote it"):
        inspection.inspect(made)


def test_a_file_without_tables_is_no_store_yet(url, tmp_path):
    (tmp_path / "state.db").touch()
    assert inspection.inspect(url).revision == ""


def test_a_folder_that_cannot_be_written_is_told(url, tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(Blocked, match=r"store\.url"):
        inspection.inspect(url)

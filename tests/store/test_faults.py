"""What PostgreSQL's failures become."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.exc import IntegrityError

from reconciler.errors import Blocked, Retry
from reconciler.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from postgres import Server


@pytest.fixture
def shared(server: Server) -> str:
    return server.url()


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(Blocked, match=r"needs the Python package psycopg: pip install 'codepipeline-reconciler\[postg"):
        Store("postgresql+psycopg://user:hush@host/state")


def test_a_url_without_its_driver_is_told_how_to_name_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg2", None)
    with pytest.raises(Blocked, match=r"psycopg2: write it like postgresql\+psycopg://"):
        Store("postgresql+psycopg2://user:hush@host/state")


def test_a_user_without_rights_is_told_which_are_missing(server: Server, shared: str) -> None:
    server.execute("CREATE ROLE guest LOGIN")
    with pytest.raises(Blocked, match="cannot be used: give this user the right to create and use tables"):
        Store(shared.replace("postgres@", "guest@"))


def test_a_row_that_is_refused_stays_out_of_the_message(shared: str, clock: Callable[[int], Any]) -> None:
    with closing(Store(shared)) as store, store._database.reading() as connection:
        connection.exec_driver_sql("ALTER TABLE passes ADD CHECK (mode <> 'wrong')")
    with closing(Store(shared)) as store, pytest.raises(IntegrityError) as caught:
        store.begin("a private word", clock(0), "wrong")
    assert "a private word" not in f"{caught.value} {caught.value.orig}"


def test_a_writer_waits_for_another_one_only_so_long(shared: str, clock: Callable[[int], Any]) -> None:
    with closing(Store(shared)) as other, closing(Store(shared)) as store:
        with other._database.reading() as connection:
            connection.exec_driver_sql("SET lock_timeout = 50")
        with store._database.writing(), pytest.raises(Retry, match="is locked by another process"):
            other.begin("a", clock(0), "manual")

"""Migrations and the tables they make."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_mock_engine
from sqlalchemy.dialects import postgresql

from reconciler.errors import Blocked
from reconciler.store import records, schema, tables
from reconciler.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

OPENS = """
import sys
from reconciler.store.store import Store
Store(sys.argv[1]).close()
print([name for name in ("alembic", "sqlalchemy.orm") if name in sys.modules])
"""


def _execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_the_migrations_make_the_tables_that_the_program_uses(store: Store) -> None:
    with store._database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def test_the_revisions_read_from_file_names_are_the_ones_that_alembic_walks() -> None:
    walked = ScriptDirectory.from_config(schema.config()).walk_revisions()
    assert schema.revisions() == tuple(reversed([script.revision for script in walked]))


def test_tables_and_bulk_writes_can_be_said_in_postgresql() -> None:
    said: list[str] = []
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    engine: Any = create_mock_engine("postgresql://", lambda sql, *_: said.append(str(sql.compile(dialect=dialect))))
    tables.metadata.create_all(engine, checkfirst=False)
    records.upsert(engine, tables.readings, [{"context": "c", "blob": "b", "body": "{}"}])
    assert len([text for text in said if "CREATE TABLE" in text]) == len(tables.metadata.tables)
    assert "ON CONFLICT (context, blob) DO UPDATE SET body = excluded.body" in said[-1]


def test_opening_a_database_at_head_imports_no_migrations(store: Store, url: str) -> None:
    opened = subprocess.run([sys.executable, "-c", OPENS, url], check=True, timeout=60, capture_output=True, text=True)
    assert opened.stdout.strip() == "[]"
    assert store.notice == ""


def test_a_newer_database_is_left_alone_and_both_revisions_are_named(store: Store, url: str, path: Path) -> None:
    _execute(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Blocked, match=rf"state\.db is at schema 9999, .* up to {schema.revisions()[-1]}; install"):
        Store(url)
    assert store.passes(1) == ()


def test_a_database_of_another_program_is_left_alone(url: str, path: Path) -> None:
    _execute(path, "CREATE TABLE invoices (id INTEGER)")
    with pytest.raises(Blocked, match="holds the tables of another program"):
        Store(url)


def test_a_migration_that_fails_leaves_nothing_behind(url: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(connection: Connection) -> None:
        upgrade(connection)
        raise KeyboardInterrupt

    upgrade = schema.upgrade
    monkeypatch.setattr(schema, "upgrade", dies)
    with pytest.raises(KeyboardInterrupt):
        Store(url)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []

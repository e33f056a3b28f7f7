"""What is made once: an empty git repository, the tables of an SQLite file, and the SQL that is sent to it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, inspect

from reconciler.store import schema

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import URL, Connection, Engine

_migrate = schema.upgrade
_COMPILED: dict[str, Engine] = {}


def repository(folder: Path) -> None:
    """Make a folder that is an empty git repository on the branch `main`."""
    folder.mkdir(parents=True)
    for path, content in _repository():
        if content is None:
            (folder / path).mkdir()
        else:
            (folder / path).write_bytes(content)


def upgrade(connection: Connection) -> None:
    """Bring the tables to head as `schema.upgrade` does; an empty SQLite file gets those that it made before."""
    if connection.dialect.name != "sqlite" or inspect(connection).get_table_names():
        _migrate(connection)
        return
    for statement in _tables():
        connection.exec_driver_sql(statement)


def engine(url: URL, **options: Any) -> Engine:
    """Create an engine as `create_engine` does; those of SQLite files share one dialect and what it has compiled."""
    made = create_engine(url, **options)
    if made.dialect.name == "sqlite":
        first = _COMPILED.setdefault("sqlite", made)
        made.dialect = made.pool._dialect = first.dialect
        made._compiled_cache = first._compiled_cache
    return made


@cache
def _tables() -> tuple[str, ...]:
    """Give what a migrated SQLite file holds, as statements."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "migrated.db"
        engine = create_engine(f"sqlite:///{file}")
        with engine.begin() as connection:
            _migrate(connection)
        engine.dispose()
        opened = sqlite3.connect(file)
        statements = tuple(opened.iterdump())
        opened.close()
    return tuple(each for each in statements if each not in ("BEGIN TRANSACTION;", "COMMIT;"))


@cache
def _repository() -> tuple[tuple[str, bytes | None], ...]:
    """Give the folders, as None, and the files of an empty repository."""
    with tempfile.TemporaryDirectory() as folder:
        nowhere = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["git", "init", "--quiet", "--template=", "--initial-branch=main", folder]
        subprocess.run(command, env=os.environ | nowhere, check=True)
        found = sorted(Path(folder).rglob("*"))
        return tuple((str(each.relative_to(folder)), None if each.is_dir() else each.read_bytes()) for each in found)

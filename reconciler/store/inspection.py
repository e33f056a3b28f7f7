"""A look at the database that makes, moves and migrates nothing."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exc, text
from sqlalchemy.engine import make_url

from reconciler.errors import Blocked, Broken
from reconciler.store import engines, files, schema

if TYPE_CHECKING:
    from pathlib import Path

_WAIT = 2.0
"""Seconds to wait for another writer; a look is not worth more."""
_FOUND = "SELECT version_num FROM alembic_version"
_SAME = "UPDATE alembic_version SET version_num = version_num"


@dataclass(frozen=True, slots=True)
class Condition:
    """How a database is."""

    where: str
    """Its place, without a password."""
    folder: Path | None
    """The nearest folder that exists on the way to a SQLite file; None for a server."""
    revision: str = ""
    """Of its schema; empty where there is no database yet."""
    busy: bool = False
    """Whether another process was writing, so that nobody tried."""

    @property
    def head(self) -> str:
        """The revision that this program writes."""
        return schema.revisions()[-1]


def inspect(address: str) -> Condition:
    """Look at the database of an SQLAlchemy URL; raises `Blocked` or `Broken` with the reason if it cannot be used.

    It is tried whether it can be written, by a change that changes nothing and is taken back.
    """
    try:
        url = make_url(address)
    except (exc.ArgumentError, ValueError):
        raise Broken(f"the setting store.url is not a database URL; {engines.EXAMPLE}") from None
    if path := files.path_of(url):
        return _of_file(path)
    where = f"{url.drivername}://{url.host or ''}/{url.database or ''}"
    engine = engines.of(url)
    try:
        with engine.connect() as connection:
            revision = ""
            if schema.is_current(connection, where) or engine.dialect.has_table(connection, "alembic_version"):
                revision = str(connection.scalar(text(_FOUND)))
                connection.execute(text(_SAME))
            connection.rollback()
    except exc.DBAPIError as error:
        raise Blocked(f"{where} cannot be used: {type(error.orig).__name__}") from None
    finally:
        engine.dispose()
    return Condition(where, None, revision)


def _of_file(path: Path) -> Condition:
    folder = next(each for each in path.absolute().parents if each.is_dir())
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Blocked(f"{folder} cannot be written by this user; give another place with the setting store.url")
    if not path.exists():
        return Condition(str(path), folder)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_WAIT)) as opened:
            if not opened.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return Condition(str(path), folder)
            revision = _known(str(opened.execute(_FOUND).fetchone()[0]), str(path))
            return Condition(str(path), folder, revision, busy=not _written(opened))
    except (sqlite3.Error, TypeError) as error:
        raise Blocked(f"{path} cannot be used: {error}; move it aside, or name another with store.url") from None


def _known(revision: str, where: str) -> str:
    """Give a revision back that this program knows; raises Blocked for one that a newer version wrote."""
    known = schema.revisions()
    if revision not in known:
        advice = "install the version that wrote it, or name another database with the setting store.url"
        raise Blocked(f"{where} is at schema {revision}, and this version knows schemas up to {known[-1]}; {advice}")
    return revision


def _written(opened: sqlite3.Connection) -> bool:
    """Try a write and take it back; False where another process is writing."""
    try:
        opened.execute("BEGIN IMMEDIATE")
        opened.execute(_SAME)
        opened.rollback()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            return False
        raise
    return True

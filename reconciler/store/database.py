"""One database: its engine, its transactions, and what happens when it is new, old, newer or damaged.

Rules of this file:

* A write begins with BEGIN IMMEDIATE: one that begins by reading could not wait for another writer, only fail.
* WAL with `synchronous=NORMAL`: what is committed survives the death of the process; a power cut may cost the last
  commits, never the file.
* Values never reach a log or a message (`hide_parameters`), for they are documents.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, exc
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool

from reconciler.errors import Blocked, Broken
from reconciler.store import faults, files, schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import URL, Connection, Engine

_PRAGMAS = (
    "busy_timeout=10000",  # milliseconds; another process's write takes few, ten seconds mean that it hangs
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
)
_EXAMPLE = "write it like sqlite:////var/lib/reconciler/state.db"


class Database:
    """An engine whose tables are at head."""

    def __init__(self, address: str) -> None:
        """Open or create the database of an SQLAlchemy URL; raises `Blocked` or `Broken` with the way out.

        A damaged SQLite file is moved aside; then `notice` is a sentence that says so.
        """
        self._url = _url(address)
        self._path = files.path_of(self._url)
        self._where = str(self._path or f"{self._url.drivername}://{self._url.host or ''}/{self._url.database or ''}")
        self._turn = Lock()
        self.notice = ""
        with faults.translated(self._where):
            self._open_or_rebuild()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection in a transaction that sees one state."""
        with faults.translated(self._where), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is committed at the end; threads take turns."""
        with faults.translated(self._where), self._turn, self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _open_or_rebuild(self) -> None:
        try:
            self._open()
        except exc.DBAPIError as error:
            if not self._path or not faults.is_corrupt(error):
                raise
            with files.alone(self._path.parent):
                self._rebuild(self._path)

    def _rebuild(self, path: Path) -> None:
        try:
            self._open()  # another process may have rebuilt it meanwhile
        except exc.DBAPIError as error:
            if not faults.is_corrupt(error):
                raise
            aside = files.move_aside(path).name
            self._open()
            self.notice = f"{path} was damaged and is kept as {aside}; the reconciler starts with an empty memory"

    def _open(self) -> None:
        if self._path:
            files.prepare(self._path)
        self._engine = _engine(self._url)
        self._writer = self._engine.execution_options(writes=True)
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    def _migrate(self) -> None:
        with self._engine.begin() as connection:
            if schema.is_current(connection, self._where):
                return
        with self._writer.begin() as connection:  # alone; alembic looks again, for another process may have been faster
            schema.upgrade(connection)


def _url(address: str) -> URL:
    try:
        return make_url(address)
    except (exc.ArgumentError, ValueError):
        raise Broken(f"the setting store.url is not a database URL; {_EXAMPLE}") from None


def _engine(url: URL) -> Engine:
    options: dict[str, Any] = {"hide_parameters": True}
    if url.get_backend_name() == "sqlite" and not files.path_of(url):
        # Every connection to a database in memory has a memory of its own: all threads share one.
        options |= {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
        options |= {"connect_args": {"check_same_thread": False}}
    try:
        engine = create_engine(url, **options)
    except exc.NoSuchModuleError:
        raise Broken(f"the setting store.url names an unknown database, {url.drivername}; {_EXAMPLE}") from None
    except ModuleNotFoundError as error:
        raise Blocked(f"the setting store.url needs the Python package {error.name}: pip install it") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

"""One database: its transactions, and what happens when it is new, old, newer or damaged."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import exc
from sqlalchemy.engine import make_url

from reconciler.errors import Broken
from reconciler.store import engines, faults, files, schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import URL, Connection


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
        with self._translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is committed at the end; threads take turns."""
        with self._translated(), self._turn, self._writer.begin() as connection:
            yield connection

    @contextmanager
    def stating(self) -> Iterator[Connection]:
        """Give a connection on which every statement is a transaction: a process that stops holds no lock by it."""
        alone = self._engine.execution_options(isolation_level="AUTOCOMMIT") if self.is_shared else self._writer
        with self._translated(), alone.begin() as connection:
            yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Translate failures; damage that shows only now is marked, for the file can be opened all the same."""
        try:
            with faults.translated(self._where):
                yield
        except faults.Damaged:
            if self._path:
                files.mark(self._path)
            raise

    @property
    def path(self) -> Path | None:
        """The file of SQLite; None for a database in memory and for a server."""
        return self._path

    @property
    def is_shared(self) -> bool:
        """Whether other machines may use it."""
        return self._url.get_backend_name() != "sqlite"

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _open_or_rebuild(self) -> None:
        if self._path and files.is_marked(self._path):
            with files.alone(self._path.parent):
                self._replace(self._path)
            return
        try:
            self._open()
        except exc.DBAPIError as error:
            if not self._path or not faults.is_corrupt(error):
                raise
            with files.alone(self._path.parent):
                self._rebuild(self._path)

    def _replace(self, path: Path) -> None:
        """Begin anew where a process found damage and ended; another one may have been faster."""
        if files.is_marked(path):
            self._begin_anew(path)
        else:
            self._open()

    def _rebuild(self, path: Path) -> None:
        try:
            self._open()  # another process may have rebuilt it meanwhile
        except exc.DBAPIError as error:
            if not faults.is_corrupt(error):
                raise
            self._begin_anew(path)

    def _begin_anew(self, path: Path) -> None:
        aside = files.move_aside(path).name
        self._open()
        self.notice = f"{path} was damaged and is kept as {aside}; the reconciler starts with an empty memory"

    def _open(self) -> None:
        if self._path:
            files.prepare(self._path)
        self._engine = engines.of(self._url)
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
        raise Broken(f"the setting store.url is not a database URL; {engines.EXAMPLE}") from None

"""What a failing database means for the caller: try again, or call somebody.

PostgreSQL quotes whole rows in the details of its errors, so that only the first line of them is ever passed on.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc

from reconciler.errors import Blocked, Retry

if TYPE_CHECKING:
    from collections.abc import Iterator

_AWAY = "it is moved aside when the reconciler starts next, and memory is built again from AWS and git"
_FULL = "cannot grow: free space on its disk"
_RIGHTS = "cannot be used: give this user the right to create and use tables in the schema"
_OTHERS = "is locked by another process"

_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BLOCKS = {
    sqlite3.SQLITE_PERM: "cannot be used: give this user the right to read and write the file and its folder",
    sqlite3.SQLITE_READONLY: "cannot be written: make the file and its folder writable for this user",
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error, see the system's log",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: it must be a file, in a folder that this user may write",
    sqlite3.SQLITE_CORRUPT: f"is damaged: {_AWAY}",
    sqlite3.SQLITE_NOTADB: f"is not a database: {_AWAY}",
    "25006": "cannot be written: name the primary server, not its copy",
    "3F000": _RIGHTS,
    "42501": _RIGHTS,
    "53100": _FULL,
}
"""What somebody has to do, by SQLite's primary result code or PostgreSQL's SQLSTATE."""

_PASSES = {
    sqlite3.SQLITE_BUSY: _OTHERS,
    sqlite3.SQLITE_LOCKED: _OTHERS,
    "55P03": _OTHERS,
    "40P01": _OTHERS,
    "53300": "has no connection left: raise its max_connections, or run fewer daemons on it",
    "57014": "did not answer in time",
}
"""Likewise, what passes by itself."""


class Damaged(Blocked):
    """The file of the database makes no sense; whoever opens it next begins with an empty one."""


def is_corrupt(error: exc.DBAPIError) -> bool:
    """Tell whether SQLite could not make sense of the file."""
    return _code(error) in _CORRUPT


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn a database's failures into `Retry` or `Blocked` that name `where`; a statement's own defect stays."""
    try:
        yield
    except exc.TimeoutError:
        raise Retry(f"{where} had no free connection") from None
    except exc.DBAPIError as error:
        _shorten(error)
        code = _code(error)
        if advice := _BLOCKS.get(code):
            raise (Damaged if code in _CORRUPT else Blocked)(f"{where} {advice} ({error.orig})") from error
        if advice := _PASSES.get(code):
            raise Retry(f"{where} {advice}") from error
        if error.connection_invalidated or (not code and isinstance(error, exc.OperationalError)):
            raise Retry(f"{where} does not answer: {error.orig}") from error
        raise


def _code(error: exc.DBAPIError) -> int | str:
    """Give SQLite's primary result code, or PostgreSQL's SQLSTATE; 0 for a server that was not reached."""
    return getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorcode", 0) & 0xFF


def _shorten(error: exc.DBAPIError) -> None:
    """Leave the first line of what a server said."""
    if (told := error.orig) is not None and hasattr(told, "sqlstate"):
        told.args = (str(told).partition("\n")[0],)
        error.args = (f"{type(told).__name__}: {told}",)

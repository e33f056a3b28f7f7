"""What a failing database means for the caller: try again, or call somebody."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc

from reconciler.errors import Blocked, Retry

if TYPE_CHECKING:
    from collections.abc import Iterator

_AWAY = "stop the reconciler and move the file away; it starts again with an empty memory"

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_ADVICE = {
    sqlite3.SQLITE_PERM: "cannot be used: give this user the right to read and write the file and its folder",
    sqlite3.SQLITE_READONLY: "cannot be written: make the file and its folder writable for this user",
    sqlite3.SQLITE_FULL: "cannot grow: free space on its disk",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error, see the system's log",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: it must be a file, in a folder that this user may write",
    sqlite3.SQLITE_CORRUPT: f"is damaged: {_AWAY}",
    sqlite3.SQLITE_NOTADB: f"is not a database: {_AWAY}",
}


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
        code = _code(error)
        if advice := _ADVICE.get(code):
            raise Blocked(f"{where} {advice} ({error.orig})") from error
        if code in _BUSY:
            raise Retry(f"{where} is locked by another process") from error
        if error.connection_invalidated or (not code and isinstance(error, exc.OperationalError)):
            raise Retry(f"{where} does not answer") from error
        raise


def _code(error: exc.DBAPIError) -> int:
    """Give SQLite's primary result code; 0 for another database."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF

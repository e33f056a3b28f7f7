"""The file of a SQLite database: where it is, who may read it, and what happens to a damaged one."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import Blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL


def path_of(url: URL) -> Path | None:
    """Give the path of a SQLite file; None for a database in memory and for other databases."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database).removeprefix("file:"))


def prepare(path: Path) -> None:
    """Create missing folders (0700) and a missing file (0600): documents are nobody else's business."""
    try:
        for folder in reversed(path.absolute().parents):
            folder.mkdir(mode=0o700, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        advice = "give a writable place with the setting store.url"
        raise Blocked(f"{path} cannot be created: {error.filename}: {error.strerror}; {advice}") from error


def mark(path: Path) -> None:
    """Leave word beside the file that it is damaged; where that cannot be written, the next process finds out again."""
    with suppress(OSError):
        _marker(path).touch(0o600)


def is_marked(path: Path) -> bool:
    """Tell whether somebody left word that the file is damaged."""
    return _marker(path).exists()


def _marker(path: Path) -> Path:
    return path.with_name(f"{path.name}.damaged")


def move_aside(path: Path) -> Path:
    """Rename the file, and the log beside it, to the first free `<name>.corrupt-<n>`; give that path."""
    number = 1
    while (aside := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    for suffix in ("-wal", "-shm", ""):
        if (part := Path(f"{path}{suffix}")).exists():
            part.rename(f"{aside}{suffix}")
    _marker(path).unlink(missing_ok=True)
    return aside


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes out that ask for the same folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class LockFile:
    """The file beside a database that the process which writes to AWS holds locked; the lock ends with the process."""

    def __init__(self, database: Path) -> None:
        """Nothing is opened yet."""
        self._path = database.with_name(f"{database.name}.lease")
        self._handle: int | None = None

    def take(self) -> bool:
        """Lock it; give whether it is ours now. Raises `Blocked` where it cannot be made."""
        if self._handle is None:
            self._handle = self._locked(fcntl.LOCK_EX)
        return self._handle is not None

    def give_back(self) -> None:
        """Unlock it; nothing if it is not ours."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def is_taken(self) -> bool:
        """Tell whether somebody holds it."""
        if not self._path.exists():
            return False
        handle = self._locked(fcntl.LOCK_SH)
        if handle is not None:
            os.close(handle)
        return handle is None

    def _locked(self, kind: int) -> int | None:
        try:
            handle = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise Blocked(f"{self._path} cannot be opened: {error.strerror}; make it writable for this user") from error
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        return handle

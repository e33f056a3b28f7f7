"""The file of a SQLite database: where it is, who may read it, and what happens to a damaged one."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
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


def move_aside(path: Path) -> Path:
    """Rename the file, and the log beside it, to the first free `<name>.corrupt-<n>`; give that path."""
    number = 1
    while (aside := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    for suffix in ("-wal", "-shm", ""):
        if (part := Path(f"{path}{suffix}")).exists():
            part.rename(f"{aside}{suffix}")
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

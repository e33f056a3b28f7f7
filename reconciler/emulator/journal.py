"""What was done, line by line in a file, so that an endpoint that is started again stands where it stood.

Rules of this file:

* A line is an intent with its time, never a state: the world is deterministic, so doing it all again gives the same.
* A line is on the disk before its answer is sent. Half a line at the end was never answered, and is cut off.
* One process writes at a time. Only its owner may read the file: declarations hold secrets.
"""

from __future__ import annotations

import fcntl
import json
import os
from typing import TYPE_CHECKING, Any

from reconciler.errors import Blocked, Broken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMAT = 1


class Journal:
    """An open state file: read it once, then append."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; raises `Blocked` if another process has it, `Broken` if it cannot be used."""
        self.path, self._failed = path, False
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise Broken(f"{path}: {error.strerror}; give --state a file in a folder that you may write to") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise Blocked(f"{path} is in use by another `reconciler local`; stop it, or take another file") from None

    def read(self) -> tuple[dict[str, Any] | None, Iterator[dict[str, Any]]]:
        """Give the head, None in a new file, and then the entries; raises `Broken` for a file that is no journal."""
        whole = self._text()
        end = whole.rfind(b"\n") + 1
        if end != len(whole):
            os.ftruncate(self._file, end)
        lines = whole[:end].splitlines()
        if not lines:
            return None, iter(())
        head = self._line(1, lines[0])
        if head.get("format") != FORMAT:
            raise Broken(f"{self.path} is no state file of this version; take another file")
        return head, (self._line(number, line) for number, line in enumerate(lines[1:], 2))

    def append(self, entry: dict[str, Any]) -> None:
        """Write a line and wait until it is on the disk.

        Raises `Broken` where that fails, and from then on: what would be told later might not fit what was lost.
        """
        data = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
        try:
            while data and not self._failed:
                data = data[os.write(self._file, data) :]
            os.fsync(self._file)
        except OSError as error:
            self._failed = True
            raise Broken(f"{self.path} cannot be written: {error.strerror}; make room and start again") from None
        if self._failed:
            raise Broken(f"{self.path} could not be written before; make room and start again")

    def close(self) -> None:
        """Let another process have the file."""
        os.close(self._file)

    def _text(self) -> bytes:
        os.lseek(self._file, 0, os.SEEK_SET)
        parts = []
        while part := os.read(self._file, 1 << 20):
            parts.append(part)
        return b"".join(parts)

    def _line(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise Broken(f"{self.path}, line {number}, is no line of a state file; move the file away to begin anew")
        return value

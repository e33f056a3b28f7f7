"""Reports as files in a folder: written whole or not at all, and only so many are kept."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import Blocked, Broken
from reconciler.report.notices import File

if TYPE_CHECKING:
    from reconciler.report.notices import Item

_READABLE = 0o640
"""Whoever serves the folder reads it; nobody else needs to know what drifted."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is made when it is first needed."""

    label: str
    path: Path
    keep: int
    """Files of each suffix that are kept, the newest by name; names begin with the word before the first hyphen."""

    def send(self, item: Item) -> None:
        """Write a file, and drop the oldest; raises `Blocked` with the reason."""
        if not isinstance(item, File):
            raise Broken(f"{self.label} takes files only")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._write(item)
            self._trim(item.name)
        except OSError as error:
            raise Blocked(
                f"{self.label}: {error.strerror or type(error).__name__}: let this process write there"
            ) from None

    def _write(self, file: File) -> None:
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self.path)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(file.text)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(_READABLE)
            Path(name).replace(self.path / Path(file.name).name)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise

    def _trim(self, name: str) -> None:
        """Drop what is too much, of our own files of this suffix and no others."""
        stem, suffix = name.partition("-")[0], Path(name).suffix
        for each in sorted(self.path.glob(f"{stem}-*{suffix}"))[: -self.keep]:
            each.unlink(missing_ok=True)

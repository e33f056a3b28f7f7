"""Where `reconciler import` puts its files, and what is there already."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.definitions.native import Context
    from reconciler.plan.build import Identity

THERE = "the file is there already; --force writes over it"


class Shape(StrEnum):
    """What files are written."""

    FILES = "files"
    SETS = "sets"


@dataclass(frozen=True, slots=True)
class Folder:
    """Where files go and what is there already."""

    path: Path
    dry: bool
    force: bool
    adopt: bool
    shape: Shape
    context: Context
    defined: Mapping[Identity, str]
    """File of each pipeline that has a definition, by identity."""

    def hides(self, identity: Identity, file: Path) -> str:
        """Give the file that defines a pipeline already, unless this file may take its place; empty if none does."""
        there = self.defined.get(identity, "")
        return "" if self.force and there and Path(there).resolve() == file.resolve() else there

    def refuses(self, file: Path) -> bool:
        """Tell whether something stands at this path that is not to be written over."""
        return not self.force and (file.exists() or file.is_symlink())

    def write(self, file: Path, text: str) -> bytes:
        """Write a file and give what is on the disk then."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            if self.force:
                file.unlink(missing_ok=True)  # a link is replaced, not followed
            with file.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
            return file.read_bytes()
        except OSError as error:
            raise Broken(f"{file}: {error.strerror}") from None

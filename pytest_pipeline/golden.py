"""Texts that are kept beside the tests: compared as they are, rewritten on request."""

from __future__ import annotations

import os
import re
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from pytest_pipeline.plugin import setting

if TYPE_CHECKING:
    from collections.abc import Callable


FOLDER = "golden"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ @+\[\]-]{0,99}")

WRITTEN: pytest.StashKey[dict[Path, tuple[str, str]]] = pytest.StashKey()
"""Text and test by file, of those that this process has rewritten."""


class Golden(str):
    """The text of one file. Compared with another text while updating, it takes that text over."""

    __slots__ = ("_keeper",)
    _keeper: Keeper | None

    def __new__(cls, text: str, keeper: Keeper | None = None) -> Self:
        """Make one; a keeper is there only while updating."""
        made = super().__new__(cls, text)
        made._keeper = keeper
        return made

    def __eq__(self, other: object) -> bool:
        """Tell whether the texts are equal; while updating, make them so."""
        if self._keeper is not None and isinstance(other, str):
            self._keeper.keep(str(other))
            return True
        return isinstance(other, str) and str(self) == str(other)

    def __ne__(self, other: object) -> bool:
        """Tell whether the texts differ."""
        return not self == other

    __hash__ = str.__hash__


class Keeper:
    """Rewrites one file, once, for one test."""

    def __init__(self, path: Path, test: str, written: dict[Path, tuple[str, str]]) -> None:
        self.path, self.test, self.written = path, test, written

    def keep(self, text: str) -> None:
        """Write a text unless the file has it already; fails the test if another one was just written there."""
        former, test = self.written.setdefault(self.path, (text, self.test))
        if former != text:
            pytest.fail(f"{self.path.name} was just written by {test} with another text; give golden() another name",
                        pytrace=False)  # fmt: skip
        if not self.path.is_file() or read(self.path) != text:
            write(self.path, text)


def fixture(request: pytest.FixtureRequest) -> Callable[[str], Golden]:
    """Give the function that opens the texts of one test by name."""
    return partial(opened, request.node)


def opened(node: pytest.Item, name: str) -> Golden:
    """Give the text that is kept for a test under a name; fails the test if there is none and none is to be written."""
    if not _NAME.fullmatch(name):
        pytest.fail(f"golden({name!r}): a name is letters, digits and ._ @+[]-, 100 at most", pytrace=False)
    path = node.path.parent / FOLDER / node.path.stem / f"{name}.txt"
    if setting(node.config, "update"):
        return Golden("", Keeper(path, node.nodeid, node.config.stash.setdefault(WRITTEN, {})))
    if not path.is_file():
        shown = os.path.relpath(path, node.config.rootpath)
        pytest.fail(f"golden({name!r}): {shown} is not there; pytest --pipeline-update writes it{_near(path)}",
                    pytrace=False)  # fmt: skip
    return Golden(read(path))


def read(path: Path) -> str:
    """Give the text of a file without the line end that every file has."""
    return path.read_text(encoding="utf-8").removesuffix("\n")


def write(path: Path, text: str) -> None:
    """Write a text at once or not at all: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(f"{text}\n")
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _near(path: Path) -> str:
    names = sorted(each.stem for each in path.parent.glob("*.txt")) if path.parent.is_dir() else []
    return f"; there is {', '.join(names)}" if names else ""

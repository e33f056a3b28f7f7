"""The entries of a commit's folder: which are definitions, and which are something that cannot be read. No git in here.

Rules of this file:

* A definition is a plain file `*.yaml`, `*.yml` or `*.json`. Names that begin with a dot, and what is in such folders,
  belong to tools and are skipped.
* Half-read is not read: what might hide definitions (a link, a submodule, a file that is too large) is a problem.
* A symbolic link to a plain file under another name, such as README, hides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from reconciler.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SUFFIXES = (".yaml", ".yml", ".json")

_LINK, _SUBMODULE = "120000", "160000"
_KINDS = {_LINK: "a symbolic link", _SUBMODULE: "a submodule"}


@dataclass(frozen=True, slots=True)
class File:
    """One definition file in a commit: its path below the repository's root, its object id and its bytes."""

    path: str
    blob: str
    size: int


class Entry(NamedTuple):
    """One line of `ls-tree -l`; `size` is in bytes, -1 where there is none: submodules and damaged objects."""

    mode: str
    name: str
    size: int
    path: str

    @property
    def damaged(self) -> bool:
        """Whether the size of a file is unknown to git, which then lacks the file."""
        return self.size < 0 and self.mode != _SUBMODULE

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return _KINDS.get(self.mode, "a file")


def entries(listing: bytes) -> tuple[Entry, ...]:
    """Read the output of `ls-tree -r -l -z`; names that are not UTF-8 are shown with backslashes."""
    return tuple(_entry(line) for line in listing.decode(errors="backslashreplace").split("\0") if line)


def sift(
    found: Iterable[Entry],
    folder: str,
    limit: int,
    is_file: Callable[[str], bool],
) -> tuple[tuple[File, ...], tuple[Problem, ...]]:
    """Give definitions of at most `limit` bytes, and problems, by path; `is_file` tells if a link leads to a file."""
    seen = [entry for entry in sorted(found, key=lambda entry: entry.path) if not _is_hidden(entry.path, folder)]
    problems = tuple(problem for entry in seen if (problem := _problem(entry, limit, is_file)))
    unread = {problem.file for problem in problems}
    files = (entry for entry in seen if entry.path.endswith(SUFFIXES) and entry.path not in unread)
    return tuple(File(entry.path, entry.name, entry.size) for entry in files), problems


def _entry(line: str) -> Entry:
    facts, _, path = line.partition("\t")
    mode, _, name, size = facts.split()
    return Entry(mode, name, int(size) if size.isdecimal() else -1, path)


def _is_hidden(path: str, folder: str) -> bool:
    return "/." in f"/{path[len(folder) :]}"


def _problem(entry: Entry, limit: int, is_file: Callable[[str], bool]) -> Problem | None:
    is_definition = entry.path.endswith(SUFFIXES)
    if entry.mode == _SUBMODULE:
        return _unread(entry, "this is a submodule, which is not read", "keep definitions in this repository")
    if entry.mode == _LINK and (is_definition or not is_file(entry.path)):
        return _unread(entry, "this is a symbolic link, which is not followed", "put the file or folder itself here")
    if is_definition and entry.size > limit:
        message = f"the file has {entry.size:,} bytes; the limit is {limit:,}"
        return _unread(entry, message, "split the file, or raise source.max_file_bytes")
    return None


def _unread(entry: Entry, message: str, hint: str) -> Problem:
    return Problem(entry.path, 0, 0, "", message, hint)

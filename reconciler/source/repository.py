"""The repository of definitions: one fetch of one branch, then the tree of its head, read without a work tree."""

from __future__ import annotations

import functools
import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.errors import Blocked, Problem
from reconciler.source import address, tree
from reconciler.source.command import Command, Failed
from reconciler.source.mirror import Mirror
from reconciler.source.signatures import Signatures
from reconciler.source.tree import File

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler import settings

__all__ = ["File", "Repository", "Snapshot"]

_SHOWN_BRANCHES = 10


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The definitions of one commit.

    `author` is `Name <address>`, `subject` the first line of the message, `committed` in UTC. `files` are sorted by
    path. `problems` are entries that could not be read, so their definitions are unknown and not absent. `rewritten` is
    the former head if it is not an ancestor of this commit; only the fetch that saw the branch move tells it.
    """

    commit: str
    author: str
    subject: str
    committed: datetime
    files: tuple[File, ...]
    problems: tuple[Problem, ...]
    rewritten: str = ""


class Repository:
    """The branch and folder of `source`, mirrored below the folder `mirrors`; may be shared by threads."""

    def __init__(self, source: settings.Source, mirrors: Path) -> None:
        """Check the settings, without a look at the remote; raises `Broken`, or `Blocked` where there is no git."""
        self._source = source
        self._url = address.remote(source.repository)
        self._branch = address.branch(source.branch)
        self._folder = address.folder(source.path)
        self._place = f"source.repository {address.redact(self._url)}"
        folder = mirrors.absolute() / f"{address.key(self._url)}.git"
        self._mirror = Mirror(folder, self._url, self._branch, source.timeout)
        self._signatures = Signatures(source.verify, mirrors.absolute(), source.timeout)
        self._remote = Command(os.devnull, source.timeout, self._place)
        self._lock = threading.RLock()

    def fetch(self) -> Snapshot:
        """Bring the mirror up to date and read the head; a remote that did not move costs one `ls-remote`.

        Raises `Retry` when the remote cannot be reached, `Blocked` when it refuses us or lacks the branch or folder, or
        when the head is not signed as `source.verify` wants it.
        """
        with self._lock, self._mirror.exclusive():
            former, wanted = self._mirror.head(), self._wanted()
            try:
                if former != wanted:
                    self._mirror.fetch()
                return self._snapshot(former)
            except Failed:  # the remote answered a moment ago, so it is the mirror: absent, or damaged
                self._mirror.rebuild()
                return self._snapshot(former)

    def read(self, file: File) -> bytes:
        """Give the bytes of a file that a snapshot named; raises `Retry` if the mirror and the branch lost it."""
        with self._lock:
            for mend in (self._mirror.close, self._rebuild):
                try:
                    return self._mirror.blob(file.blob)
                except Failed:
                    mend()
            return self._mirror.blob(file.blob)

    def close(self) -> None:
        """End the process that reads blobs."""
        with self._lock:
            self._mirror.close()

    def _rebuild(self) -> None:
        with self._mirror.exclusive():
            self._mirror.rebuild()

    def _wanted(self) -> str:
        lines = self._remote.run("ls-remote", "--heads", "--", self._url).splitlines()
        pairs = (line.decode(errors="replace").partition("\trefs/heads/") for line in lines)
        heads = {branch: commit for commit, _, branch in pairs}
        if not heads:
            raise Blocked(f"{self._place} has no commits yet: push the branch {self._branch!r} (source.branch) first")
        if self._branch not in heads:
            there = ", ".join(sorted(heads)[:_SHOWN_BRANCHES]) + (", …" if len(heads) > _SHOWN_BRANCHES else "")
            raise Blocked(f"{self._place} has no branch {self._branch!r}: set source.branch to one of: {there}")
        return heads[self._branch]

    def _snapshot(self, former: str) -> Snapshot:
        head = self._mirror.head()
        self._signatures.check(self._mirror, head)
        author, seconds, subject = self._mirror.commit(head)
        is_file = functools.partial(self._mirror.is_file, head)
        files, problems = tree.sift(self._entries(head), self._folder, self._source.max_file_bytes, is_file)
        is_rewritten = former and former != head and not self._mirror.descends(head, former)
        committed = datetime.fromtimestamp(seconds, UTC)
        return Snapshot(head, author, subject, committed, files, problems, former if is_rewritten else "")

    def _entries(self, commit: str) -> tuple[tree.Entry, ...]:
        found = tree.entries(self._mirror.listing(commit, self._folder))
        if any(entry.damaged for entry in found):
            raise Failed(f"{self._place}: the mirror lacks objects of commit {commit}")
        where = f"in commit {commit} of branch {self._branch!r}: set source.path to the folder of the definitions"
        if not found:
            raise Blocked(f"{self._place} has no files below {self._folder or '.'!r} {where}")
        if found[0].path == self._folder:
            raise Blocked(f"{self._place} has {found[0].kind} at {self._folder!r}, not a folder, {where}")
        return found

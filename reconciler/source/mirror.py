"""One bare mirror: what is here of a remote repository, without a work tree.

A mirror is a cache: whatever is wrong with it, a fresh one is built beside it and takes its place once it is complete.
It is never repacked in the background; deleting its folder is always safe.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from typing import TYPE_CHECKING, NamedTuple

from reconciler.errors import Blocked, Retry
from reconciler.source import address
from reconciler.source.command import Command, Failed, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_FETCH = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance")
# The mirror has no work tree that a fetch could surprise; a shallow checkout, as CI makes it, may be the remote.
_ACCEPT = ("--update-head-ok", "--update-shallow")
_FORMAT = "--format=%an <%ae>%n%ct%n%s"
_LOCK_PAUSE = 0.05
_LATEST = 253_402_300_799  # 9999-12-31; git accepts any number as a date


class Commit(NamedTuple):
    """Who committed, when (seconds since 1970) and the first line of the message."""

    author: str
    seconds: int
    subject: str


class Mirror:
    """One branch of the repository at `url` in the bare repository `folder`."""

    def __init__(self, folder: Path, url: str, branch: str, timeout: float) -> None:
        """`folder` is absolute; each git command takes at most `timeout` seconds."""
        self._folder = folder
        self._url = url
        self._branch = branch
        self._timeout = timeout
        self._place = f"source.repository {address.redact(url)}"
        self._git = Command(str(folder), timeout, self._place)

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep other processes and threads from writing; raises `Retry` when one of them does not end in time."""
        path = self._folder.with_suffix(".lock")
        try:
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Blocked(f"{self._place}: the mirror cannot be written: {error}; make its folder writable") from None
        try:
            self._wait(lock)
            yield
        finally:
            os.close(lock)

    def head(self) -> str:
        """Give the commit id of the branch as it was fetched last, "" without one; its objects may be damaged."""
        try:
            return self._git.run("rev-parse", "--verify", "--quiet", f"refs/heads/{self._branch}").decode().strip()
        except Failed:
            return ""

    def fetch(self) -> None:
        """Bring the branch to where the remote has it, rewritten or not; no tags, no other branch."""
        self._git.run(*_FETCH, *_ACCEPT, "--", self._url, f"+refs/heads/{self._branch}:refs/heads/{self._branch}")

    def fetch_tags(self) -> None:
        """Bring all tags to where the remote has them."""
        self._git.run(*_FETCH, "--prune", *_ACCEPT, "--", self._url, "+refs/tags/*:refs/tags/*")

    def command(self, variables: Mapping[str, str]) -> Command:
        """Give git for this mirror with more variables in its environment."""
        return Command(str(self._folder), self._timeout, self._place, variables)

    def rebuild(self) -> None:
        """Fetch into a fresh mirror, and only then put it in the place of this one, which is kept as `.broken`."""
        self.close()
        fresh, aside = self._folder.with_suffix(".new"), self._folder.with_suffix(".broken")
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            made = Mirror(fresh, self._url, self._branch, self._timeout)
            made._git.run("init", "--quiet", "--bare", "--template=", "--object-format=sha1")
            made.fetch()
            shutil.rmtree(aside, ignore_errors=True)
            if self._folder.exists():
                self._folder.rename(aside)
            fresh.rename(self._folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def commit(self, name: str) -> Commit:
        """Give what a commit says about itself; raises `Failed` if it is damaged."""
        shown = self._git.run("rev-list", "--max-count=1", "--encoding=UTF-8", _FORMAT, name, "--")
        _, author, seconds, subject = shown.decode(errors="replace").split("\n", 3)
        return Commit(printable(author), min(int(seconds or 0), _LATEST), printable(subject))

    def listing(self, commit: str, folder: str) -> bytes:
        """Give every entry below `folder` ("" is the root) as `ls-tree -r -l -z` writes it."""
        below = ("--", folder) if folder else ()
        return self._git.run("ls-tree", "-r", "-l", "-z", "--full-tree", commit, *below)

    def is_file(self, commit: str, path: str) -> bool:
        """Tell whether a path, symbolic links followed inside the commit, ends at a file."""
        asked = f"{commit}:{path}\n".encode()
        answer = self._git.run("cat-file", "--batch-check=%(objecttype)", "--follow-symlinks", stdin=asked)
        return answer.strip() == b"blob"

    def descends(self, commit: str, former: str) -> bool:
        """Tell whether `former` is an ancestor of `commit`, or the same."""
        try:
            self._git.run("merge-base", "--is-ancestor", former, commit)
        except Failed:
            return False
        return True

    def blob(self, name: str) -> bytes:
        """Give the bytes of a blob; not for several threads at once. Raises `Failed` if it is absent or damaged."""
        return self._git.blob(name)

    def close(self) -> None:
        """End the process that reads blobs; the next read starts another."""
        self._git.close()

    def _wait(self, lock: int) -> None:
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    limit = f"{self._timeout:g} seconds (source.timeout)"
                    raise Retry(f"{self._place}: another process fetches it for more than {limit}") from None
                time.sleep(_LOCK_PAUSE)

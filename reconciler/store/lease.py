"""Who may write: one process at a time, told from the one before by a number that grows with every change of hands.

Rules of this file:

* PostgreSQL: a row that ends unless it is renewed.
* SQLite: a lock file beside the database, held while the process lives. It has no end, so that a process that is only
  stopped keeps it.
* A holder believes less than it was granted: it counts from before it asked, by a clock that goes on while the machine
  sleeps, and leaves out the last tenth.
* A database in memory is nobody else's: there is nothing to take.
"""

from __future__ import annotations

import math
import os
import secrets
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from reconciler.errors import Blocked
from reconciler.store import files, terms
from reconciler.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

MARGIN = 0.1
"""Share of a grant that its holder does not use: clocks of two machines do not go alike."""


def uptime() -> float:
    """Give seconds that never jump, and go on while the machine sleeps where the system counts such."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class Grant:
    """The right to write."""

    number: int
    """Grows with every change of hands; 0 where nobody else can write."""
    until: float
    """Reading of the holder's clock until which nobody else can have it; infinite for a lock file."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the lease stands, for people."""

    holder: str
    """HOST:PID of the one that has it, or had it last."""
    number: int
    since: datetime
    remaining: float
    """Seconds until it ends, by the clock of the database: 0 if it has; infinite for a lock file that is held."""

    @property
    def is_held(self) -> bool:
        """Whether somebody has it now."""
        return self.remaining > 0

    def __str__(self) -> str:
        return f"{self.holder} since {self.since:%Y-%m-%d %H:%M:%S} UTC"


class Lease:
    """The right to write to AWS, as this process sees it. Thread-safe.

    The database is opened with the first use, by connections of its own: no other work holds a renewal up. Whatever
    asks it may raise `Retry` or `Blocked` as the store does.
    """

    def __init__(self, url: str, duration: float, clock: Callable[[], float] = uptime, holder: str = "") -> None:
        """`url` is that of the store, `duration` in seconds; `holder` is HOST:PID unless given."""
        self.url, self.duration = url, duration
        self.holder = holder or f"{socket.gethostname()}:{os.getpid()}"
        self._me = f"{self.holder} {secrets.token_hex(8)}"  # in containers, a PID is the same after every start
        self._clock = clock
        self._turn, self._opening = Lock(), Lock()
        self._opened: Database | None = None
        self._file: files.LockFile | None = None
        self._grant: Grant | None = None

    @property
    def number(self) -> int | None:
        """The number that stands in the database while this process leads; None where nobody else can write.

        Raises `Blocked` without the lease.
        """
        if (grant := self._grant) is None:
            raise Blocked(f"{self._lost()}, so this process writes nothing")
        return grant.number or None

    def remaining(self) -> float:
        """Give the seconds for which nobody else can have the lease; 0 without it."""
        grant = self._grant
        return max(0.0, grant.until - self._clock()) if grant else 0.0

    def acquire(self) -> Grant | None:
        """Take the lease, or keep it; None if somebody else has it."""
        with self._turn:
            if not self._keep():
                began = self._clock()
                self._grant = self._granted(number, began) if (number := self._take()) is not None else None
            return self._grant

    def renew(self) -> Grant | None:
        """Keep the lease from now on for its whole duration; None if somebody else has it, or had it since."""
        with self._turn:
            return self._grant if self._keep() else None

    def release(self) -> None:
        """Give the lease back, so that the next one need not wait for its end; nothing without it."""
        with self._turn:
            grant, self._grant = self._grant, None
            try:
                if grant and grant.number:
                    terms.end(self._database, self._me, grant.number)
            finally:
                if self._file:
                    self._file.give_back()

    def assure(self, seconds: float = 0) -> None:
        """Raise `Blocked` unless nobody else can have the lease for so many seconds; it is renewed if less is left."""
        if self.remaining() <= seconds and not (self.renew() and self.remaining() > seconds):
            raise Blocked(f"{self._lost()}, so this process writes nothing more")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lease: nothing happens if this process leads, else it is taken and given back; raises `Blocked`."""
        if self._grant is not None:
            yield
            return
        if not self.acquire():
            raise Blocked(f"{self._lost()}; nothing was written: it follows git by itself, else stop it first")
        try:
            yield
        finally:
            self.release()

    def standing(self) -> Standing | None:
        """Give who has the lease, or had it last; None if nobody ever had."""
        database = self._database
        if (row := terms.read(database)) is None:
            return None
        locked = database.path is not None and files.LockFile(database.path).is_taken()
        return Standing(terms.name(row.holder), row.number, row.since, math.inf if locked else max(0.0, row.left))

    def close(self) -> None:
        """Give the lease back, and close every connection."""
        try:
            self.release()
        finally:
            opened, self._opened = self._opened, None
            if opened:
                opened.close()

    def _lost(self) -> str:
        standing = self.standing()
        if standing and standing.is_held and standing.holder != self.holder:
            return f"another daemon leads now, {standing}"
        return "the lease of this process has ended"

    @property
    def _database(self) -> Database:
        with self._opening:
            if self._opened is None:
                self._opened = Database(self.url)
            return self._opened

    def _keep(self) -> bool:
        """Renew what there is, and drop it if it is somebody else's."""
        if (grant := self._grant) is None:
            return False
        began = self._clock()
        kept = not grant.number or terms.keep(self._database, self._me, grant.number, self.duration)
        self._grant = self._granted(grant.number, began) if kept else None
        return kept

    def _granted(self, number: int, began: float) -> Grant:
        return Grant(number, began + self.duration * (1 - MARGIN) if self._database.is_shared else math.inf)

    def _take(self) -> int | None:
        """Give the number of a new grant; None if somebody else has the lease."""
        database = self._database
        if database.is_shared:
            return terms.take(database, self._me, self.duration) or None
        if database.path is None:
            return 0
        self._file = self._file or files.LockFile(database.path)
        if not self._file.take():
            return None
        try:
            return terms.take(database, self._me, self.duration)
        except BaseException:
            self._file.give_back()
            raise

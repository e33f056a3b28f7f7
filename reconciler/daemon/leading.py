"""Which of several daemons works: the one that has the lease. The others stand by, and take it when it ends."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Self

from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from reconciler.store.lease import Lease, Standing

LOG = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds that one look may take; the database gives up long before."""

_RENEWED, _LOOKED = 3, 15
"""Parts of a lease after which it is renewed, and after which a standby looks whether it has ended."""


class Leading:
    """Keeps the lease in a thread of its own, which no pass holds up, and tells when it changes hands."""

    def __init__(self, changed: Callable[[], None], beat: Callable[[float], None] = lambda _: None) -> None:
        """Take what is called when this process begins or ceases to lead, and what hears of life before each look."""
        self._changed, self._beat = changed, beat
        self._lease: Lease | None = None
        self._led = False
        self._standing: Standing | None = None
        self.fault = ""
        """Why nobody knows who leads; empty while the store answers."""
        self._said = ""
        self._turn, self._end = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    @property
    def leads(self) -> bool:
        """Whether this process leads at this moment."""
        return self._lease is not None and self._lease.remaining() > 0

    @property
    def number(self) -> int:
        """The number of the lease as it was last seen, whoever has it; 0 before."""
        return self._standing.number if self._standing else 0

    def sentence(self) -> str:
        """Say who leads, for people."""
        if self.leads:
            return f"leads by lease {self.number}"
        if self.fault:
            return f"standby, nothing is written: {self.fault}"
        if self._standing and self._standing.is_held:
            return f"standby; leader is {self._standing}"
        return "standby; nobody leads yet"

    def fitting(self, lease: Lease) -> Lease:
        """Give the lease that is competed for, if the given one is for the same store and duration; else that one."""
        mine = self._lease
        return mine if mine and (mine.url, mine.duration) == (lease.url, lease.duration) else lease

    def over(self, lease: Lease) -> None:
        """Compete for this lease from now on; another one from before is given back."""
        if lease is self._lease:
            return
        with self._turn:
            self._leave()
            self._lease = lease
        self.look()

    def look(self) -> float:
        """Take the lease, or keep it; give the seconds until the next look. Errors are told and outlived."""
        with self._turn:
            if (lease := self._lease) is None:
                return PATIENCE
            self._beat(PATIENCE)
            try:
                self._ask(lease)
            except ReconcilerError as error:
                self.fault = str(error)
            except Exception as error:
                self.fault = f"the lease cannot be asked for: {type(error).__name__}"
                LOG.exception("%s", self.fault)
            self._tell()
            return lease.duration / (_RENEWED if self._led and not self.fault else _LOOKED)

    def _ask(self, lease: Lease) -> None:
        """Take or renew; one that somebody else has is only looked at, which writes nothing.

        After an absence of the store it may still be this process's own, though less is left than it may use.
        """
        standing = None if self._led else lease.standing()
        if standing is None or not standing.is_held or standing.holder == lease.holder:
            grant = lease.acquire()
            if not (grant and self._led):
                standing = lease.standing()
        self._standing, self.fault = standing or self._standing, ""

    def _tell(self) -> None:
        led, self._led = self._led, self.leads
        sentence = self.sentence()
        if sentence != self._said:
            LOG.log(logging.ERROR if led and not self._led else logging.INFO, "%s", sentence)
        self._said = sentence
        if led is not self._led:
            self._changed()

    def _run(self) -> None:
        pause = 0.0
        while not self._end.wait(pause):
            pause = self.look()
            self._beat(pause + PATIENCE)

    def _leave(self) -> None:
        """Give the lease back; where the database does not answer it ends by itself."""
        if self._lease:
            try:
                self._lease.close()
            except ReconcilerError as error:
                LOG.warning("the lease was not given back: %s", error)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End, and let the next one take over at once."""
        self._end.set()
        self._thread.join()
        self._leave()

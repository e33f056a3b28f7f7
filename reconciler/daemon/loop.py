"""Passes, one after another: on a schedule with jitter, at once when something says so, until asked to stop."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.errors import ReconcilerError, Retry

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = logging.getLogger(__name__)

FIRST_RETRY = 5.0
"""Seconds until a failed pass is tried again; doubled each time, up to the poll interval."""


@dataclass(slots=True)
class Loop:
    """Runs `work` until stopped. `work` gives one sentence about the pass; its errors are told and outlived."""

    work: Callable[[], str]
    poll: float
    """Seconds between two passes."""
    vary: Callable[[], float] = lambda: 0.0
    """Gives the share by which one wait differs from `poll`, between -1 and 1."""
    failures: int = 0
    _wake: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)

    def wake(self) -> None:
        """Ask for a pass now; several requests become one."""
        self._wake.set()

    def stop(self) -> None:
        """Ask the loop to end after the write in hand; safe to call from a signal handler."""
        self._stop.set()
        self._wake.set()

    def stopping(self) -> bool:
        """Tell whether the loop was asked to end."""
        return self._stop.is_set()

    def run(self) -> None:
        """Run passes until `stop`."""
        while not self.stopping():
            self._wake.clear()
            self._pass()
            if not self.stopping():
                self._wake.wait(self.pause())

    def pause(self) -> float:
        """Give the seconds to wait now: the poll interval varied, or less after a failure."""
        pause = self.poll if not self.failures else min(self.poll, FIRST_RETRY * 2 ** (self.failures - 1))
        return max(0.0, pause * (1 + self.vary()))

    def _pass(self) -> None:
        try:
            sentence = self.work()
        except ReconcilerError as error:
            self.failures += 1
            again = "tries again soon" if isinstance(error, Retry) else "waits for somebody to act"
            LOG.error("pass failed, %s: %s", again, error)  # noqa: TRY400  the sentence is made for people
        except Exception:
            self.failures += 1
            LOG.exception("pass failed unexpectedly; the next one starts afresh")
        else:
            self.failures = 0
            LOG.info("%s", sentence)

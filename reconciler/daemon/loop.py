"""Passes, one after another: on a schedule with jitter, at once when something says so, until asked to stop."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from reconciler.errors import ReconcilerError, Retry

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = logging.getLogger(__name__)

FIRST_RETRY = 5.0
"""Seconds until a failed pass is tried again; doubled each time, up to the poll interval."""

PATIENCE = 60.0
"""Seconds beyond what it promised until a loop counts as stuck."""

LEAST = 0.5
"""Seconds between two passes of which nothing asked for the second but what is due."""

_DOUBLINGS = 32
"""Enough for every poll interval; beyond a thousand, a float has no room."""


@dataclass(slots=True)
class Loop:
    """Runs `work` until stopped. `work` gives one sentence about the pass; its errors are told and outlived.

    Calls come through a `SimpleQueue`, whose `put` may interrupt anything: the lock of an `Event` could be held by the
    very line that a signal interrupts, and stopping would hang.
    """

    work: Callable[[], str]
    poll: float
    """Seconds between two passes."""
    vary: Callable[[], float] = lambda: 0.0
    """Gives the share by which one wait differs from `poll`, between -1 and 1."""
    failures: int = 0
    told: Callable[[str], None] = lambda _: None
    """Hears the sentence about each pass, also about one that failed."""
    beat: Callable[[float], None] = lambda _: None
    """Called with the seconds until the loop reports again, before each pass and each pause."""
    patience: float = PATIENCE
    """Seconds after which `work` has told something, or is stuck."""
    due: float | None = None
    """Seconds after the pass that has just ended until something in it is to be tried again; set by `work`."""
    _after: float = 0.0
    """Seconds that the other side asked to wait at least."""
    _calls: SimpleQueue[None] = field(default_factory=SimpleQueue)
    _stop: bool = False
    _said: str = ""

    def wake(self) -> None:
        """Ask for a pass now; several requests become one."""
        self._calls.put(None)

    def stop(self) -> None:
        """Ask the loop to end after the write in hand; safe to call from a signal handler."""
        self._stop = True
        self._calls.put(None)

    def stopping(self) -> bool:
        """Tell whether the loop was asked to end."""
        return self._stop

    def run(self) -> None:
        """Run passes until `stop`."""
        while not self._stop:
            self._answer_calls()
            self._pass()
            if not self._stop:
                self._wait()

    def pause(self) -> float:
        """Give the seconds to wait: the poll interval varied, or less after a failure; at least what was asked for.

        A pass that ran is followed earlier by the next one if something in it is due before.
        """
        doublings = min(self.failures - 1, _DOUBLINGS)
        pause = self.poll if not self.failures else min(self.poll, FIRST_RETRY * 2**doublings)
        waited = max(0.0, self._after, pause * (1 + self.vary()))
        return waited if self.due is None or self.failures else min(waited, max(LEAST, self.due))

    def _answer_calls(self) -> None:
        """Take all calls off: the pass that begins now answers them."""
        with suppress(Empty):
            while True:
                self._calls.get_nowait()

    def _wait(self) -> None:
        pause = self.pause()
        self.beat(pause + PATIENCE)
        with suppress(Empty):
            self._calls.get(timeout=pause)

    def _pass(self) -> None:
        self.beat(self.patience)
        self._after, self.due = 0.0, None
        try:
            sentence = self.work()
        except ReconcilerError as error:
            self.failures += 1
            self._after = (isinstance(error, Retry) and error.after) or 0.0
            again = "tries again soon" if isinstance(error, Retry) else "waits for somebody to act"
            sentence = f"pass failed, {again}: {error}"
            LOG.error("%s", sentence)  # noqa: TRY400  the sentence is made for people
        except Exception as error:
            self.failures += 1
            sentence = f"pass failed unexpectedly with {type(error).__name__}; the next one starts afresh"
            LOG.exception("%s", sentence)
        else:
            self.failures = 0
            LOG.log(logging.DEBUG if _unnumbered(sentence) == self._said else logging.INFO, "%s", sentence)
        self._said = _unnumbered(sentence)
        self.told(sentence)


def _unnumbered(sentence: str) -> str:
    """Give what a sentence says of a pass without its number, the one thing in which quiet passes differ."""
    return re.sub(r"^pass [0-9]+ ", "", sentence)

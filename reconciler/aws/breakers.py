"""When AWS is not called at all: one circuit breaker beside each token bucket.

A bucket finds a pace at which some calls pass. Where none does, because everything is throttled, fails with a fault of
the server, or is not answered, calling on costs time and does harm. Then the circuit opens:

* It opens after `FAILURES` such calls in a row that span at least `SPAN` seconds. Calls that were under way together
  fail together, and a bucket needs some seconds to slow down; any answer of AWS, a refusal among them, begins afresh.
* While it is open every call fails at once, with the seconds until the next trial.
* After `PAUSE` seconds one call is let through as a trial. Its answer closes the circuit; its failure doubles the
  pause, up to `LONGEST`. A trial of which nothing is ever heard counts as failed when the pause is over.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from reconciler.errors import Retry

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.aws.buckets import Family
    from reconciler.pipeline.arns import Target

FAILURES = 8
"""Calls in a row; fewer may be one bad moment."""

SPAN = 10.0
"""Seconds from the first to the last of them; by then a bucket has gone from its usual pace to its slowest."""

PAUSE = 15.0
"""Seconds until the first trial."""

LONGEST = 300.0
"""Seconds of the longest pause between two trials: five minutes after AWS has recovered, so have we."""


class Breaker:
    """The circuit of one family of operations in one target. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives monotonic seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._failures, self._first = 0, 0.0
        self._pause, self._until, self._trial = 0.0, 0.0, False

    @property
    def open(self) -> bool:
        """Whether calls fail at once, but for a trial now and then."""
        return self._pause > 0

    def admit(self, what: str) -> None:
        """Let a call go out; raises `Retry` at once while the circuit is open. `what` names the call."""
        with self._lock:
            now = self._clock()
            if not self._pause:
                return
            if now < self._until:
                left = self._until - now
                raise Retry(
                    f"{what}: not sent, since the last {self._failures} calls of this kind failed; one is tried in "
                    f"{left:.0f} s, and the others follow once it succeeds",
                    after=left,
                )
            self._trial, self._until = True, now + self._pause  # the others go on waiting

    def answered(self) -> None:
        """Say that AWS answered a call, whatever it said."""
        with self._lock:
            self._failures, self._pause, self._trial = 0, 0.0, False

    def failed(self) -> None:
        """Say that a call was throttled, met a fault of the server, or had no answer."""
        with self._lock:
            now = self._clock()
            self._first = self._first if self._failures else now
            self._failures += 1
            if self._trial:
                self._pause = min(LONGEST, self._pause * 2)
                self._trial, self._until = False, now + self._pause
            elif not self._pause and self._failures >= FAILURES and now - self._first >= SPAN:
                self._pause, self._until = PAUSE, now + PAUSE


class Breakers:
    """The circuits of all targets, made as they are asked for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives monotonic seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._breakers: dict[tuple[Target, Family], Breaker] = {}

    def of(self, target: Target, family: Family) -> Breaker:
        """Give the circuit of one family of operations in one target, always the same one."""
        with self._lock:
            return self._breakers.setdefault((target, family), Breaker(self._clock))

"""Whether every thread still lives: each says by when it reports again, and one that has not is late."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from reconciler.daemon.notices import Notices

LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Pulse:
    """The last sign of life of each thread. Thread-safe."""

    clock: Callable[[], float] = time.monotonic
    """Gives seconds that never jump."""
    _beats: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def beat(self, thread: str, within: float) -> None:
        """Report, and promise the next report within so many seconds."""
        now = self.clock()
        with self._lock:
            self._beats[thread] = (now, now + within)

    def leave(self, thread: str) -> None:
        """Take back the promise of a thread that ends."""
        with self._lock:
            self._beats.pop(thread, None)

    def late(self) -> tuple[str, ...]:
        """Give the threads that have not kept their promise, by name."""
        now = self.clock()
        with self._lock:
            return tuple(sorted(thread for thread, (_, due) in self._beats.items() if now > due))

    def ages(self) -> dict[str, float]:
        """Give the seconds since each thread reported."""
        now = self.clock()
        with self._lock:
            return {thread: now - last for thread, (last, _) in sorted(self._beats.items())}


class Watchdog:
    """Tells the service manager, twice in the time that it allows, that no thread is late; else it keeps silent."""

    def __init__(self, pulse: Pulse, notices: Notices) -> None:
        """Watch the threads that report to `pulse`; without a watchdog's time in `notices`, nothing happens."""
        self._pulse, self._notices = pulse, notices
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
        self._silent: tuple[str, ...] = ()

    def look(self) -> None:
        """Tell what is so now; a thread that becomes late is named once in the log."""
        late = self._pulse.late()
        if not late:
            self._notices.alive()
        elif late != self._silent:
            LOG.error("no sign of life from %s; the service manager is not told that all is well", " and ".join(late))
        self._silent = late

    def _run(self) -> None:
        while not self._end.wait(self._notices.watchdog / 2):
            self.look()

    def __enter__(self) -> Self:
        """Begin, at once."""
        if self._notices.watchdog:
            self.look()
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

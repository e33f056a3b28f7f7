"""The clock and the agenda: integer milliseconds, a heap, and four verbs: schedule, step, run, peek.

Rules of this file:

* An entry is a tuple (time, priority, serial, event); the event is the caller's plain data, so that a fork shares it.
* The clock moves before the event is dispatched.
* Cancelling is lazy: the entry stays on the heap and is thrown away when its time comes.
* Entries of the priority `BACKGROUND` happen when time passes them, but are no reason to let time pass.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Callable

NORMAL, BACKGROUND = 0, 9

Event = Any
"""What is dispatched; the world uses tuples of a name and arguments."""


class Kernel:
    """Virtual time. Subclass it and override `move` to run in real or in scaled time."""

    __slots__ = ("_cancelled", "_dispatch", "_foreground", "_heap", "_serial", "now")

    def __init__(self, dispatch: Callable[[Event], object], now: int = 0) -> None:
        self.now = now
        self._dispatch = dispatch
        self._heap: list[tuple[int, int, int, Event]] = []
        self._serial = 0
        self._foreground = 0
        self._cancelled: set[int] = set()

    def schedule(self, delay: int, event: Event, priority: int = NORMAL) -> int:
        """Put an event `delay` milliseconds into the future; gives the serial by which it can be cancelled.

        Raises `Broken` for a negative delay: time does not go backwards.
        """
        if delay < 0:
            raise Broken(f"an event cannot happen {-delay} ms ago; give a delay of 0 or more")
        self._serial = serial = self._serial + 1
        if priority < BACKGROUND:
            self._foreground += 1
        heappush(self._heap, (self.now + delay, priority, serial, event))
        return serial

    def cancel(self, serial: int) -> None:
        """Let a scheduled event not happen; one that has happened stays as it is."""
        if any(entry[2] == serial for entry in self._heap):
            self._cancelled.add(serial)

    def peek(self) -> int | None:
        """Give the time of the next event; None if there is none."""
        self._discard()
        return self._heap[0][0] if self._heap else None

    @property
    def busy(self) -> bool:
        """Whether anything is to come beside background events."""
        if self._cancelled:
            self._discard()
        return self._foreground > 0

    def step(self) -> bool:
        """Let the next event happen; gives False if there is none."""
        if self._cancelled:
            self._discard()
        if not self._heap:
            return False
        time, priority, _, event = heappop(self._heap)
        if priority < BACKGROUND:
            self._foreground -= 1
        if time != self.now:
            self.move(time)
        self._dispatch(event)
        return True

    def run(self, until: int | None = None) -> None:
        """Let everything happen up to and including `until`, and move the clock there; None: until nothing is left.

        Raises `Broken` if `until` lies in the past.
        """
        if until is None:
            while self.step():
                pass
            return
        if until < self.now:
            raise Broken(f"time does not go backwards: it is {self.now} ms, and {until} ms was asked for")
        while (time := self.peek()) is not None and time <= until:
            self.step()
        if until != self.now:
            self.move(until)

    def move(self, time: int) -> None:
        """Move the clock to `time`; the seam for engines that wait until then."""
        self.now = time

    def fork(self, dispatch: Callable[[Event], object]) -> Kernel:
        """Give a kernel with the same agenda, which goes its own way from here."""
        twin = type(self)(dispatch, self.now)
        twin._heap = self._heap.copy()  # noqa: SLF001 - its own kind
        twin._serial, twin._foreground = self._serial, self._foreground  # noqa: SLF001 - its own kind
        twin._cancelled = self._cancelled.copy()  # noqa: SLF001 - its own kind
        return twin

    def _discard(self) -> None:
        heap = self._heap
        while heap and heap[0][2] in self._cancelled:
            _, priority, serial, _ = heappop(heap)
            self._cancelled.discard(serial)
            self._foreground -= priority < BACKGROUND

"""How the time of the world passes: with the clock on the wall, faster, or only when somebody says so."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Clock:
    """Milliseconds since the world began, `speed` of them for each that passes outside; a speed of 0 stands still.

    Only `set` and `advance` move a clock that stands still. Time never goes backwards, whatever the wall says.
    """

    def __init__(self, speed: float = 1.0, wall: Callable[[], float] = time.time) -> None:
        """`wall` gives seconds since 1970."""
        if not 0 <= speed <= 1_000_000:  # noqa: PLR2004
            raise Broken(f"a speed is a number from 0 (stepped) to 1000000, not {speed:g}")
        self.speed, self._wall = speed, wall
        self._anchor, self._at, self._seen = wall(), 0, 0
        self._held = False

    @property
    def stepped(self) -> bool:
        """Whether time passes only when somebody says so."""
        return self.speed == 0

    def wall(self) -> int:
        """Give milliseconds since 1970, outside."""
        return round(self._wall() * 1000)

    def now(self) -> int:
        """Give milliseconds since the world began."""
        if self._held:
            return self._seen
        passed = int((self._wall() - self._anchor) * 1000 * self.speed) if self.speed else 0
        self._seen = max(self._seen, self._at + passed)
        return self._seen

    def set(self, at: int, wall: int | None = None) -> None:
        """Let it be `at` now, or have been `at` when the wall showed `wall` (milliseconds since 1970)."""
        self._anchor = self._wall() if wall is None else wall / 1000
        self._at = self._seen = max(at, self._seen)

    @contextmanager
    def held(self) -> Iterator[int]:
        """Let time stand still while one thing is done, but for what `set` says; gives the time."""
        at = self.now()
        self._held = True
        try:
            yield at
        finally:
            self._held = False

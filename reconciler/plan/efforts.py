"""What it took to look after one target: calls, throttles, time, and who did it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """What was spent on one target since it was last told."""

    calls: int = 0
    """Calls that were answered or refused, throttled ones included."""
    throttles: int = 0
    """Calls that met a throttle on their way."""
    seconds: float = 0.0
    """Time that calls took, the wait for their turn included; calls side by side count each."""
    worker: str = ""
    """Name of the worker that did it; empty for the process itself."""

    def __add__(self, other: Effort) -> Effort:
        """Add up; the later worker is the one that is named."""
        return Effort(
            self.calls + other.calls,
            self.throttles + other.throttles,
            self.seconds + other.seconds,
            other.worker or self.worker,
        )

"""How fast AWS is called: one token bucket for each account, Region and family of operations.

AWS publishes no limits for CodePipeline (reference F.4), so the pace is found out, the way TCP finds out its own:

* A call takes one token. Tokens come at `rate` a second and up to `burst` of them are kept.
* Each success adds `GAIN` to the rate. A bucket in steady use at r calls a second has r successes a second, so its rate
  grows by r * GAIN each second and doubles in ten seconds, whatever r is; at most up to `ceiling`.
* A throttle halves the rate, at least down to `FLOOR`, and empties the bucket.
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler import settings
    from reconciler.pipeline.arns import Target

Family = Literal["read", "write", "tag", "sts", "iam", "trail", "queue", "notify"]
"""Operations that share a pace: List* and Get*; Create, Update and Delete; tags; STS; IAM; CloudTrail; SQS; and
what brings messages, SNS and S3."""

TRAIL = 2
"""Calls a second, and at once, that CloudTrail answers in an account and Region."""

GAIN = math.log(2) / 10
"""Calls a second by which one success raises the rate."""

FLOOR = 0.5
"""Calls a second below which the rate does not fall: one call in two seconds still makes progress."""

SAME_THROTTLE = 1.0
"""Seconds within which throttles count as one. Calls that were under way together are refused together."""

_WHOLE = 1 - 1e-9
"""A token, less what adding up fractions may lose."""


class Bucket:
    """The pace of one family of operations in one target. Thread-safe."""

    def __init__(
        self,
        aws: settings.Aws,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`clock` gives monotonic seconds; `sleep` waits for seconds."""
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._ceiling, self._burst = aws.ceiling, aws.burst
        self._rate = min(aws.rate, aws.ceiling)
        self._floor = min(FLOOR, self._rate)
        self._tokens = float(aws.burst)
        self._filled = clock()
        self._slowed = -math.inf

    @property
    def rate(self) -> float:
        """Calls a second at present."""
        return self._rate

    def take(self) -> None:
        """Wait until a call may go out."""
        while (wait := self._claim()) > 0:
            self._sleep(wait)

    def succeeded(self) -> None:
        """Say that a call was answered."""
        with self._lock:
            self._fill()
            self._rate = min(self._ceiling, self._rate + GAIN)

    def throttled(self) -> None:
        """Say that a call was refused because there were too many."""
        with self._lock:
            self._fill()
            self._tokens = 0
            if self._filled - self._slowed >= SAME_THROTTLE:
                self._slowed = self._filled
                self._rate = max(self._floor, self._rate / 2)

    def _claim(self) -> float:
        """Take a token and give 0, or give the seconds until there is one."""
        with self._lock:
            self._fill()
            if self._tokens < _WHOLE:
                return (1 - self._tokens) / self._rate
            self._tokens -= 1
            return 0

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate)
        self._filled = now


class Buckets:
    """The buckets of all targets, made as they are asked for."""

    def __init__(
        self,
        aws: settings.Aws,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`clock` gives monotonic seconds; `sleep` waits for seconds."""
        self._aws, self._clock, self._sleep = aws, clock, sleep
        self._lock = threading.Lock()
        self._buckets: dict[tuple[Target, Family], Bucket] = {}

    def of(self, target: Target, family: Family) -> Bucket:
        """Give the bucket of one family of operations in one target, always the same one."""
        with self._lock:
            if (target, family) not in self._buckets:
                self._buckets[target, family] = Bucket(self._paced(family), clock=self._clock, sleep=self._sleep)
            return self._buckets[target, family]

    def _paced(self, family: Family) -> settings.Aws:
        """Give the pace of a family: as the settings say, but for the one whose quota is known."""
        if family != "trail":
            return self._aws
        bounds = {"rate": min(self._aws.rate, TRAIL), "ceiling": min(self._aws.ceiling, TRAIL), "burst": TRAIL}
        return self._aws.model_copy(update=bounds)

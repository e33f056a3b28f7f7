"""What failed before: when it is tried again, or what has to change first.

Rules of this file:

* A setback belongs to one kind of change of one pipeline, or to a whole target that could not be read.
* It counts for the inputs that failed: the definition, the live version, the owner, and how the account is reached.
  With any other of them the next pass tries at once; the count of failures goes on until one succeeds.
* A time that lies further ahead than the longest wait was written before a clock was put back: it is over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.pipeline import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.definitions.definition import Definition
    from reconciler.pipeline.arns import Target
    from reconciler.plan.changes import Change
    from reconciler.plan.holds import Holds
    from reconciler.settings import Retry, Sync

Key = tuple["Target", str, str]
"""Target, name of a pipeline and kind of a change; two empty texts stand for the target itself."""

LONGEST = 400
"""Characters of a failure that are kept."""

_STEPS = 64
"""Steps after which every limit has been reached; more would only make numbers overflow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setback:
    """Something that failed so many times in a row."""

    target: Target
    name: str = ""
    """The pipeline; empty where the target itself could not be read."""
    kind: str = ""
    """The kind of the change."""
    digest: str = ""
    """Digest of the inputs that failed, see `inputs`; empty counts for any."""
    count: int
    since: datetime
    """When it failed first."""
    next: datetime | None
    """When it is tried again; None while it is parked: until its inputs change, or somebody asks for it."""
    message: str
    """The last failure, as people read it."""

    @property
    def key(self) -> Key:
        """What it belongs to."""
        return self.target, self.name, self.kind

    @property
    def parked(self) -> bool:
        """Whether no time alone brings another try."""
        return self.next is None

    def rests(self, now: datetime, retry: Retry) -> bool:
        """Tell whether it is left alone at a moment."""
        return self.next is None or timedelta() < self.next - now <= timedelta(seconds=retry.limit)

    @property
    def sentence(self) -> str:
        """How often it failed, what comes next, and the failure."""
        times = "once" if self.count == 1 else f"{self.count} times"
        if self.next is not None:
            return f"failed {times}, tried again at {_second(self.next)}: {self.message}"
        return (
            f"parked, failed {times}: {self.message}; tried again when its definition, live version or settings "
            f"change, or at once with `reconciler retry {self.name}`"
        )


def inputs(change: Change, definition: Definition | None, sync: Sync, holds: Holds) -> str:
    """Give the digest of what decides whether a change can succeed, as far as it is known here.

    That is the kind of change, the definition, the live version, the owner, and account and role of its environments.
    What an IAM role may do is not seen from here: who mends that says `reconciler retry`.
    """
    environments = (holds.environments[name] for name in holds.places(change) if name in holds.environments)
    reached = sorted([each.account, each.assume_role or "", each.external_id or ""] for each in environments)
    said = definition.digest if definition else ""
    return canonical.digest([change.kind.value, said, change.version, sync.owner, reached])


def failed(before: Setback | None, now: Setback, retry: Retry, *, chance: float, after: float = 0) -> Setback:
    """Give what is remembered of a failure that passes: it is tried again after a while that grows with each.

    `chance` from 0 to 1 takes up to half off, so that what failed together is not tried again together; `after` is the
    number of seconds that the other side asked for.
    """
    counted = parked(before, now)
    grown = retry.first * retry.factor ** min(counted.count - 1, _STEPS)
    wait = min(retry.limit, max(after, min(retry.limit, grown) * (1 - chance / 2)))
    return replace(counted, next=now.since + timedelta(seconds=wait))


def parked(before: Setback | None, now: Setback) -> Setback:
    """Give what is remembered of a failure that stays until something changes."""
    cut = now.message if len(now.message) <= LONGEST else f"{now.message[: LONGEST - 1]}…"
    if before is None:
        return replace(now, message=cut)
    return replace(now, message=cut, count=before.count + 1, since=before.since)


def pause(setbacks: Iterable[Setback], asked: datetime, now: datetime, retry: Retry) -> float | None:
    """Give the seconds from `now` until the next of those is tried whose time had not come when the pass `asked`.

    None without any; the others had their try, or something else holds them.
    """
    times = [each.next for each in setbacks if each.next is not None and each.next > asked]
    return min(retry.limit, max(0.0, (min(times) - now).total_seconds())) if times else None


def _second(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"

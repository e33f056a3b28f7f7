"""What people decided about changes: suspensions, overrides and approvals, and which of them speaks of a change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.plan.changes import Change
    from reconciler.settings import Environment, Sync

SHORTEST = 12
"""Characters of a digest that name a plan: as many as `reconciler plan` shows."""


class Kind(StrEnum):
    """What somebody decided."""

    SUSPENSION = "suspension"
    OVERRIDE = "override"
    APPROVAL = "approval"


class Ending(StrEnum):
    """How a decision came to its end."""

    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    APPLIED = "applied"
    OUTDATED = "approved for another plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody decided, why, and until when it counts."""

    id: int = 0
    """Number in the store; 0 before it is there."""
    kind: Kind
    name: str = ""
    """Pipeline that it is about, wherever it lives; empty where it is about something else."""
    environment: str = ""
    """Environment that it is about, of an override."""
    digest: str = ""
    """Of an approval: what the plan's digest begins with, of all that is still to be applied."""
    by: str
    """Who decided."""
    reason: str
    at: datetime
    until: datetime | None = None
    """None: until somebody takes it back."""
    uses: int = 0
    """Changes that it let pass."""
    used: datetime | None = None
    """When it let a change pass last."""
    ended: datetime | None = None
    ended_by: str = ""
    ending: str = ""
    """How it ended; empty while it has not been closed."""

    def counts(self, now: datetime) -> bool:
        """Tell whether it has an effect at a moment; one that has expired has none, closed or not."""
        return self.ended is None and (self.until is None or now < self.until)

    @property
    def title(self) -> str:
        """What it is about, in words: `override 3 of prod by ana`."""
        about = self.name or self.environment or self.digest[:SHORTEST]
        return f"{self.kind} {self.id} of {about} by {self.by}"

    @property
    def sentence(self) -> str:
        """Whose word it is, until when, and why."""
        until = f" until {clock(self.until)}" if self.until else ""
        return f"{self.title}{until}" + (f": {self.reason}" if self.reason else "")


@dataclass(frozen=True, slots=True)
class Holds:
    """What people set and decided, at one moment."""

    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()

    def without(self, kind: Kind) -> Holds:
        """Give the same without the decisions of a kind."""
        return replace(self, decisions=tuple(each for each in self.decisions if each.kind is not kind))

    def places(self, change: Change) -> tuple[str, ...]:
        """Give the environments of a change; git says nothing of a deletion, so it is one of all in its place."""
        if change.environment:
            return (change.environment,)
        account, region = change.target
        return tuple(
            name for name, each in self.environments.items() if each.account == account and region in each.regions
        )

    def modes(self, change: Change, sync: Sync) -> dict[str, str]:
        """Give the mode of each environment of a change; the setting's own under an empty name if there is none."""
        places = {name: self.environments[name].mode for name in self.places(change) if name in self.environments}
        return {name: mode or sync.mode for name, mode in places.items()} or {"": sync.mode}

    def suspension(self, change: Change) -> Decision | None:
        """Give the suspension of a change's pipeline that counts, if there is one."""
        return next((each for each in self._of(Kind.SUSPENSION) if each.name == change.name), None)

    def override(self, change: Change, sync: Sync) -> Decision | None:
        """Give the override that lets a change pass, of somebody who may break glass now; a deletion wants them all."""
        named = [each for each in self._of(Kind.OVERRIDE) if permitted(each.by, sync.break_glass)]
        places = set(self.places(change))
        whole = [each for each in named if each.environment in places]
        if places - {each.environment for each in whole}:
            whole = []
        return next((each for each in named if each.name == change.name), whole[0] if whole else None)

    def approval(self, digest: str) -> Decision | None:
        """Give the approval of a plan that counts, if there is one."""
        approvals = (each for each in self._of(Kind.APPROVAL) if each.digest)
        return next((each for each in approvals if digest.startswith(each.digest)), None)

    def _of(self, kind: Kind) -> Iterable[Decision]:
        return (each for each in self.decisions if each.kind is kind and each.counts(self.now))


def permitted(who: str, globs: Iterable[str]) -> bool:
    """Tell whether somebody's name fits one of the globs of those who may."""
    return any(fnmatchcase(who, glob) for glob in globs)


def clock(time: datetime) -> str:
    """Give a moment as people read it, in UTC to the minute."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M}Z"

"""What a pass may write, and how much."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reconciler.scalars import Cron, Seconds, Share, Zone
from reconciler.settings.group import Group


class Limits(Group):
    """How much of a target one pass may change before somebody has to look."""

    changes: Share = "30%"
    """Updates of one target, as a number or as a share of the owned pipelines. A typing error rarely means more."""
    deletions: Share = "10%"
    """Deletions of one target, as a number or as a share of the owned pipelines."""
    at_least: int = Field(default=10, ge=0)
    """Changes that are allowed whatever the shares say, so that small targets can be worked on."""


class Flap(Group):
    """When healing stops, because the same field keeps being changed by somebody else."""

    times: int = Field(default=3, ge=1)
    """Healings of one field within the span after which it is left as it is. Three in a row are no accident."""
    within: Seconds = Field(default=3600, gt=0)
    """Seconds of the span. An hour: what fights over a field comes back in minutes."""


class Retry(Group):
    """When something is tried again that failed and may succeed later: a write, or the reading of a target."""

    first: Seconds = Field(default=5, gt=0)
    """Seconds until the first retry. Most of what passes by itself has passed by then."""
    factor: float = Field(default=2, ge=1, le=10)
    """By how much each further wait is longer than the one before."""
    limit: Seconds = Field(default=600, gt=0)
    """Seconds of the longest wait. Ten minutes: nobody waits much longer for what has been mended."""


class Window(Group):
    """A time in which writing is allowed, or in which it is not."""

    kind: Literal["allow", "deny"]
    """`deny` keeps everything from being written. With any `allow`, nothing is written outside of all of them."""
    cron: Cron
    """When it begins, as five fields of cron such as `0 9 * * mon-fri`."""
    duration: Seconds = Field(gt=0)
    """How long it stays open: time that passes, also where clocks are put forward or back."""
    timezone: Zone = "UTC"
    """Time zone of `cron`, such as `Europe/Berlin`. UTC knows no daylight saving, so nothing is lost or comes twice."""
    environments: tuple[str, ...] = ()
    """Environments that it is for; empty: all of them."""
    overrun: Literal["finish", "stop"] = "stop"
    """What a pass does that is under way when writing ends: `stop` begins no further write, `finish` goes on."""
    reason: str = Field(default="", max_length=200)
    """Why, for whoever is held by it."""


class Sync(Group):
    """What a pass may write."""

    mode: Literal["automatic", "manual", "report"] = "automatic"
    """`automatic` applies, `manual` waits for `reconciler approve` or `apply`, `report` never writes."""
    owner: str = Field(default="codepipeline-reconciler", pattern=r"^[A-Za-z0-9 +\-=._:/@]{1,256}$")
    """Value of the ownership tag. Two daemons that share an account need two owners."""
    self_heal: bool = True
    """Whether live drift is reverted to git. Off, it is reported and kept until the definition changes."""
    advance: bool = True
    """Whether changes of git are applied. Off, live stays at what was applied last, and drift from it is healed."""
    flap: Flap = Flap()
    """When healing a field stops, because somebody else keeps changing it."""
    prune: bool = False
    """Whether owned pipelines that git no longer names are deleted. Off: deleting has no way back."""
    prune_after: int = Field(default=2, ge=1)
    """Complete passes in a row that have to miss a pipeline before it is deleted. Two: one look may be a mistake."""
    adopt: bool = False
    """Whether a pipeline without an owner is taken over once it equals its definition."""
    interrupt: Literal["wait", "drain", "always", "never"] = "wait"
    """What becomes of executions that an update would end. `wait` holds it back while one is in progress, and says so
    aloud after `wait_limit`; `drain` clears the way for it; `always` ends them; `never` holds it without a limit."""
    wait_limit: Seconds = Field(default=7200, gt=0)
    """Seconds after which a change that waits counts as blocked, and a drain is given up. Two hours: most releases
    have ended by then, and one that has not is worth a look."""
    restart: Literal["none", "same", "latest"] = "none"
    """What `interrupt: always` does with the executions that it ended: `same` starts them again with their source
    revisions, `latest` afresh. Nothing by default: what ran may have been half way through a deployment."""
    retry: Retry = Retry()
    """When a pipeline is tried again whose write failed, and a target that could not be read."""
    limits: Limits = Limits()
    windows: tuple[Window, ...] = ()
    """When writing is allowed: `{kind: allow|deny, cron: "0 9 * * mon-fri", duration: 8h}`. Deny beats allow."""
    break_glass: tuple[str, ...] = ()
    """Globs of the names of those who may override windows, approvals and suspensions. Nobody, unless you say who."""
    approval_expires: Seconds = Field(default=86400, gt=0)
    """Seconds for which an approval counts. A day: a plan that was looked at last week is not known any more."""

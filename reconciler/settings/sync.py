"""What a pass may write, and how much."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reconciler.scalars import Share
from reconciler.settings.group import Group


class Limits(Group):
    """How much of a target one pass may change before somebody has to look."""

    changes: Share = "30%"
    """Updates of one target, as a number or as a share of the owned pipelines. A typing error rarely means more."""
    deletions: Share = "10%"
    """Deletions of one target, as a number or as a share of the owned pipelines."""
    at_least: int = Field(default=10, ge=0)
    """Changes that are allowed whatever the shares say, so that small targets can be worked on."""


class Sync(Group):
    """What a pass may write."""

    mode: Literal["automatic", "manual", "report"] = "automatic"
    """`automatic` applies, `manual` waits for `reconciler apply`, `report` never writes."""
    owner: str = Field(default="codepipeline-reconciler", pattern=r"^[A-Za-z0-9 +\-=._:/@]{1,256}$")
    """Value of the ownership tag. Two daemons that share an account need two owners."""
    self_heal: bool = True
    """Whether live drift is reverted to git. Off, it is reported and kept until the definition changes."""
    prune: bool = False
    """Whether owned pipelines that git no longer names are deleted. Off: deleting has no way back."""
    adopt: bool = False
    """Whether a pipeline without an owner is taken over once it equals its definition."""
    interrupt: Literal["wait", "always"] = "wait"
    """`wait` holds an update back while an execution is in progress, because the update would end it."""
    limits: Limits = Limits()

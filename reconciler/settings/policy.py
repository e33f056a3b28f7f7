"""What the rules about pipelines say."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import Field

from reconciler.scalars import Severity
from reconciler.settings.group import Group


class Waiver(Group):
    """A rule that is not held up somewhere: by whose word, and until when."""

    rule: str
    """Id of the rule, one of policy."""
    pipeline: str = "*"
    """Glob of the names of the pipelines."""
    until: dt.date | None = None
    """The last day on which it counts; without one it never ends."""
    reason: str = Field(min_length=1)
    """Why it may pass, for whoever reads this in a year."""


class Difference(Group):
    """A difference between the pipelines of two environments that is meant."""

    pipeline: str = "*"
    """Glob of the names of the pipelines that have, or lack, something."""
    place: str = "*"
    """Glob of what they have or lack, as `Stage/Action`."""
    reason: str = Field(min_length=1)
    """Why they differ."""


class Parity(Group):
    """What the pipelines of one project have in common, whatever the environment."""

    environments: tuple[str, ...] = ()
    """Environments whose pipelines must look like those of the one they come `after`; empty: all protected ones."""
    exceptions: tuple[Difference, ...] = ()
    """Differences that are meant: `{pipeline: GLOB, place: GLOB, reason: TEXT}`. Approvals are never counted."""


class Policy(Group):
    """What the rules about pipelines say."""

    profile: Literal["minimal", "recommended", "strict"] = "recommended"
    """How much is asked for: `recommended` is what most teams can keep from the first day on."""
    rules: dict[str, Severity | dict[str, Any]] = {}
    """Severity of a rule by its id, where it is not as the profile says; or `severity`, parameters of the rule, and
    severities by name of environment, as a mapping. An error keeps a pipeline from being applied."""
    own: str = ""
    """Folder with rules of your own, below `source.path`; empty: there are none."""
    waivers: tuple[Waiver, ...] = ()
    """What is let pass: `{rule: ID, pipeline: GLOB, until: DATE, reason: TEXT}`."""
    deploy_stages: tuple[str, ...] = ("Deploy*", "Migrate*")
    """Globs of stages in which builds, commands and functions count as deployments too; Deploy actions always do."""
    parity: Parity = Parity()

    @property
    def severities(self) -> dict[str, str]:
        """Give the severity by rule, where one is set for all environments."""
        found = {name: rule if isinstance(rule, str) else rule.get("severity") for name, rule in self.rules.items()}
        return {name: severity for name, severity in found.items() if severity}

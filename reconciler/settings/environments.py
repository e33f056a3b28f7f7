"""Environments, and how pipelines are named in them."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from reconciler.scalars import Account, Expression, Regions
from reconciler.settings.group import Group

PART = re.compile(r"\{([a-z][a-z_]*)\}")
"""A part of `naming.pattern`, such as `{project}`."""


class Environment(Group):
    """One environment: the account and Regions in which its pipelines live."""

    account: Account
    """The 12-digit account id. It is compared with the credentials before the first write of a pass."""
    regions: Regions
    """Regions that are watched. With more than one, a definition names its own with `region:`."""
    assume_role: str | None = None
    """ARN of the role to assume for this environment; without it the process's own credentials are used."""
    external_id: str | None = None
    """External id that the role's trust policy asks for, if any."""
    mode: Literal["automatic", "manual", "report"] | None = None
    """What a pass may do here, as `sync.mode` says it for all; without it, that counts."""
    protected: bool = False
    """Whether policy guards what is deployed here. Off: only you know which environment people depend on."""
    wave: int = Field(default=0, ge=0, le=99)
    """When its pipelines are changed: lower waves of a project come first, and a failure there holds the later ones.
    All at once by default: an order costs time, and a failure in it holds what it did not touch."""
    after: str | None = None
    """The environment that a change passes before this one, such as staging before prod."""
    deploys_to: tuple[Account, ...] = ()
    """Accounts, beside its own, in which its pipelines may work; also those of other environments."""
    branches: tuple[str, ...] = ("*",)
    """Globs of the branches that may be deployed here; `*` matches slashes too."""
    tags: tuple[str, ...] = ("*",)
    """Globs of the git tags that may be deployed here."""
    pull_requests: tuple[Literal["OPEN", "UPDATED", "CLOSED"], ...] | None = None
    """Pull-request events that may start its pipelines: by default all, and none where it is protected."""
    owns: tuple[str, ...] = ()
    """Globs of names and ARNs that belong here, where neither an account id nor a word in them says so."""
    words: tuple[str, ...] = ()
    """Words in names that mean this environment, such as `production`; its own name always does."""


class Naming(Group):
    """How pipelines are named, and so which environment a definition belongs to."""

    pattern: str = "{project}-{environment}-{purpose}"
    """Names and their parts. The default reads `ecommerce-prod-deploy` as project, environment and purpose."""
    patterns: dict[Literal["stage", "action", "artifact", "role", "bucket"], str] = {}
    """Patterns for names inside pipelines, such as `{role: "{project}-{environment}-*"}`: parts of the pipeline's name
    stand for themselves, `*` for anything."""
    words: dict[str, Expression] = {}
    """A regular expression for a part of the pattern; lower-case letters, digits and inner hyphens unless given."""

    @model_validator(mode="after")
    def _parts_are_distinct(self) -> Self:
        parts = PART.findall(self.pattern)
        if len(set(parts)) < len(parts):
            message = f"a part stands twice in the pattern {self.pattern!r}"
            raise ValueError(message)
        if "}{" in self.pattern or any(sign in PART.sub("", self.pattern) for sign in "{}"):
            message = f"{self.pattern!r} cannot be read back: put text between parts, and write them as {{project}}"
            raise ValueError(message)
        if strange := [part for part in self.words if part not in parts]:
            message = f"words has {', '.join(strange)}, the pattern {self.pattern!r} does not"
            raise ValueError(message)
        return self

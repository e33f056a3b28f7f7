"""What a rule about live pipelines looks at: a declaration, and what AWS shows beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reconciler.pipeline import providers
from reconciler.policy import iam

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from reconciler.policy.facts import Facts
    from reconciler.policy.iam import Role
    from reconciler.settings import Settings

UNREAD, ABSENT = "unread", "absent"
"""Members that stand for what could not be read, with the reason, and for a role that is not there."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen of one live pipeline beside its declaration, in AWS's own words; verdicts have places in here."""

    now: dt.datetime
    """When it was seen; it has a time zone."""
    tags: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """What GetPipeline says beside the declaration: `pollingDisabledAt` (reference A.9)."""
    stages: Mapping[str, Any] = field(default_factory=dict)
    """`inboundTransitionState` of GetPipelineState by stage (reference E.8), or `unread` with the reason."""
    roles: Mapping[str, Mapping[str, Any]] | None = None
    """By ARN: `trust`, `policies` by name and `boundary`; or `unread`, or `absent`. None where nobody asked."""


@dataclass(frozen=True)
class Sighting:
    """One live pipeline; what a rule of the scope `live` takes."""

    facts: Facts
    seen: Seen
    parameters: Mapping[str, Any]
    """By name; those that nobody set have their defaults."""
    settings: Settings

    @cached_property
    def roles(self) -> tuple[tuple[Role, Mapping[str, Any]], ...]:
        """Every role that the pipeline names, with what was read of it; nothing where nobody asked."""
        target, seen = self.facts.stated.target, self.seen.roles
        if seen is None or target is None:
            return ()
        catalogue = self.facts.subject.catalogue or providers.catalogue()
        needed = iam.roles(self.facts.subject.pipeline, target, catalogue)
        return tuple((role, seen.get(role.arn, {UNREAD: "nobody asked for it"})) for role in needed)

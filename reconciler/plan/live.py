"""What is live: the values that an observer gives and that a store remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.pipeline.arns import Target


class Stamp(NamedTuple):
    """What ListPipelines says of one pipeline; while it stands still, the declaration does too (reference F.1)."""

    created: str
    """ISO 8601, UTC."""
    version: int
    updated: str
    """ISO 8601, UTC."""


class Transition(NamedTuple):
    """Whether executions may enter a stage (reference E.8)."""

    enabled: bool = True
    reason: str = ""
    """Why it is disabled; empty while it is enabled."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One live pipeline as it was last read."""

    target: Target
    name: str
    stamp: Stamp
    digest: str
    """SHA-256 of the canonical form of the sealed declaration, signed by its sealer."""
    tags: Mapping[str, str] = field(default_factory=dict)
    agreed: str = ""
    """Digest of the definition that this very declaration was found equal to; empty if to none."""
    agreed_version: int = 0
    """Version of the declaration that was last found equal to a definition; 0 if none was, or it is not known."""
    applied: str = ""
    """Digest of the definition that was last in force here; stays when the live side drifts away from it."""
    bounced: str = ""
    """Digest of the definition that came back different after it was written; empty if none did."""
    managed_tags: tuple[str, ...] = ()
    """Keys of the tags that were set from git; only these are removed when git drops them."""

"""Drift as values: what moved away from git where, since when, by whom, what it was, and what healing it would do.

A report is complete in itself: whoever renders or sends it asks nobody else. Texts and documents hold no secret (masks
stand in their places), but they come from outside: whoever shows them escapes them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.errors import Problem
    from reconciler.pipeline.arns import Target
    from reconciler.plan.health import Health

Severity = Literal["info", "warning", "error"]
How = Literal["console", "cli", "sdk", "tool", "aws", "self", "unknown"]


class Kind(StrEnum):
    """What sort of drift; a pipeline may have several, each an entry of its own."""

    MISSING = "missing"
    """It was in force, and somebody deleted it."""
    DEFINITION = "definition"
    """Its declaration is another one."""
    EXTRA = "extra"
    """Its declaration has fields that git does not say, and everything that git says."""
    NORMALISED = "normalised"
    """Our own write came back different: the service made something else of it."""
    TRANSITIONS = "transitions"
    """Somebody opened or shut the way into a stage."""
    TAGS = "tags"
    """Tags that git says are others, or gone."""
    OWNER = "owner"
    """The tag that says who manages it names somebody else, or nobody."""
    POLLING = "polling"
    """AWS switched polling off, because nothing ran for 30 days (reference A.9)."""
    UNMANAGED = "unmanaged"
    """It is in a watched target, git does not name it, and nobody owns it."""
    UNREADABLE = "unreadable"
    """A target, or a pipeline, that could not be read: nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One place that differs. None means absent."""

    place: str
    """Where, in words of the domain: `Build/Compile configuration.ProjectName`."""
    git: Any
    """What git says, and what it was: a JSON value, masked."""
    live: Any
    """What it is now."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who did it. Where nobody can tell, `principal` is empty and `note` says why."""

    principal: str = ""
    """ARN of the user or of the role's session, or AWS's name for itself."""
    how: How = "unknown"
    """By which means; `self` is this reconciler's own write, which is never the author of drift by others."""
    tool: str = ""
    """Name of the tool where `how` is tool or sdk: `terraform`, `aws-cli`, `boto3`."""
    at: datetime | None = None
    event: str = ""
    """The operation, such as `UpdatePipeline`."""
    event_id: str = ""
    """Id of the CloudTrail event; empty where the author comes from elsewhere, as with transitions."""
    reason: str = ""
    """What the author gave as a reason: of a disabled transition."""
    note: str = ""
    """Why nobody can tell, or what to know about it; a sentence."""

    @property
    def known(self) -> bool:
        """Whether there is a name."""
        return bool(self.principal)


@dataclass(frozen=True, slots=True)
class Heal:
    """What healing it would mean."""

    does: str
    """What the next pass writes, or that it writes nothing: a sentence without a full stop."""
    held: str = ""
    """Why it is not healed, with the way out; empty if it would be."""
    interrupts: tuple[str, ...] = ()
    """What it would do to executions that are under way, a sentence each; empty where none is, or nobody asked."""


@dataclass(frozen=True, slots=True)
class Drifted:
    """One drift of one pipeline, or one target that could not be read (`name` is empty then)."""

    target: Target
    name: str
    kind: Kind
    severity: Severity
    since: datetime
    """When it was first seen. See also `onset`."""
    environment: str = ""
    """Empty where nobody can tell."""
    updated: datetime | None = None
    """When AWS says that the live declaration was written; None where that says nothing about this drift."""
    seen: int = 1
    """In how many sightings in a row it was there."""
    version_before: int = 0
    """Live version that was last as git says; 0 if it is not known, or the kind has none."""
    version_after: int = 0
    """Live version now; 0 if there is none."""
    edits: tuple[Edit, ...] = ()
    """What differs, sorted by place."""
    reason: str = ""
    """What else is to be said of the kind, a sentence: why it is unreadable, who owns it."""
    author: Author | None = None
    """None where the kind has no author (unreadable), or nobody asked; of an unmanaged pipeline, who created it."""
    heal: Heal | None = None
    """None where there is nothing that could be healed."""
    file: str = ""
    """The definition's file."""
    before: Mapping[str, Any] | None = None
    """The declaration as it was when last in force, masked; None if nobody has it."""
    after: Mapping[str, Any] | None = None
    """The live declaration, masked; None if there is none, or it was not read."""
    health: Health | None = None
    findings: tuple[Problem, ...] = ()
    """What policy says of the live declaration; `file` is `live:ACCOUNT/REGION/NAME`."""

    @property
    def onset(self) -> datetime:
        """Since when, as far as anybody can tell: the author's time, or the write's, or the first sighting's."""
        told = self.author.at if self.author else None
        return min(filter(None, (told or self.updated, self.since)))

    @property
    def key(self) -> tuple[Target, str, Kind]:
        """What tells one drift from another, from sighting to sighting: remember it to tell news from old."""
        return self.target, self.name, self.kind


@dataclass(frozen=True, slots=True)
class Looked:
    """One target that was to be read."""

    target: Target
    environments: tuple[str, ...] = ()
    pipelines: int = 0
    """How many live pipelines were listed."""
    unreadable: str = ""
    """Why it could not be read; empty if it was."""


@dataclass(frozen=True, slots=True)
class Past:
    """A drift that is over."""

    target: Target
    name: str
    kind: Kind
    severity: Severity
    environment: str
    since: datetime
    resolved: datetime
    ending: str
    """`healed` by a pass, or `ended` without our doing."""
    seen: int
    version_before: int
    version_after: int
    edits: tuple[Edit, ...] = ()
    author: Author | None = None


@dataclass(frozen=True, slots=True)
class DriftReport:
    """All that drifted, at one moment."""

    at: datetime
    commit: str
    """The commit that live pipelines are compared with."""
    targets: tuple[Looked, ...]
    """Sorted."""
    entries: tuple[Drifted, ...] = ()
    """Sorted by severity (worst first), environment, target, name and kind."""
    young: tuple[Drifted, ...] = ()
    """Seen less often than `drift.after` says, so it does not count yet; sorted likewise."""
    in_sync: int = 0
    """Pipelines that are as git says."""
    unmanaged: int = 0
    """Live pipelines that git does not name and nobody owns, whether they are listed or not."""
    ended: tuple[Past, ...] = ()
    """What is over since `past`, newest first; empty where nobody asked."""
    past: datetime | None = None
    failures: tuple[Health, ...] = ()
    """Managed pipelines whose last execution failed, sorted by target and name; as last looked at."""
    problems: tuple[Problem, ...] = ()
    """Definition files that could not be read or applied: their pipelines are not in this report."""
    notes: tuple[str, ...] = ()
    """What else a reader should know, a sentence each: that attribution was limited, for instance."""

    @property
    def pipelines(self) -> int:
        """How many live pipelines were listed; 0 means that nothing can be said."""
        return sum(each.pipelines for each in self.targets)

    @property
    def drifted(self) -> tuple[Drifted, ...]:
        """Entries that are drift: all but what could not be read."""
        return tuple(each for each in self.entries if each.kind is not Kind.UNREADABLE)

    @property
    def unreadable(self) -> tuple[Drifted, ...]:
        """Entries about what could not be read."""
        return tuple(each for each in self.entries if each.kind is Kind.UNREADABLE)

    @property
    def counts(self) -> dict[str, int]:
        """Number of entries by kind, in the order of the kinds; kinds without one are left out."""
        counted = Counter(each.kind for each in self.entries)
        return {kind.value: counted[kind] for kind in Kind if counted[kind]}

    @property
    def severities(self) -> dict[str, int]:
        """Number of entries by severity, worst first; those without one are left out."""
        counted = Counter(each.severity for each in self.entries)
        return {severity: counted[severity] for severity in SEVERITIES if counted[severity]}


SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Worst first."""

_RANK = {severity: number for number, severity in enumerate(SEVERITIES)}
_ORDER = {kind: number for number, kind in enumerate(Kind)}


def ordered(entries: tuple[Drifted, ...] | list[Drifted]) -> tuple[Drifted, ...]:
    """Give entries in the order of a report."""
    return tuple(
        sorted(
            entries,
            key=lambda each: (_RANK[each.severity], each.environment, each.target, each.name, _ORDER[each.kind]),
        )
    )


_DECLARATION = (Kind.DEFINITION, Kind.EXTRA, Kind.NORMALISED)


def slot(kind: Kind) -> str:
    """Give what of a pipeline drifted: kinds that are about its declaration are one, and turn into each other."""
    return (Kind.DEFINITION if kind in _DECLARATION else kind).value

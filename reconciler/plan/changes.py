"""A plan as a value: what would be changed where, field by field, what is held and why. It counts and hashes itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reconciler.pipeline import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.errors import Problem
    from reconciler.pipeline.arns import Target
    from reconciler.plan.live import Transition


_TOLD = frozenset({"cause", "file", "interrupts", "note", "warrant", "wave"})
"""Members of a change that explain it and are not written."""


class Kind(StrEnum):
    """What a change does; the order is the order in which kinds are applied."""

    TRANSITION = "transition"
    CREATE = "create"
    ADOPT = "adopt"
    UPDATE = "update"
    TAG = "tag"
    DELETE = "delete"


_ORDER = {kind: number for number, kind in enumerate(Kind)}


class Cause(StrEnum):
    """Which side moved: git, or the live pipeline away from what was last in force."""

    GIT = "git"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs. Values are masked; None means absent."""

    place: str
    """Where, in words of the domain: `Build/Compile configuration.ProjectName`."""
    before: Any
    """What is live."""
    after: Any
    """What git says."""


@dataclass(frozen=True, slots=True)
class Change:
    """One pipeline that is not as git says; its transitions are a change of their own (`plan.transitions`)."""

    target: Target
    name: str
    kind: Kind
    cause: Cause
    environment: str = ""
    file: str = ""
    version: int = 0
    """Live version that the differences were seen against; 0 if there is none."""
    digest: str = ""
    """Digest of the masked definition, the same on every machine; empty where the declaration stays, or goes."""
    differences: tuple[Difference, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags to set."""
    untag: tuple[str, ...] = ()
    """Tag keys to remove."""
    transitions: Mapping[str, Transition] = field(default_factory=dict)
    """By stage, the states of inbound transitions to set; the differences tell them in words."""
    held: str = ""
    """Why this change is not applied, with the way out; empty if it would be."""
    guard: str = ""
    """Name of the guard that holds it, where one does."""
    note: str = ""
    """What a reader should know beside the differences, such as a likely rename."""
    interrupts: tuple[str, ...] = ()
    """What it would do to executions that are under way, a sentence each; empty where nobody asked."""

    warrant: str = ""
    """Whose word lets it pass where something would hold it, with the reason; empty where it needs none."""

    project: str = ""
    """The project whose waves it belongs to."""
    wave: int = 0
    """Lower waves of a project are applied first."""
    needs: tuple[str, ...] = ()
    """Names of the pipelines that the definition refers to."""
    leaves: tuple[str, ...] = ()
    """Names of the pipelines that the live declaration refers to, and that are not referred to any more."""

    @property
    def identity(self) -> tuple[Target, str]:
        """Account, Region and name."""
        return self.target, self.name


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one pass would do, in order."""

    commit: str
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    unreadable: Mapping[Target, str] = field(default_factory=dict)
    """Targets that could not be read, with the reason; nothing in them is planned."""
    unknown: Mapping[tuple[Target, str], str] = field(default_factory=dict)
    """Pipelines that could not be read, with the reason; nothing is planned for them."""
    pending: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    """By environment, what nothing holds but the want of an approval, or a window."""
    in_sync: int = 0
    """Pipelines that are as git says."""
    unmanaged: int = 0
    """Live pipelines that git does not name and nobody here owns."""

    @property
    def open(self) -> tuple[Change, ...]:
        """Changes that would be applied."""
        return tuple(change for change in self.changes if not change.held)

    @property
    def held(self) -> tuple[Change, ...]:
        """Changes that something holds back."""
        return tuple(change for change in self.changes if change.held)

    @property
    def blocked(self) -> bool:
        """Whether anything is kept from being as git says: held changes, unread files or targets."""
        return bool(self.held or self.problems or self.unreadable or self.unknown)

    @property
    def counts(self) -> dict[str, int]:
        """Number of open changes by kind, then `held`; kinds without a change are left out."""
        counted = Counter(change.kind.value for change in self.open)
        counts = {kind.value: counted[kind.value] for kind in Kind if counted[kind.value]}
        return counts | ({"held": len(self.held)} if self.held else {})

    @property
    def digest(self) -> str:
        """SHA-256 over what would be written: equal digests, equal plans.

        Time and commit are left out, and what a store remembers: a machine that starts afresh plans the same writes.
        """
        return digest(self.open)

    @property
    def approvals(self) -> dict[str, str]:
        """Digest by environment of what waits for an approval there."""
        return {environment: digest(changes) for environment, changes in self.pending.items()}


def order(change: Change) -> tuple[Any, ...]:
    """Sort changes as they are applied."""
    return change.target, _ORDER[change.kind], change.name


def digest(changes: Iterable[Change]) -> str:
    """Give the SHA-256 over what changes would write."""
    return canonical.digest([_written(change) for change in changes])


def _written(change: Change) -> dict[str, Any]:
    return {key: value for key, value in change_document(change).items() if key not in _TOLD}


def change_document(change: Change) -> dict[str, Any]:
    """Give a change as JSON, masked."""
    differences = [{"place": each.place, "before": each.before, "after": each.after} for each in change.differences]
    document = {
        "account": change.target.account,
        "region": change.target.region,
        "name": change.name,
        "kind": change.kind.value,
        "cause": change.cause.value,
        "environment": change.environment,
        "file": change.file,
        "version": change.version,
        "definition": change.digest,
        "differences": differences,
        "tags": dict(sorted(change.tags.items())),
        "untag": list(change.untag),
    }
    told: dict[str, Any] = {"held": change.held, "note": change.note, "interrupts": list(change.interrupts)}
    told["warrant"] = change.warrant
    told["wave"] = change.wave
    return document | {key: value for key, value in told.items() if value}

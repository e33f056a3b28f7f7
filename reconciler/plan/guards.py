"""Why a change is held: one small function and one row each, asked in order; the first reason counts.

A reason says what holds the change and what would let it through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.definitions.tags import OWNER
from reconciler.plan.changes import Cause, Change, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.definitions.reading import Reading
    from reconciler.pipeline.arns import Target
    from reconciler.plan.live import Observation
    from reconciler.settings import Sync


@dataclass(frozen=True, slots=True)
class Situation:
    """What the guards look at, beside the change itself."""

    sync: Sync
    reading: Reading
    live: Mapping[tuple[Target, str], Observation]
    approved: bool
    """Whether a person asked for this pass (`plan`, `apply`), as against the daemon by itself."""

    def observed(self, change: Change) -> Observation | None:
        """Give the live side of a change, if there is one."""
        return self.live.get(change.identity)


def reason(change: Change, situation: Situation) -> str:
    """Give why a change is held, or an empty string."""
    return next((why for guard in GUARDS if (why := guard(change, situation))), "")


def _ownership(change: Change, situation: Situation) -> str:
    observed = situation.observed(change)
    owner = observed.tags.get(OWNER) if observed else None
    if owner is not None and owner != situation.sync.owner:
        return (
            f"owned by {owner!r}, this is {situation.sync.owner!r} (tag {OWNER}); remove it from git or change the tag"
        )
    return ""


def _adoption(change: Change, situation: Situation) -> str:
    if change.kind is not Kind.ADOPT:
        return ""
    definition = situation.reading.definitions[change.identity]
    allowed = situation.sync.adopt if definition.adopt is None else definition.adopt
    if not allowed:
        return "exists already and has no owner; set `sync: {adopt: true}` in its file to take it over"
    if change.digest:
        return "is taken over only with a zero difference; make git say what is live first, then change it"
    return ""


def _transition(change: Change, situation: Situation) -> str:
    observed = situation.observed(change)
    if change.kind is Kind.TRANSITION and observed and OWNER not in observed.tags:
        return "has no owner yet, and only transitions of owned pipelines are set; it follows once this one is adopted"
    return ""


def _prune(change: Change, situation: Situation) -> str:
    if change.kind is not Kind.DELETE:
        return ""
    if problems := len(situation.reading.problems):
        return f"nothing is deleted while {problems} problem(s) keep definitions from being read; mend them first"
    if not situation.reading.definitions:
        return "nothing is deleted while git defines no pipeline at all; see source.branch and source.path"
    return "" if situation.sync.prune else "git no longer names it; deleting is off, allow it with `sync.prune: true`"


def _mode(_: Change, situation: Situation) -> str:
    if situation.sync.mode == "report":
        return "sync.mode is report, which never writes; set it to manual or automatic"
    if situation.sync.mode == "manual" and not situation.approved:
        return "sync.mode is manual; apply it with `reconciler apply`"
    return ""


def _heal(change: Change, situation: Situation) -> str:
    if change.cause is Cause.DRIFT and change.kind is not Kind.DELETE and not situation.sync.self_heal:
        return "live drifted away from git and sync.self_heal is off; set it to true, or put the change into git"
    return ""


def _bounced(change: Change, situation: Situation) -> str:
    observed = situation.observed(change)
    definition = situation.reading.definitions.get(change.identity)
    written = change.kind in (Kind.UPDATE, Kind.TRANSITION)
    if written and observed and definition and observed.bounced == definition.digest:
        return "AWS gave this definition back different after it was written; change it as the differences show"
    return ""


GUARDS: tuple[Callable[[Change, Situation], str], ...] = (
    _ownership, _adoption, _transition, _prune, _bounced, _heal, _mode,
)  # fmt: skip

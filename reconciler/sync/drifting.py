"""Step sight: what drifted is remembered with its onset; and the report about it, with all that can be found out.

Sighting costs no call to AWS but for pipelines that git and somebody else changed at once. A report asks about what
drifted, and about nothing else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.errors import Blocked, Broken, ReconcilerError
from reconciler.pipeline import secrets
from reconciler.plan import differences, drift, sightings
from reconciler.plan.changes import Cause, Difference
from reconciler.plan.changes import Kind as Does
from reconciler.plan.drift import Drifted, DriftReport, Kind, Looked
from reconciler.sync import attributing, examining, inspecting, planning, reading
from reconciler.sync.importing import Live
from reconciler.sync.state import Ending

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from reconciler.plan.build import Identity
    from reconciler.plan.changes import Change
    from reconciler.plan.drift import Author
    from reconciler.plan.health import Health
    from reconciler.plan.sightings import Look
    from reconciler.store.drifts import Sighting, Slot
    from reconciler.sync.state import Pass, World

HEALS = {
    Does.CREATE: (Kind.MISSING,),
    Does.TRANSITION: (Kind.TRANSITIONS,),
    Does.UPDATE: (Kind.DEFINITION, Kind.TAGS, Kind.OWNER),
    Does.TAG: (Kind.TAGS, Kind.OWNER),
    Does.ADOPT: (Kind.TAGS, Kind.OWNER),
}
"""What each kind of change heals, by slot."""

_UNKNOWN = (Kind.UNREADABLE, Kind.UNMANAGED)
"""Kinds of which there is no declaration to show."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a report is to say; by default everything about what is drifted now."""

    name: str = ""
    """Only this pipeline; empty for all."""
    past: datetime | None = None
    """Also what was over after this time."""
    limit: int | None = None
    """How many authors are looked up at most."""
    ask: bool = True
    """Whether AWS is asked for authors and executions at all."""


def sight(state: Pass, world: World) -> Pass:
    """Remember what drifted and what is over; gives the pass with what is drifted still, and what it healed."""
    before = world.memory.drifts()
    found = sightings.find(look(state, world, before))
    mended = _healed(state)
    over = {place: "healed" for each in found if (place := _slot(each)) in mended}
    over |= dict.fromkeys(_ended(state, before, found), "ended")
    if found or over:
        world.memory.sighted(found, over, world.now(), state.number)
    after = world.memory.drifts() if found else {}
    return replace(
        state,
        drifted=tuple(_aged(each, after.get(_slot(each))) for each in found if _slot(each) not in over),
        healed=tuple(_aged(each, before.get(_slot(each))) for each in found if _slot(each) in over),
    )


def look(state: Pass, world: World, known: Mapping[Slot, Sighting] | None) -> Look:
    """Give everything that drift is told from; `known` are the drifts that are open.

    With None, what git and somebody else changed at once is left out, which may cost calls.
    """
    _, read, plan = state.known
    return sightings.Look(
        plan=plan,
        live=state.live,
        definitions=read.definitions,
        held=read.held,
        settings=world.settings,
        now=world.now(),
        moved={} if known is None else dict(_moved(state, world, known)),
        healths=world.memory.healths(idle=True),
    )


def report(state: Pass, world: World, wish: Wish) -> DriftReport:
    """Give the report of a pass that has been sighted.

    Raises Blocked if nothing at all was read, and Broken if a pipeline is named that nobody knows.
    """
    snapshot, read, plan = state.known
    seen = look(state, world, None)
    targets = tuple(
        Looked(target, seen.environments(target), len(state.live.get(target, {})), plan.unreadable.get(target, ""))
        for target in sorted(world.accesses)
    )
    _check(targets, state)
    chosen = _chosen(state, wish.name)
    authors, notes = attributing.attribute(world, wish.limit, wish.name) if wish.ask else ({}, ())
    healths = examining.of(state, world, [each for each in chosen if each.after is None]) if wish.ask else {}
    healths = {**world.memory.healths(), **healths}
    known = _Known(state, world, authors, healths)
    full = [known.full(each) for each in chosen]
    counts = [each for each in full if each.seen >= world.settings.drift.after or each.severity == "error"]
    return DriftReport(
        at=world.now(),
        commit=snapshot.commit,
        targets=targets,
        entries=drift.ordered(counts),
        young=drift.ordered([each for each in full if each not in counts]),
        in_sync=plan.in_sync,
        unmanaged=sum(1 for _ in sightings.unmanaged(seen)),
        ended=world.memory.past_drifts(wish.past, wish.name or None) if wish.past else (),
        past=wish.past,
        failures=tuple(each for key, each in sorted(healths.items(), key=lambda pair: pair[0])
                       if each.failed and key in read.definitions and wish.name in ("", each.name)),
        problems=tuple(read.problems),
        notes=notes,
    )  # fmt: skip


def _check(targets: tuple[Looked, ...], state: Pass) -> None:
    """Raise Blocked where nothing was read: silence must not pass for peace."""
    if any(each.pipelines for each in targets) or any(each.kind is Kind.MISSING for each in state.drifted):
        return
    reasons = "; ".join(f"{each.target}: {each.unreadable}" for each in targets if each.unreadable)
    where = ", ".join(str(each.target) for each in targets)
    raise Blocked(
        f"0 pipelines read in {where}, so nothing can be said about drift: "
        + (reasons or "check the accounts and Regions of `environments`, and that the credentials see pipelines there")
    )


def _chosen(state: Pass, name: str) -> tuple[Drifted, ...]:
    """Give what drifted of one pipeline, with the targets that it may live in and that were not read; or of all."""
    known = {each for _, each in state.known[1].definitions} | {each for found in state.live.values() for each in found}
    chosen = tuple(each for each in state.drifted if name == "" or each.name in (name, ""))
    if name and name not in known and not chosen:
        raise Broken(f"there is no pipeline {name}, neither in git nor live; `reconciler status` lists what is known")
    return chosen


def _slot(entry: Drifted) -> Slot:
    return entry.target, entry.name, drift.slot(entry.kind)


def _aged(entry: Drifted, known: Sighting | None) -> Drifted:
    """Give an entry with what memory says of it."""
    if known is None:
        return entry
    before = entry.version_before or known.version_before
    return replace(entry, since=known.since, seen=known.seen, version_before=before, author=known.author)


def _healed(state: Pass) -> set[Slot]:
    done = [each.change for each in state.results if each.ending is Ending.APPLIED]
    return {(each.target, each.name, kind.value) for each in done for kind in HEALS.get(each.kind, ())}


def _ended(state: Pass, known: Mapping[Slot, Sighting], found: tuple[Drifted, ...]) -> Iterator[Slot]:
    """Iterate over drifts that are not there any more; of what was not read or not compared nobody can say that."""
    _, read, plan = state.known
    seen = {_slot(each) for each in found}
    for target, name, kind in known.keys() - seen:
        identity = (target, name)
        unread = target not in state.live or identity in plan.unknown or identity in read.held
        compared = identity in read.definitions or read.complete or kind == Kind.UNREADABLE
        if compared and not unread:
            yield target, name, kind


def _moved(
    state: Pass, world: World, known: Mapping[Slot, Sighting]
) -> Iterator[tuple[Identity, tuple[Difference, ...]]]:
    """Iterate over pipelines that git and somebody else changed: what live has beside what was last in force."""
    for change in state.known[2].changes:
        if change.kind not in (Does.UPDATE, Does.ADOPT) or change.cause is Cause.DRIFT:
            continue
        seen = state.live[change.target][change.name]
        if not seen.agreed_version or not seen.applied or seen.stamp.version == seen.agreed_version:
            continue
        before = known.get((change.target, change.name, Kind.DEFINITION.value))
        if before and before.version_after == seen.stamp.version and before.kind is not Kind.NORMALISED:
            yield change.identity, tuple(Difference(each.place, each.live, each.git) for each in before.edits)
        elif world.memory.version_written(*change.identity, seen.stamp.version) is None:
            yield change.identity, _beside(change, seen.agreed_version, state, world)


def _beside(change: Change, version: int, state: Pass, world: World) -> tuple[Difference, ...]:
    old, live = _old(change.identity, version, state, world), planning.sealed_live(change.identity, world)
    if old is None or live is None:
        return ()
    masked = secrets.reveal_nothing(live)
    return differences.between(secrets.reveal_nothing(old), masked, change.target.region)


def _old(identity: Identity, version: int, state: Pass, world: World) -> dict[str, Any] | None:
    """Give an earlier version of a declaration: the store's, else AWS's; None where nobody has it any more."""
    if text := world.memory.version_written(*identity, version):
        document: dict[str, Any] = json.loads(text)
        return document
    try:
        shown = world.cloud.version(world.accesses[identity[0]], identity[1], version)
    except ReconcilerError:
        return None
    return reading.context(world, state.catalogue).sealer.seal(shown)


class _Known:
    """What a report says of an entry beyond its sighting: documents, author, executions, findings."""

    def __init__(
        self, state: Pass, world: World, authors: Mapping[Slot, Author], healths: Mapping[Identity, Health]
    ) -> None:
        self._state, self._world, self._authors, self._healths = state, world, authors, healths
        self._context = reading.context(world, state.catalogue)
        self._policy = reading.ruled(state.known[0], world, state.catalogue).policy

    def full(self, entry: Drifted) -> Drifted:
        """Give an entry with all of it."""
        before, live = _before(entry, self._state, self._world), self._live(entry)
        return replace(
            entry,
            author=entry.author or self._authors.get(_slot(entry)),
            health=self._healths.get((entry.target, entry.name)),
            before=secrets.reveal_nothing(before) if before else None,
            after=secrets.reveal_nothing(live.document) if live else None,
            findings=inspecting.judged(live, self._context, self._policy) if live else (),
        )

    def _live(self, entry: Drifted) -> Live | None:
        seen = self._state.live.get(entry.target, {}).get(entry.name)
        if seen is None or entry.kind in _UNKNOWN:
            return None
        document = planning.sealed_live((entry.target, entry.name), self._world)
        return Live(entry.target, entry.name, entry.environment, document, seen.tags) if document else None


def _before(entry: Drifted, state: Pass, world: World) -> dict[str, Any] | None:
    """Give the declaration that was in force: git's, unless git moved on."""
    identity = (entry.target, entry.name)
    definition = state.known[1].definitions.get(identity)
    if definition is None or entry.kind in _UNKNOWN:
        return None
    seen = state.live.get(entry.target, {}).get(entry.name)
    if seen and seen.applied not in ("", definition.digest) and entry.version_before:
        return _old(identity, entry.version_before, state, world)
    return reading.sealed(definition, state, world)

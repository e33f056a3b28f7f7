"""Step observe: list every target, and read only what moved since it was last seen.

A target that cannot be listed completely is unreadable: nothing in it is planned, nothing is taken for absent.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.definitions.tags import OWNER
from reconciler.errors import ReconcilerError, Retry
from reconciler.pipeline import canonical
from reconciler.plan.live import Observation
from reconciler.sync import examining, reading, turns
from reconciler.sync.state import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.aws.pipelines import Declaration, Row
    from reconciler.aws.sessions import Access
    from reconciler.pipeline.arns import Target
    from reconciler.pipeline.secrets import Sealer
    from reconciler.plan.build import Identity
    from reconciler.sync.state import Pass, World

Tags = dict[tuple["Target", str], dict[str, str]]
Unknown = dict[tuple["Target", str], str]

BATCH = 500
"""Observations that are written to the store at once; it bounds what is held in memory."""


@dataclass(frozen=True, slots=True)
class _Listing:
    """One target as it was listed, beside what was remembered of it."""

    access: Access
    rows: tuple[Row, ...]
    tags: Mapping[str, Mapping[str, str]]
    remembered: Mapping[str, Observation]
    wanted: frozenset[str]
    sealer: Sealer

    @property
    def target(self) -> Target:
        return self.access.target

    def tags_of(self, name: str, confirmed: Tags) -> Mapping[str, str]:
        return confirmed.get((self.target, name), self.tags.get(name, {}))

    def moved(self, row: Row) -> bool:
        known = self.remembered.get(row.name)
        return row.name in self.wanted and (known is None or known.stamp != row.stamp or not self._is_sealed(known))

    def _is_sealed(self, known: Observation) -> bool:
        """Whether what is remembered was sealed as it would be now; before any reading there is no digest."""
        return bool(known.digest) and self.sealer.has_signed(known.digest)

    def doubtful(self, row: Row, owner: str) -> bool:
        """Whether the bulk answer lacks an owner where one is expected: it may lag behind, or not know the service."""
        known = self.remembered.get(row.name)
        expected = row.name in self.wanted or (known is not None and known.tags.get(OWNER) == owner)
        return expected and OWNER not in self.tags.get(row.name, {})


def ask(state: Pass, world: World) -> Pass:
    """Ask every target that does not rest what it holds, so that the answers come while git is read."""
    world.listings.begin(state.resting, _doubted(state), again=state.approved)
    return state


def observe(state: Pass, world: World) -> Pass:
    """Observe all targets side by side; an unreadable target or pipeline is unknown, never absent."""
    world.tell(Event("observe", ", ".join(map(str, world.accesses))))
    listings, refused = _list_all(state, world)
    unreadable = {each: found.sentence for each, found in state.resting.items()}
    tags, untagged = _confirm_tags(listings, world)
    unread = _read_moved(listings, tags, world)
    live = {each.target: _live(each, tags, world) for each in listings}
    vanished = (_vanished(each) for each in listings)
    return replace(
        state,
        live=live,
        unreadable=unreadable | {target: str(error) for target, error in refused.items()},
        refused=refused,
        unknown={**unread, **untagged},
        vanished=frozenset(identity for found in vanished for identity in found),
    )


def _list_all(state: Pass, world: World) -> tuple[list[_Listing], dict[Target, ReconcilerError]]:
    wanted: dict[Target, set[str]] = {target: set() for target in world.accesses}
    for target, name in state.reading.definitions if state.reading else ():
        wanted[target].add(name)
    patience = math.inf if state.approved else world.settings.aws.patience
    answers = world.listings.take(state.resting, _doubted(state), patience)
    listings = []
    refused: dict[Target, ReconcilerError] = {}
    sealer = reading.context(world, state.catalogue).sealer
    for target, access in world.accesses.items():
        if target in state.resting:
            continue
        if access not in answers:
            refused[target] = _silent(access, world)
            continue
        remembered = world.memory.observations(target)
        try:
            rows, tags = answers[access].rows.result(), answers[access].tags.result()
        except ReconcilerError as error:
            refused[target] = error
            continue
        listings.append(_Listing(access, rows, tags or {}, remembered, frozenset(wanted[target]), sealer))
    return listings, refused


def _doubted(state: Pass) -> set[Target]:
    """Give the targets that could not be read when they were last asked."""
    return {target for target, name, _ in state.setbacks if not name}


def _silent(access: Access, world: World) -> Retry:
    known = world.listings.fault(access)
    return Retry(
        f"{access.target} has not answered while the pass could wait (aws.patience), so the pass goes on without it; "
        "it is waited for again as soon as it answers; `reconciler doctor` shows whether it can be reached"
        + (f". Before that it failed: {known}" if known else "")
    )


def _confirm_tags(listings: list[_Listing], world: World) -> tuple[Tags, Unknown]:
    """Ask CodePipeline itself for the tags of pipelines that should have an owner and seem to have none."""
    owner = world.settings.sync.owner
    doubtful = [(each, row.name) for each in listings for row in each.rows if each.doubtful(row, owner)]
    ask = _answer(lambda one: world.cloud.tags(one[0].access, one[1]))
    answers = turns.shared(world.executor, ask, doubtful, _whose)
    tags: Tags = {}
    unknown: Unknown = {}
    for (listing, name), answer in zip(doubtful, answers, strict=True):
        if isinstance(answer, ReconcilerError):
            unknown[listing.target, name] = str(answer)
        else:
            tags[listing.target, name] = answer
    return tags, unknown


def _read_moved(listings: list[_Listing], tags: Tags, world: World) -> Unknown:
    moved = [(each, row) for each in listings for row in each.rows if each.moved(row)]
    ask = _answer(lambda one: world.cloud.read(one[0].access, one[1].name))
    unknown: Unknown = {}
    polled: dict[Identity, str] = {}
    for start in range(0, len(moved), BATCH):
        batch = moved[start : start + BATCH]
        answers = turns.shared(world.executor, ask, batch, _whose)
        seen: list[tuple[Observation, str]] = []
        for done, ((listing, row), answer) in enumerate(zip(batch, answers, strict=True), start + 1):
            world.tell(Event("observe", f"{row.name} in {listing.target}", done, len(moved)))
            if isinstance(answer, ReconcilerError):
                unknown[listing.target, row.name] = str(answer)
                continue
            polled[listing.target, row.name] = answer.polling_stopped
            before = _remembered_document(listing, row.name, world)
            found = observation(listing.target, row.name, answer, before, listing.sealer)
            seen.append(
                (_carried(found[0], listing.remembered.get(row.name), listing.tags_of(row.name, tags)), found[1])
            )
        world.memory.observed(seen)
    if polled:
        examining.noticed(polled, world)
    return unknown


def _whose(one: tuple[_Listing, Any]) -> Target:
    return one[0].target


def _answer(ask: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Turn a failure into a value, so that one failing pipeline does not hide the answers of the others."""

    def asked(one: Any) -> Any:
        try:
            return ask(one)
        except ReconcilerError as error:
            return error

    return asked


def observation(
    target: Target, name: str, live: Declaration, before: str | None, sealer: Sealer
) -> tuple[Observation, str]:
    """Give the observation of a declaration and its sealed text; `before` is the sealed text that was known so far."""
    sealed = sealer.seal(live.document)
    if before:
        sealed = sealer.carry(sealed, json.loads(before))
    digest = sealer.signed(canonical.digest(canonical.form(sealed, target.region)))
    return Observation(target, name, live.stamp, digest), canonical.text(sealed)


def _remembered_document(listing: _Listing, name: str, world: World) -> str | None:
    if name not in listing.remembered:
        return None
    return world.memory.documents(listing.target, [name]).get(name)


def _carried(found: Observation, known: Observation | None, tags: Mapping[str, str]) -> Observation:
    """Keep what only memory knows; what was found equal or bounced was another declaration."""
    if known is None:
        return replace(found, tags=tags)
    agreed = known.agreed if known.digest == found.digest else ""
    kept = replace(found, applied=known.applied, agreed_version=known.agreed_version, managed_tags=known.managed_tags)
    return replace(kept, tags=tags, agreed=agreed)


def _live(listing: _Listing, tags: Tags, world: World) -> dict[str, Observation]:
    """Give the target as it is now: what memory holds after the reads, with tags as they are today."""
    moved = any(listing.moved(row) for row in listing.rows)
    known = world.memory.observations(listing.target) if moved else listing.remembered
    live = {}
    for row in listing.rows:
        found = known.get(row.name) or Observation(listing.target, row.name, row.stamp, digest="")
        today = listing.tags_of(row.name, tags)
        same = found.stamp == row.stamp and found.tags == today
        live[row.name] = found if same else replace(found, stamp=row.stamp, tags=today)
    return live


def _vanished(listing: _Listing) -> Iterable[Identity]:
    there = {row.name for row in listing.rows}
    return ((listing.target, name) for name, known in listing.remembered.items() if known.applied and name not in there)

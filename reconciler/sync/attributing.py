"""Who did it: CloudTrail is asked about what drifted, once for each version, and remembered.

CloudTrail answers two calls a second in an account and Region (`aws.buckets.TRAIL`), and tells of events some minutes
late: what it does not know yet is asked again, not oftener than every `AGAIN`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.aws import failures
from reconciler.errors import ReconcilerError
from reconciler.plan import authors, drift
from reconciler.plan.authors import HISTORY, SELF, Question
from reconciler.plan.drift import Author, Kind
from reconciler.sync.state import Event

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.plan.drift import Drifted
    from reconciler.store.drifts import Sighting, Slot
    from reconciler.sync.state import Pass, World

    Answer = tuple[Author | None, bool]
    """Who it was, or why nobody can tell; and whether to ask again."""

AGAIN = timedelta(minutes=5)
"""How long a question rests that had no answer."""
RECENT = timedelta(days=1)
"""How long after its last sighting a drift is worth a question: the healed ones among them."""
AROUND = timedelta(minutes=5)
"""How far clocks may differ: ours, and those of AWS's services."""
ASKED = (*authors.WRITES, Kind.TRANSITIONS, Kind.NORMALISED)


def attribute(world: World, limit: int | None = None, name: str = "") -> tuple[dict[Slot, Author], tuple[str, ...]]:
    """Ask for the authors of drift that nobody is known for; gives them by slot, and what a reader should know."""
    now = world.now()
    open_ones = [each for each in world.memory.unattributed(ASKED, now - RECENT) if name in ("", each.name)]
    due = [each for each in open_ones if limit is None or each.asked is None or now - each.asked >= AGAIN]
    asked, most = _affordable(due, limit, world)
    answers = world.executor.map(lambda each: _answer(each, world, now), asked)
    found: dict[Slot, Author] = {}
    for done, (each, (author, again)) in enumerate(zip(asked, answers, strict=True), 1):
        world.tell(Event("attribute", f"{each.name} in {each.target}", done, len(asked)))
        world.memory.attributed(each.id, None if again else author, now)
        if author is not None:
            found.setdefault(each.slot, author)  # the newest comes first; what is over may be of the same slot
    left = len(due) - len(asked)
    return found, (f"authors of {left} more are looked up later: drift.attributions is {most}",) if left else ()


def sign(state: Pass, world: World) -> Pass:
    """Give a pass with the authors of what it is the first to see, as far as they can be told now.

    It asks what the daemon asks between passes otherwise, and then does not ask again. What fails leaves them out.
    """
    first = [each for each in (*state.drifted, *state.healed) if each.seen == 1 and each.kind in ASKED]
    if not first or world.stopping():
        return state
    try:
        found, _ = attribute(world, world.settings.drift.attributions)
    except ReconcilerError as error:
        world.tell(Event("attribute", str(error)))
        return state
    named = {slot: author for slot, author in found.items() if author.known}
    return replace(state, drifted=_signed(state.drifted, named), healed=_signed(state.healed, named))


def _signed(entries: tuple[Drifted, ...], named: Mapping[Slot, Author]) -> tuple[Drifted, ...]:
    slots = ((each.target, each.name, drift.slot(each.kind)) for each in entries)
    return tuple(
        replace(each, author=each.author or named.get(slot)) for each, slot in zip(entries, slots, strict=True)
    )


def _affordable(due: list[Sighting], limit: int | None, world: World) -> tuple[list[Sighting], int]:
    """Give what is asked about now, and the limit of it: drift before unmanaged pipelines, of which there may be many.

    Those are limited also where drift is not. What is too old for CloudTrail costs no call, and so no place.
    """
    most = world.settings.drift.attributions if limit is None else limit
    ours = [each for each in due if each.kind is not Kind.UNMANAGED]
    theirs = [each for each in due if each.kind is Kind.UNMANAGED]
    old = [each for each in theirs if _is_old(each, world.now())]
    young = [each for each in theirs if not _is_old(each, world.now())]
    asked = [*ours, *young[:most]] if limit is None else [*ours, *young][:most]
    return [*asked, *old], most


def _is_old(asked: Sighting, now: datetime) -> bool:
    return now - (asked.updated or asked.since) > HISTORY


def _answer(asked: Sighting, world: World, now: datetime) -> Answer:
    try:
        if asked.kind is Kind.NORMALISED:
            return SELF, False
        if asked.kind is Kind.TRANSITIONS:
            return _turned(asked, world), False
        return _found(asked, world, now)
    except failures.Denied as error:
        return authors.denied(str(error)), True
    except ReconcilerError as error:
        return Author(note=f"it could not be looked up: {error}"), True


def _found(asked: Sighting, world: World, now: datetime) -> Answer:
    places = tuple(each.place for each in asked.edits)
    question = Question(asked.kind, asked.version_after, asked.updated, places, asked.since, now)
    if _is_old(asked, now):
        return authors.absent(question)
    since, until = _window(asked, now)
    access = world.accesses[asked.target]
    author = authors.find(question, world.cloud.events(access, asked.name, since, until))
    return (author, False) if author else authors.absent(question)


def _window(asked: Sighting, now: datetime) -> tuple[datetime, datetime | None]:
    """Give when it can have happened: with the version, or since the last pass that did not see it, until now."""
    if asked.updated:
        return asked.updated - AROUND, asked.updated + AROUND
    return max(asked.sound or now - HISTORY, now - HISTORY) - AROUND, None


def _turned(asked: Sighting, world: World) -> Author:
    """Give who turned the transition that drifted; of several the one that was turned last."""
    stages = {each.place.removesuffix(" inbound transition") for each in asked.edits}
    shown = world.cloud.inbound(world.accesses[asked.target], asked.name)
    turns = [state for stage, state in shown.items() if stage in stages and state and state.get("lastChangedAt")]
    if not turns:
        return Author(note="AWS does not say who changed the transition")
    last = max(turns, key=lambda each: each["lastChangedAt"])
    return authors.turned(
        str(last.get("lastChangedBy", "")), last["lastChangedAt"], str(last.get("disabledReason", ""))
    )

"""Steps look and conclude: what people decided, before a plan is made and after it was applied."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.plan import changes, windows
from reconciler.plan.holds import Ending as Closing
from reconciler.plan.holds import Holds, Kind, clock
from reconciler.report import wording
from reconciler.sync import recording
from reconciler.sync.state import Ending, Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.plan.changes import Change
    from reconciler.plan.holds import Decision
    from reconciler.sync.state import Pass, World


def look(state: Pass, world: World) -> Pass:
    """Read what people decided; the plan is made of it as it is now."""
    return replace(state, holds=Holds(world.now(), world.settings.environments, world.memory.decisions()))


def shut(change: Change, state: Pass, world: World) -> str:
    """Give what keeps a change from being written that was open when the plan was made; empty if nothing does.

    That is a window that closed since, a suspension that is new, or an approval or override that counts no more.
    """
    sync = world.settings.sync
    holds = Holds(world.now(), state.holds.environments, world.memory.decisions())
    if lost := _lost(change, state.holds, holds):
        return lost
    if holds.override(change, sync):
        return ""
    if (suspension := holds.suspension(change)) is not None:
        return f"suspended, {suspension.sentence}"
    places = holds.places(change) if sync.windows else ()
    closed = (windows.overrun(sync.windows, each, state.holds.now, holds.now) for each in places)
    return next(filter(None, closed), "")


def _lost(change: Change, before: Holds, now: Holds) -> str:
    """Give which decision let a change pass and counts no more."""
    granted = next((each for each in before.decisions if change.warrant == each.sentence), None)
    if granted is None or any(each.id == granted.id and each.counts(now.now) for each in now.decisions):
        return ""
    return f"{granted.title} was withdrawn or expired before this change"


def conclude(state: Pass, world: World) -> Pass:
    """Write down which decisions let changes pass, and close those that are over; each is told once.

    Raises Retry if another daemon leads by now.
    """
    recording.still_leading(state, world)
    said = []
    for decision in state.holds.decisions:
        for sentence in _settled(decision, state, world):
            world.tell(Event("holds", sentence))
            said.append(sentence)
    return replace(state, said=(*state.said, *said))


def _settled(decision: Decision, state: Pass, world: World) -> Iterator[str]:
    if not decision.counts(state.holds.now):
        until = clock(decision.until) if decision.until else ""
        yield from _closed(decision, world, Closing.EXPIRED, f"{decision.title} expired at {until}")
        return
    applied = (each.change for each in state.results if each.ending is Ending.APPLIED)
    passed = [change for change in applied if change.warrant == decision.sentence]
    left = _left(decision, state, passed)
    if passed:
        digest = changes.digest(left) if left else decision.digest
        world.memory.use_decision(decision.id, world.now(), len(passed), digest)
        yield f"{decision.sentence} let {wording.count(len(passed), 'change')} pass: {_names(passed)}"
    plan = state.known[2]
    certain = not (state.approved or plan.unreadable or plan.unknown)
    if decision.kind is Kind.APPROVAL and certain and not left:
        ending = Closing.APPLIED if passed else Closing.OUTDATED
        yield from _closed(decision, world, ending, f"{decision.title}: {ending}")


def _left(decision: Decision, state: Pass, passed: list[Change]) -> tuple[Change, ...]:
    """Give what an approval is still for; nothing if its plan is no longer what is waiting."""
    done = Counter((each.identity, each.kind) for each in passed)
    plan = state.known[2]
    for environment, digest in plan.approvals.items():
        if decision.kind is Kind.APPROVAL and digest.startswith(decision.digest):
            return tuple(each for each in plan.pending[environment] if not done[each.identity, each.kind])
    return ()


def _closed(decision: Decision, world: World, ending: Closing, sentence: str) -> Iterator[str]:
    if world.memory.close_decision(decision.id, world.now(), "", ending):
        yield sentence


def _names(passed: list[Change]) -> str:
    return ", ".join(sorted({each.name for each in passed}))

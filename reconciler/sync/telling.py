"""Step tell: what is news of a pass is laid into the outbox, and remembered as told; sending is another's work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import ReconcilerError, Retry
from reconciler.plan import news
from reconciler.plan.news import Fact, News
from reconciler.report import commits, notices
from reconciler.store.outbox import Letter
from reconciler.sync import addresses, attributing, facts
from reconciler.sync.recording import outcome
from reconciler.sync.state import Ending, Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.report.notices import Item
    from reconciler.sync.state import Pass, World

PATIENCE = 3
"""Passes in a row that fail for want of an answer before that is news; each is tried again soon."""


def tell(state: Pass, world: World) -> Pass:
    """Lay in what is news of a pass, and what its commit came to where the host of the repository is told.

    Drift that is new is told with its author, where CloudTrail can tell already.
    Where the store does not take it the pass stands all the same, and the next one tells what is so then.
    """
    if _is_wanted(world):
        try:
            hears = any("drift" in each.on for each in world.settings.notify)
            _tell(attributing.sign(state, world) if hears else state, world)
        except ReconcilerError as error:
            world.tell(Event("tell", str(error)))
    return state


def _tell(state: Pass, world: World) -> None:
    told = world.memory.told()
    so = tuple(facts.of_pass(state, world, told))
    found = news.turn(so, told, facts.ended(state))
    gone = {each.target for each in (known.fact for known in told.values()) if each.target[0]} - world.accesses.keys()
    dropped = tuple(each for each in told.values() if each.fact.target in gone)
    _lay_in(replace(found, dropped=dropped), _about_commit(state, found.new, so), world)


def executions(world: World) -> None:
    """Lay in which executions failed since they were last told, and which pipelines succeed again."""
    if not _is_wanted(world):
        return
    told = {key: each for key, each in world.memory.told().items() if each.fact.topic == facts.EXECUTION}
    healths = world.memory.healths()
    failed = [facts.of_execution(each, world) for each in healths.values() if each.failed]
    gone = tuple(each for each in told.values() if each.fact.identity not in healths)
    succeeded = {identity for identity, each in healths.items() if each.status == "Succeeded"}
    found = news.turn(failed, told, lambda fact: fact.identity in succeeded)
    _lay_in(replace(found, dropped=gone), (), world)


def lost(error: Exception, failures: int, world: World) -> None:
    """Lay in that passes do not run, `failures` of them in a row by now."""
    if not _is_wanted(world) or (isinstance(error, Retry) and failures < PATIENCE):
        return
    fact = Fact("failed", facts.PASS, "the reconciler's pass", str(error), severity="error")
    _lay_in(news.turn([fact], world.memory.told(), lambda _: False), (), world)


def letter(channel: str, item: Item) -> Letter:
    """Give the letter that brings an item to a place."""
    kind, body = notices.pack(item)
    return Letter(channel=channel, kind=kind, body=body)


def _is_wanted(world: World) -> bool:
    return bool(world.settings.notify or world.settings.forge.kind)


def _lay_in(said: News, more: Iterable[Letter], world: World) -> None:
    letters = [*_messages(said, world), *more]
    if said or letters:
        world.memory.tell(said, letters, world.now())


def _messages(said: News, world: World) -> Iterator[Letter]:
    """Iterate over one message for each notice that hears of anything."""
    for notice in world.settings.notify:
        begun, over = notices.heard(said, notice.on, notice.environments)
        if begun or over:
            place = addresses.notice(notice, world.memory.fingerprint_key)
            yield letter(place, notices.message(begun, over))


def _about_commit(state: Pass, new: Iterable[Fact], so: Iterable[Fact]) -> Iterator[Letter]:
    for each in new:
        if each.sort == "status":
            snapshot, _, plan = state.known
            applied = sum(result.ending is Ending.APPLIED for result in state.results)
            status = commits.status(plan, snapshot.commit, outcome(state), applied)
            yield letter(addresses.FORGE, status)
            comment = commits.comment(plan, snapshot.commit, so)
            if each.topic == facts.WITH_COMMENTS and comment and not status.success:
                yield letter(addresses.FORGE, comment)

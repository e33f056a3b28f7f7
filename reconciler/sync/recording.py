"""Steps begin and record: the pass as a row of history, and the state of every pipeline for `status`."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.definitions.tags import OWNER
from reconciler.errors import Blocked, Retry
from reconciler.pipeline import secrets
from reconciler.plan import differences, transitions
from reconciler.plan.changes import Cause, Kind
from reconciler.store.status import Status
from reconciler.sync import planning
from reconciler.sync.state import Ending

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from reconciler.plan.build import Identity
    from reconciler.plan.changes import Change
    from reconciler.store.history import Change as JournalEntry
    from reconciler.store.status import State
    from reconciler.sync.state import Pass, Result, World

_FOUND_DONE = "the pass ended before the answer came; the next one found it done"
_NEVER_HEARD = "the pass ended before the answer came"


def begin(state: Pass, world: World) -> Pass:
    """Settle what a killed pass left open, and open this one in the history, before anything is written."""
    _settle_open(state, world)
    snapshot = state.known[0]
    return replace(state, number=world.memory.begin(snapshot.commit, world.now(), world.settings.sync.mode))


def _settle_open(state: Pass, world: World) -> None:
    """Say what became of writes whose answer was never heard; one whose pipeline cannot be read now stays open.

    The write of a pass that is still running elsewhere may be among them; its own word comes later and replaces this.
    """
    for entry in world.memory.open_intents():
        identity = (entry.target, entry.name)
        if entry.target in state.unreadable or identity in state.unknown:
            continue
        done = _is_done(entry, state, world)
        found = state.live.get(entry.target, {}).get(entry.name)
        version = found.stamp.version if done and found else None
        word, message = ("applied", _FOUND_DONE) if done else ("unknown", _NEVER_HEARD)
        world.memory.settle(entry.id, world.now(), word, message, version)


def _is_done(entry: JournalEntry, state: Pass, world: World) -> bool:
    """Tell whether a pipeline is as a write wanted it; a write of tags alone leaves nothing to tell by."""
    is_live = entry.name in state.live.get(entry.target, {})
    if entry.kind == Kind.TRANSITION:
        told = {each["place"]: each["after"] for each in json.loads(entry.differences)}
        return transitions.done(told, state.transitions.get((entry.target, entry.name), {}))
    if entry.kind == Kind.DELETE:
        return entry.target in state.live and not is_live
    live = planning.sealed_live((entry.target, entry.name), world) if is_live and entry.after else None
    if live is None or entry.after is None:
        return False
    return not differences.between(json.loads(entry.after), secrets.reveal_nothing(live), entry.target.region)


def still_leading(state: Pass, world: World) -> None:
    """Raise Retry if another daemon leads by now: it knows better what became of things."""
    try:
        if state.known[2].open:
            world.lease.assure()
    except Blocked as error:
        raise Retry(str(error)) from None


def record(state: Pass, world: World) -> Pass:
    """Close the pass: counts, states, and what can be forgotten; raises Retry if another daemon leads by now.

    What a daemon that was stopped for a while believes is older than what its successor has written down.
    """
    still_leading(state, world)
    now = world.now()
    world.memory.record_status(_statuses(state, now), state.live)
    defined = defaultdict(set)
    for target, name in state.known[1].definitions:
        defined[target].add(name)
    for target, found in state.live.items():
        gone = world.memory.observed_names(target) - found.keys() - defined[target]
        if gone and state.known[1].complete:
            world.memory.forget(target, gone)
    if state.known[1].complete:
        world.memory.miss(_missing(state, world))
    state = replace(state, efforts=state.efforts or world.cloud.efforts())
    world.memory.record_efforts(state.efforts)
    if state.number:
        world.memory.end(state.number, now, outcome(state), _counts(state), _message(state))
    return state


def _missing(state: Pass, world: World) -> dict[Identity, int]:
    """Give how often each pipeline that git does not name was missed in a row; after another history from the start.

    What could not be read now keeps its count.
    """
    plan, known = state.known[2], planning.missed(state, world)
    kept = {key: seen for key, seen in known.items() if key[0] not in state.live or key in state.unknown}
    deleted = {each.change.identity for each in state.results if each.ending is Ending.APPLIED}
    gone = [each.identity for each in plan.changes if each.kind is Kind.DELETE and each.identity not in deleted]
    return kept | {identity: known.get(identity, 0) + 1 for identity in gone}


def outcome(state: Pass) -> str:
    """Give the outcome of a pass in one word: failed, held, changed or synced."""
    plan = state.known[2]
    endings = {result.ending for result in state.results}
    if Ending.FAILED in endings:
        return "failed"
    if plan.blocked or Ending.HELD in endings:
        return "held"
    return "changed" if Ending.APPLIED in endings else "synced"


def _counts(state: Pass) -> dict[str, int]:
    plan = state.known[2]
    counted = Counter(
        result.change.kind.value if result.ending is Ending.APPLIED else result.ending.value for result in state.results
    )
    counted[Ending.HELD.value] += len(plan.held)
    counted["in sync"] = plan.in_sync
    counted["problems"] = len(plan.problems)
    counted["unreadable"] = len(plan.unreadable) + len(plan.unknown)
    return {name: count for name, count in sorted(counted.items()) if count}


def _message(state: Pass) -> str:
    plan = state.known[2]
    failed = [f"{each.change.name}: {each.message}" for each in state.results if each.ending is Ending.FAILED]
    unread = [f"{target}: {reason}" for target, reason in plan.unreadable.items()]
    return "; ".join([*failed, *unread, *map(str, plan.problems), *state.said])


def _statuses(state: Pass, now: datetime) -> list[Status]:
    _, reading, plan = state.known
    results = {(result.change.identity, result.change.kind): result for result in state.results}
    changes: dict[Identity, list[Change]] = defaultdict(list)
    for change in plan.changes:
        changes[change.identity].append(change)
    rows = []
    for identity in sorted(set(_identities(state))):
        observed = state.live.get(identity[0], {}).get(identity[1])
        told = identity in reading.definitions or identity in reading.held or identity in changes
        if not told and (observed and OWNER in observed.tags):
            continue
        found = [(change, results.get((identity, change.kind))) for change in changes.get(identity, ())]
        word, reason = _state(identity, state, *min(found, key=_gravity, default=(None, None)))
        version = observed.stamp.version if observed else None
        version = max((result.version for _, result in found if result), default=0) or version
        row = Status(
            target=identity[0],
            name=identity[1],
            state=word,
            reason=reason,
            version=version,
            since=now,
            last_pass=state.number,
        )
        rows.append(row)
    deleted = {key for (key, kind), each in results.items() if kind is Kind.DELETE and each.ending is Ending.APPLIED}
    return [row for row in rows if (row.target, row.name) not in deleted]


def _gravity(pair: tuple[Change, Result | None]) -> int:
    """Sort the changes of one pipeline: the one that stands for its state comes first."""
    change, result = pair
    if result is None:
        return 2 if change.held else 3
    return (Ending.FAILED, Ending.HELD).index(result.ending) if result.ending is not Ending.APPLIED else 4


def _identities(state: Pass) -> Iterator[Identity]:
    yield from state.known[1].definitions
    yield from state.known[1].held
    for target, found in state.live.items():
        yield from ((target, name) for name in found)


def _state(identity: Identity, state: Pass, change: Change | None, result: Result | None) -> tuple[State, str]:
    _, reading, plan = state.known
    if identity in plan.unknown or identity[0] in plan.unreadable:
        return "unknown", plan.unknown.get(identity) or plan.unreadable[identity[0]]
    if identity in (kept := {**state.owed, **reading.held}):
        return "held", kept[identity]
    if result is not None and result.ending is not Ending.APPLIED:
        return ("failed" if result.ending is Ending.FAILED else "held"), result.message
    if change is not None and result is None:
        if change.held:
            return ("drifted" if change.cause is Cause.DRIFT else "held"), change.held
        return ("drifted" if change.cause is Cause.DRIFT else "pending"), f"{change.kind} not applied yet"
    warrant = change.warrant if change else ""
    return ("synced", warrant) if identity in reading.definitions else ("unmanaged", "")

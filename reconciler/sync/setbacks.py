"""Steps look and remember: what failed before is left alone until its time, or until something of it changes.

A failure that may pass is tried again after a while that grows; one that stays while its inputs stay is parked. What
only waits, for an execution or for a person, is no failure.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.aws.failures import Denied, NameInUse
from reconciler.errors import Broken, ReconcilerError, Retry
from reconciler.pipeline import canonical
from reconciler.plan import setbacks
from reconciler.plan.setbacks import Setback
from reconciler.report import wording
from reconciler.sync.state import Ending, Event

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from reconciler.aws.sessions import Access
    from reconciler.pipeline.arns import Target
    from reconciler.plan.setbacks import Key
    from reconciler.sync.state import Pass, World

_STAYS = (Broken, Denied, NameInUse)
"""Failures that come again with the same inputs. Other refusals, such as an ended session, pass without a change."""


def failure(error: ReconcilerError, *, begun: bool) -> ReconcilerError | None:
    """Give a refusal if it is one of AWS; before the write was `begun`, most say only that a change has to wait."""
    return error if begun or isinstance(error, _STAYS) else None


def look(state: Pass, world: World) -> Pass:
    """Read what failed before; targets whose time has not come are not asked, unless a person wants to know."""
    known, now, retry = world.memory.setbacks(), world.now(), world.settings.sync.retry
    accesses, back = {} if state.approved else world.accesses, world.listings.back
    resting = {
        target: found
        for target, access in accesses.items()
        if (found := known.get((target, "", "")))
        and found.rests(now, retry)
        and found.digest == _reached(access)
        and target not in back
    }
    return replace(state, setbacks=known, resting=resting)


def remember(state: Pass, world: World) -> Pass:
    """Write down what failed in this pass, and forget what succeeded or is not wanted any more; each is told once."""
    now = world.now()
    failed = {each.key: each for each in (*_pipelines(state, world, now), *_targets(state, world, now))}
    over = {key for key in state.setbacks.keys() - failed.keys() if _is_over(key, state, world)}
    world.memory.set_back(failed.values(), over)
    said = []
    for sentence in (*_risen(failed, state), *_ended(over, state)):
        world.tell(Event("setbacks", sentence))
        said.append(sentence)
    left = {key: each for key, each in state.setbacks.items() if key not in over}
    return replace(state, setbacks={**left, **failed}, said=(*state.said, *said))


def pause(state: Pass, world: World) -> float | None:
    """Give the seconds until something that rested in this pass is to be tried; None if nothing is."""
    known, retry = state.setbacks.values(), world.settings.sync.retry
    return setbacks.pause(known, state.holds.now, world.now(), retry)


def _pipelines(state: Pass, world: World, now: datetime) -> Iterator[Setback]:
    sync, definitions = world.settings.sync, state.known[1].definitions
    for change, error in ((each.change, each.failure) for each in state.results):
        if error is None:
            continue
        digest = setbacks.inputs(change, definitions.get(change.identity), sync, state.holds)
        fresh = replace(_fresh(change.target, error, now), name=change.name, kind=change.kind.value, digest=digest)
        yield _set_back(fresh, error, state, world, stays=isinstance(error, _STAYS))


def _targets(state: Pass, world: World, now: datetime) -> Iterator[Setback]:
    for target, error in state.refused.items():
        fresh = replace(_fresh(target, error, now), digest=_reached(world.accesses[target]))
        yield _set_back(fresh, error, state, world)


def _fresh(target: Target, error: ReconcilerError, now: datetime) -> Setback:
    return Setback(target=target, count=1, since=now, next=None, message=str(error))


def _set_back(fresh: Setback, error: ReconcilerError, state: Pass, world: World, *, stays: bool = False) -> Setback:
    before = state.setbacks.get(fresh.key)
    if stays:
        return setbacks.parked(before, fresh)
    after = (isinstance(error, Retry) and error.after) or 0.0
    return setbacks.failed(before, fresh, world.settings.sync.retry, chance=random.random(), after=after)  # noqa: S311


def _is_over(key: Key, state: Pass, world: World) -> bool:
    """Tell whether a setback is behind us: it succeeded, or there is nothing to do any more where all could be read."""
    target, name = key[:2]
    if target not in world.accesses:
        return True
    if target not in state.live or (target, name) in state.unknown:
        return False
    changes = state.known[2].changes
    wanted = any((*each.identity, each.kind.value) == key for each in changes)
    return not wanted or _applied(key, state)


def _applied(key: Key, state: Pass) -> bool:
    done = (each.change for each in state.results if each.ending is Ending.APPLIED)
    return any((*each.identity, each.kind.value) == key for each in done)


def _risen(failed: Mapping[Key, Setback], state: Pass) -> Iterator[str]:
    """Tell what is parked now, and which targets cannot be read any more."""
    for key, each in failed.items():
        before = state.setbacks.get(key)
        parked = each.parked and not (before and before.parked and before.digest == each.digest)
        if parked or (not each.name and before is None):
            yield f"{_what(key)}: {each.sentence}"


def _ended(over: Collection[Key], state: Pass) -> Iterator[str]:
    for key in sorted(over):
        target, name = key[:2]
        if target in state.live and (not name or _applied(key, state)):
            done = "succeeded" if name else "can be read again"
            yield f"{_what(key)} {done} after {wording.count(state.setbacks[key].count, 'failure')}"


def _what(key: Key) -> str:
    target, name, kind = key
    return f"{kind} {name} in {target}" if name else str(target)


def _reached(access: Access) -> str:
    return canonical.digest([access.target.account, access.target.region, access.assume_role, access.external_id])

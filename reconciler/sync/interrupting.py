"""Step foresee: which executions the open changes of a plan would end, or wait for.

Only a pass that shows a plan to people asks; one that applies it asks once, immediately before it writes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import ReconcilerError
from reconciler.plan import interruptions
from reconciler.plan.interruptions import Handling
from reconciler.sync import planning, reading, turns

if TYPE_CHECKING:
    from reconciler.plan.changes import Change
    from reconciler.plan.health import Health
    from reconciler.simulation.interruption import Running
    from reconciler.sync.state import Pass, World


def foresee(state: Pass, world: World) -> Pass:
    """Ask about the pipelines that would be updated or deleted; two questions at most for each of them."""
    if state.plan is None:
        return state
    ending = [each for each in state.plan.open if each.kind in interruptions.ENDING]
    answers = list(
        turns.shared(world.executor, lambda each: _told(each, state, world), ending, lambda each: each.target)
    )
    told = {(each.identity, each.kind): said for each, (said, _) in zip(ending, answers, strict=True)}
    lasts = {each.identity: last for each, (_, last) in zip(ending, answers, strict=True) if last}
    changes = tuple(
        replace(each, interrupts=told.get((each.identity, each.kind), each.interrupts)) for each in state.plan.changes
    )
    return replace(state, plan=replace(state.plan, changes=changes), lasts=lasts)


def handling(change: Change, state: Pass, world: World) -> Handling:
    """Give how a change treats executions: the wish of its definition stands above the setting."""
    definition, sync = state.known[1].definitions.get(change.identity), world.settings.sync
    return Handling(
        interrupt=(definition and definition.interrupt) or sync.interrupt,
        restart=(definition and definition.restart) or sync.restart,
    )


def _told(change: Change, state: Pass, world: World) -> tuple[tuple[str, ...], Health | None]:
    try:
        last, running = world.cloud.glance(world.accesses[change.target], change.name)
    except ReconcilerError as error:
        return (f"whether executions are in progress could not be seen: {error}",), None
    last = replace(last, read=world.now())
    return _sentences(change, running, state, world) if running else (), last


def _sentences(change: Change, running: tuple[Running, ...], state: Pass, world: World) -> tuple[str, ...]:
    definition = state.known[1].definitions.get(change.identity)
    before = planning.sealed_live(change.identity, world) or {}
    after = reading.sealed(definition, state, world) if definition else {}
    return tuple(interruptions.sentences(change, before, after, running, handling(change, state, world)))

"""A pass is a list of steps with one signature. `plan` leaves out every step that writes to AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sync import applying, interrupting, observing, planning, reading, recording, transitions
from reconciler.sync.state import Pass

if TYPE_CHECKING:
    from reconciler.sync.state import World


PLAN = (observing.ask, reading.fetch, reading.read, observing.observe, transitions.look, planning.plan, planning.verify)
APPLY = (recording.begin, applying.apply, recording.record)


def plan(world: World, *, approved: bool = True) -> Pass:
    """Give the plan of a pass; nothing is written to AWS. Raises Retry or Blocked when git cannot be read."""
    state = Pass(approved=approved)
    try:
        for step in PLAN:
            state = step(state, world)
    finally:
        world.listings.drop()
    return state


def preview(world: World) -> Pass:
    """Give the plan of a pass for people to read: it also says which executions each change would end."""
    return interrupting.foresee(plan(world), world)


def apply(state: Pass, world: World) -> Pass:
    """Apply a pass that has been planned, and record it."""
    for step in APPLY:
        state = step(state, world)
    return state


def run(world: World, *, approved: bool) -> Pass:
    """Plan, apply and record."""
    return apply(plan(world, approved=approved), world)

"""A pass is a list of steps with one signature. `plan` leaves out every step that writes to AWS."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from reconciler.errors import ReconcilerError
from reconciler.sync import (
    applying,
    attributing,
    drifting,
    examining,
    holding,
    interrupting,
    observing,
    planning,
    reading,
    recording,
    setbacks,
    settling,
    telling,
    transitions,
)
from reconciler.sync.state import Event, Pass

if TYPE_CHECKING:
    from reconciler.plan.drift import DriftReport
    from reconciler.plan.health import Health
    from reconciler.sync.drifting import Wish
    from reconciler.sync.state import World


PLAN = (
    setbacks.look, observing.ask, reading.fetch, reading.read, observing.observe, transitions.look, holding.look,
    planning.plan, planning.verify,
)  # fmt: skip
APPLY = (
    recording.begin,
    settling.settle,
    applying.apply,
    holding.conclude,
    setbacks.remember,
    recording.record,
    drifting.sight,
    telling.tell,
)


def plan(world: World, *, approved: bool = True, at_once: bool = False) -> Pass:
    """Give the plan of a pass; nothing is written to AWS. Raises Retry or Blocked when git cannot be read.

    `at_once` is whether deletions need not wait until several passes have missed a pipeline.
    """
    state = Pass(approved=approved, at_once=at_once)
    try:
        for step in PLAN:
            with world.span(step.__name__):
                state = world.spread(step, state, world)
    finally:
        world.listings.drop()
    return state


def preview(world: World, *, at_once: bool = False) -> Pass:
    """Give the plan of a pass for people to read: it also says which executions each change would end."""
    return world.spread(interrupting.foresee, plan(world, at_once=at_once), world)


def apply(state: Pass, world: World) -> Pass:
    """Apply a pass that has been planned, and record it; raises Blocked where another process has the lease.

    A pass without anything to write, or to take back, needs no lease.
    """
    with world.lease.held() if state.known[2].open or world.memory.waits() else nullcontext():
        for step in APPLY:
            with world.span(step.__name__):
                state = world.spread(step, state, world)
    return state


def run(world: World, *, approved: bool) -> Pass:
    """Plan, apply and record."""
    return apply(plan(world, approved=approved), world)


def drift(world: World, wish: Wish, *, executions: bool = False) -> DriftReport:
    """Give the report about drift; nothing is written to AWS. With `executions`, those of every pipeline are looked at.

    Raises Retry or Blocked when git cannot be read, or no target at all.
    """
    state = world.spread(interrupting.foresee, plan(world, approved=False), world)
    if executions:
        examining.examine(state, world, everything=True)
    return drifting.report(drifting.sight(state, world), world, wish)


def watch(state: Pass, world: World) -> tuple[Health, ...]:
    """Do what the daemon does between passes: ask who did it, and how executions go; gives those that turned.

    It never disturbs a pass, nor a stop: what fails is told, and tried again after the next pass.
    """
    if world.stopping():
        return ()
    try:
        attributing.attribute(world, world.settings.drift.attributions)
        turned = examining.examine(state, world)
        telling.executions(world)
    except ReconcilerError as error:
        world.tell(Event("watch", str(error)))
        return ()
    return turned

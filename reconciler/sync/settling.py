"""Step settle: what earlier passes left shut or ended is opened or started again, unless its update is still to come.

It takes back our own doing, so neither window nor approval keeps it; only mode `report`, which never writes, does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import Blocked, ReconcilerError
from reconciler.plan.changes import Cause, Change, Kind
from reconciler.plan.interruptions import ENDING
from reconciler.sync import draining, interrupting, restarting
from reconciler.sync.state import Event
from reconciler.sync.work import Work

if TYPE_CHECKING:
    from reconciler.plan.build import Identity
    from reconciler.store.waits import Wait
    from reconciler.sync.state import Pass, World


def settle(state: Pass, world: World) -> Pass:
    """Settle every pipeline that was read; what fails here is owed, and tried again in the next pass."""
    owed: dict[Identity, str] = {}
    for identity, wait in world.memory.waits().items():
        if identity[0] not in state.live or identity in state.unknown:
            continue
        try:
            _settle(wait, state, world)
        except ReconcilerError as error:
            owed[identity] = f"what an update interrupted is not made good yet, the next pass tries again: {error}"
            world.tell(Event("settle", f"{wait.name} in {wait.target}: {owed[identity]}"))
    return replace(state, owed=owed, waits=world.memory.waits())


def _settle(wait: Wait, state: Pass, world: World) -> None:
    if wait.name not in state.live[wait.target]:
        world.memory.waited(wait.target, wait.name)
        return
    change = _change(wait, state)
    wanted = change is not None and _comes(change, state)
    drains = wanted and change is not None and interrupting.handling(change, state, world).interrupt == "drain"
    if wait.again or (wait.stage and not drains):
        work = _work(wait, state, world)
        if not drains:
            draining.open_again(work)
        _start_again(work, wait, updated=change is None)
    if change is None:
        world.memory.waited(wait.target, wait.name)


def _change(wait: Wait, state: Pass) -> Change | None:
    return next(
        (each for each in state.known[2].changes if each.identity == wait.identity and each.kind in ENDING), None
    )


def _comes(change: Change, state: Pass) -> bool:
    """Whether a change will be made as soon as nothing is in its way; one that wants an approval will be."""
    pending = state.known[2].pending.values()
    return not change.held or any(each.identity == change.identity for found in pending for each in found)


def _start_again(work: Work, wait: Wait, *, updated: bool) -> None:
    """Start what the update ended; it took place if the version is another one and nothing is left to change."""
    live = work.state.live[wait.target][wait.name]
    if wait.again and updated and live.stamp.version != wait.version:
        document = work.world.cloud.read(work.access, wait.name).document
        if said := restarting.start_again(work, document):
            work.world.tell(Event("settle", f"{wait.name} in {wait.target}: {said}"))
    elif wait.again:
        work.wait = replace(work.wait or wait, again=())
        work.world.memory.wait(work.wait)


def _work(wait: Wait, state: Pass, world: World) -> Work:
    live = state.live[wait.target][wait.name]
    definition = state.known[1].definitions.get(wait.identity)
    environment = definition.environment if definition else ""
    change = Change(wait.target, wait.name, Kind.TRANSITION, Cause.GIT, environment, version=live.stamp.version)
    if "report" in state.holds.modes(change, world.settings.sync).values():
        message = f"the way into stage {wait.stage} is shut" if wait.stage else "executions are to be started again"
        raise Blocked(f"{message}, and mode report never writes; do it by hand, or set another mode")
    return Work(change, state, world, alone=False, wait=wait)

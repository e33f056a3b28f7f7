"""Between the stages: arriving, waiting, superseding, entering (reference E.4, E.5, E.6, E.8).

Rules of this file:

* PARALLEL passes without lock, queue and transition (E.19).
* SUPERSEDED has one waiting slot: the newer execution stays, the older is superseded.
* QUEUED is a line in order of arrival; nobody overtakes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation import endings
from reconciler.simulation.state import AT_GATE, IN_STAGE, Gate, Visit

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Execution, Track


def arrive(engine: Engine, identity: str, stage: int) -> None:
    """Let an execution come to a stage."""
    execution = engine.execution(identity)
    execution.stage, execution.place = stage, AT_GATE
    if execution.blueprint.parallel:
        enter(engine, execution)
        return
    name = execution.blueprint.floors[stage].name
    track = engine.home(execution)
    gate = track.gates.setdefault(name, Gate())
    if gate.queue:
        _wait(engine, execution, gate)
    else:
        gate.queue = (identity,)
    if gate.enabled:
        admit(engine, execution.blueprint.name, name)


def admit(engine: Engine, pipeline: str, stage: str) -> None:
    """Let the next waiting execution in, if the lock is free and the transition enabled."""
    for shelf in (engine.tracks, engine.deleted):
        gate = shelf[pipeline].gates.get(stage) if pipeline in shelf else None
        if gate is None or gate.holder or not gate.enabled or not gate.queue:
            continue
        following = next((each for each in gate.queue if not engine.runs[each].stale), None)
        if following is not None:
            execution = engine.execution(following)
            leave(engine, execution)
            enter(engine, execution)


def enter(engine: Engine, execution: Execution) -> None:
    """Lock the stage for an execution and let it begin there."""
    floor = execution.blueprint.floors[execution.stage]
    if not execution.blueprint.parallel:
        take(engine.home(execution), floor.name, execution.id)
    execution.place = IN_STAGE
    execution.visits[execution.stage] = Visit(floor, engine.now)
    engine.note(execution, "stage", "STARTED", floor.name)
    engine.soon("entered", execution.id, execution.stage)


def take(track: Track, stage: str, identity: str) -> None:
    """Lock a stage."""
    gate = track.gates.setdefault(stage, Gate())
    gate.holder = gate.latest = identity


def leave(engine: Engine, execution: Execution) -> None:
    """Take an execution out of the line in which it waits."""
    stage = execution.blueprint.floors[execution.stage].name
    gate = engine.home(execution).gates.get(stage)
    if gate and execution.id in gate.queue:
        gate.queue = tuple(each for each in gate.queue if each != execution.id)


def supersede(engine: Engine, older: Execution, newer: str) -> None:
    """End an execution that waits between stages, because a newer one came."""
    older.superseded_by = newer
    endings.finish(engine, older, "Superseded")


def _wait(engine: Engine, execution: Execution, gate: Gate) -> None:
    """Join those who wait; in SUPERSEDED mode only the newest of them stays."""
    slot = execution.blueprint.mode == "SUPERSEDED"
    if slot and (execution.stage > 0 or engine.assumptions.first_stage_slot):
        keep_newest(engine, gate, (*gate.queue, execution.id))
    else:
        gate.queue = (*gate.queue, execution.id)


def keep_newest(engine: Engine, gate: Gate, waiting: tuple[str, ...]) -> None:
    """Let only the newest of those who wait stay."""
    newest = max(waiting, key=lambda each: engine.runs[each].number)
    gate.queue = (newest,)
    for each in waiting:
        if each != newest:
            supersede(engine, engine.execution(each), newest)


HANDLERS: dict[str, Callable[..., None]] = {"arrive": arrive, "admit": admit}

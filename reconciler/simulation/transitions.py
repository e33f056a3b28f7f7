"""Disabling and enabling the way into a stage (reference E.8)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.simulation import gates
from reconciler.simulation.durations import DAY
from reconciler.simulation.refusals import VALIDATION, Refused
from reconciler.simulation.state import Gate

if TYPE_CHECKING:
    from reconciler.simulation.engine import Engine

RESUMED_WITHIN = 30 * DAY
"""After a longer disabling nothing resumes (reference E.8)."""

_REASON = re.compile(r"[a-zA-Z0-9!@ ().*?\-]{1,300}")
DIRECTIONS = ("Inbound", "Outbound")


def disable(  # noqa: PLR0913, PLR0917 - what the API takes, and who
    engine: Engine, pipeline: str, stage: str, direction: str, reason: str, by: str,
) -> None:  # fmt: skip
    """Take DisableStageTransition; raises `Refused` for an unknown stage and for a reason that AWS does not take."""
    gate = _gate(engine, pipeline, stage, direction)
    if not _REASON.fullmatch(reason):
        raise Refused(VALIDATION, "a reason has 1 to 300 of letters, digits, spaces and ! @ ( ) . * ? -")
    gate.changed = engine.now if gate.enabled else gate.changed
    gate.enabled, gate.reason, gate.by = False, reason, by
    engine.write("transition", pipeline, "DISABLED", stage, {"reason": reason, "by": by, "direction": direction})


def enable(engine: Engine, pipeline: str, stage: str, direction: str, by: str) -> None:
    """Take EnableStageTransition; raises `Refused` for an unknown stage."""
    gate = _gate(engine, pipeline, stage, direction)
    if gate.enabled:
        return
    too_long = engine.now - (gate.changed or 0) > RESUMED_WITHIN
    gate.enabled, gate.reason, gate.by, gate.changed = True, "", by, engine.now
    engine.write("transition", pipeline, "ENABLED", stage, {"by": by, "direction": direction})
    if too_long:
        for identity in gate.queue:
            engine.execution(identity).stale = True
        return
    if not engine.assumptions.queue_resumes_whole and gate.queue:
        gates.keep_newest(engine, gate, gate.queue)
    name = entrance(engine, pipeline, stage, direction)
    if engine.assumptions.transition_delay:
        engine.later(engine.assumptions.transition_delay, "admit", pipeline, name)
    else:
        engine.soon("admit", pipeline, name)


def entrance(engine: Engine, pipeline: str, stage: str, direction: str) -> str:
    """Give the stage whose entrance is meant: leaving a stage is entering the next; empty after the last."""
    track = engine.track(pipeline)
    number = engine.stage_number(track, stage)
    if direction not in DIRECTIONS:
        raise Refused(VALIDATION, f"a transition is {' or '.join(DIRECTIONS)}, not {direction!r}")
    number += direction == "Outbound"
    floors = track.blueprint.floors
    return floors[number].name if number < len(floors) else ""


def _gate(engine: Engine, pipeline: str, stage: str, direction: str) -> Gate:
    return engine.track(pipeline).gates.setdefault(entrance(engine, pipeline, stage, direction), Gate())

"""The picture of one pipeline: what GetPipelineState needs (reference F.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.simulation import runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.simulation.blueprint import Floor
    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Track
    from reconciler.simulation.trace import StageRun


@dataclass(frozen=True, slots=True)
class Transition:
    """The arrow into a stage."""

    enabled: bool
    reason: str
    by: str
    changed: int | None


@dataclass(frozen=True, slots=True)
class StageState:
    """One stage: who is in it, who waits, and what was last."""

    stage: str
    holder: str
    """Id of the execution that has the lock, or empty."""
    inbound: tuple[str, ...]
    """Ids of those who wait, first come first."""
    transition: Transition
    latest: str
    """Id of the execution that entered last, or empty."""
    run: StageRun | None
    """What that execution did here."""


@dataclass(frozen=True, slots=True)
class PipelineState:
    """One pipeline: times are milliseconds since the world began."""

    pipeline: str
    version: int
    created: int
    updated: int
    tags: Mapping[str, str]
    stages: tuple[StageState, ...]

    def stage(self, name: str) -> StageState:
        """Give one stage; raises KeyError that names those there are."""
        for stage in self.stages:
            if stage.stage == name:
                return stage
        there = ", ".join(each.stage for each in self.stages)
        raise KeyError(f"{self.pipeline} has no stage {name!r}; it has {there}")


def state(engine: Engine, track: Track) -> PipelineState:
    """Give the picture of a pipeline as it is now; stages of a PARALLEL one have no latest execution (I27)."""
    return PipelineState(
        track.blueprint.name,
        track.blueprint.version,
        track.created,
        track.updated,
        track.tags,
        tuple(_stage(engine, track, floor) for floor in track.blueprint.floors),
    )


def _stage(engine: Engine, track: Track, floor: Floor) -> StageState:
    gate = track.gates[floor.name]
    latest = gate.latest
    if track.blueprint.parallel:
        latest = _entered_last(engine, track, floor) if engine.assumptions.parallel_state_shown else ""
    execution = engine.runs.get(latest)
    visits = execution.visits.values() if execution else ()
    visit = next((each for each in visits if each.floor.name == floor.name), None)
    return StageState(
        floor.name,
        gate.holder,
        gate.queue,
        Transition(gate.enabled, gate.reason, gate.by, gate.changed),
        latest,
        runs.stage_run(visit) if visit else None,
    )


def _entered_last(engine: Engine, track: Track, floor: Floor) -> str:
    entered = [
        (visit.entered or 0, execution.number, execution.id)
        for execution in (engine.runs[each] for each in track.executions)
        if (visit := execution.visits.get(floor.index))
    ]
    return max(entered)[2] if entered else ""

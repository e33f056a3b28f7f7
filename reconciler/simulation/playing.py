"""A scenario, played in a world step by step: each step at its time, then on until nothing moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from reconciler.errors import Broken
from reconciler.pipeline.model import Pipeline
from reconciler.simulation import scenarios
from reconciler.simulation.acts import ACTS, Scene
from reconciler.simulation.durations import spell
from reconciler.simulation.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.simulation.scenarios import Scenario, Step
    from reconciler.simulation.trace import Run
    from reconciler.simulation.world import World


@dataclass(slots=True)
class Played:
    """What came of a scenario."""

    runs: tuple[Run, ...] = ()
    """Every execution, in order of start."""
    named: dict[str, str] = field(default_factory=dict)
    """Execution id by the name that a step gave it."""
    notes: list[str] = field(default_factory=list)
    """What started nothing, and why."""
    unmet: list[str] = field(default_factory=list)
    """What was expected, and what was got."""


def play(
    world: World, scenario: Scenario, pipelines: Mapping[str, Mapping[str, Any]], files: Mapping[str, Any]
) -> Played:
    """Play a scenario; the world has the `pipelines` (declarations by name), `files` are parsed documents by name.

    Raises Broken for a name that is not there.
    """
    scene, played = Scene(world, scenario, pipelines, files), Played()
    _expect_place(scenario.until, pipelines.values())
    for step in scenario.steps:
        world.run(until=step.at)
        played.unmet += _taken(scene, step)
    _go_on(world, scenario, scene)
    ids = [execution for name in pipelines for execution in world.executions(name)]
    runs = sorted((world.run_of(each) for each in ids), key=lambda run: (run.started, run.pipeline, run.number))
    played.runs, played.named, played.notes = tuple(runs), scene.named, scene.notes
    played.unmet += unmet(scenario, played)
    return played


def unmet(scenario: Scenario, played: Played) -> list[str]:
    """Give a sentence for each expectation that did not come true."""
    found = []
    for name, text in scenario.expect.items():
        wanted, place = scenarios.expectation(text)
        run = find(name, played)
        got = (
            "nothing"
            if run is None
            else f"parked at {run.parked_at}"
            if wanted == "parked" and run.parked
            else run.status
        )
        at = "" if run is None else _ended_at(run)
        if got.partition(" at ")[0] != wanted or (place and at != place):
            found.append(f"{name}: expected {text}, got {got}" + (f" at {at}" if at and " at " not in got else ""))
    return found


def find(name: str, played: Played) -> Run | None:
    """Give a run by the name that a step gave it, or by `pipeline#number`; None if there is none."""
    if "#" in name:
        return next((run for run in played.runs if f"{run.pipeline}#{run.number}" == name), None)
    return next((run for run in played.runs if run.id == played.named.get(name)), None)


def _ended_at(run: Run) -> str:
    if run.parked:
        return run.parked_at
    failed = [action.place for action in run.actions if action.status in ("Failed", "Abandoned")]
    return failed[-1] if failed else run.stages[-1].stage if run.stages else ""


def _taken(scene: Scene, step: Step) -> list[str]:
    """Do what a step says; give what was not expected of the answer."""
    what = f"{step} at +{spell(step.at)}"
    try:
        started = ACTS[step.verb](scene, step)
    except Refused as refused:
        said = f"expected {step.refused}, got " if step.refused else ""
        return [] if refused.code == step.refused else [f"{what}: {said}{refused}"]
    if step.name and started:
        scene.named[step.name] = started[0]
    return [f"{what}: expected {step.refused}, got no refusal"] if step.refused else []


def _go_on(world: World, scenario: Scenario, scene: Scene) -> None:
    if isinstance(scenario.until, int):
        world.run(until=scenario.until)
    elif scenario.until is None:
        world.settle()
    else:
        for _ in range(world.budget):
            if scene.arrived(scenario.until) or not (world.kernel.busy and world.step()):
                return


def _expect_place(until: int | str | None, declarations: Iterable[Mapping[str, Any]]) -> None:
    """Raise Broken for a place to stop at that no pipeline has."""
    stages = [stage for each in declarations for stage in Pipeline(each).stages]
    places = [stage.name for stage in stages]
    places += [f"{stage.name}/{action.name}" for stage in stages for action in stage.actions]
    if isinstance(until, str) and until not in places:
        near = get_close_matches(until, places, n=3, cutoff=0.4) or places[:8]
        raise Broken(f"until {until}: there is no such place; near are {', '.join(near)}")

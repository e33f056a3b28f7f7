"""A simulated run as a test sees it, and what simulates it: the daemon's own engine, in virtual time.

Rules of this file:

* A run answers from a picture of the simulation: of a run that is over it is always the same, in a `release` the
  newest. A run that nothing started has the status `NotStarted` and a reason.
* Unstated actions succeed; an unstated approval parks the run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from pytest_pipeline import outcomes, triggers
from pytest_pipeline.mistakes import at_caller
from reconciler.errors import Broken
from reconciler.report import runs, timelines, verdicts
from reconciler.simulation import playing, scenarios
from reconciler.simulation.acts import OPERATOR
from reconciler.simulation.given import Given
from reconciler.simulation.scenarios import Scenario
from reconciler.simulation.trace import nothing
from reconciler.simulation.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pytest_pipeline.structure import Pipeline
    from pytest_pipeline.triggers import Trigger
    from reconciler.simulation import trace
    from reconciler.simulation.given import Selector
    from reconciler.simulation.outcomes import ActionContext, Handlers, Runs, Verdict
    from reconciler.simulation.trace import ActionRun, StageRun

BEGINS = datetime(2026, 1, 5, 8, tzinfo=UTC)
"""When a world begins unless something is said, as for `reconciler simulate`: a Monday morning."""
NOT_STARTED = "NotStarted"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of the simulation, so that it can be asked again."""

    trigger: Trigger
    given: Mapping[Selector, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=nothing)
    until: int | str | None = None
    at: str = ""
    seed: int = 0
    handlers: Path | None = None
    alone: bool = True
    """Whether the run had its world to itself; else no single command repeats it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One execution, those beside it in its world, and outcomes that nothing has asked for."""

    run: trace.Run | None
    beside: tuple[trace.Run, ...] = ()
    unused: tuple[str, ...] = ()
    why: str = ""
    """Why nothing was started."""


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """One run of a pipeline."""

    pipeline: Pipeline
    asked: Asked
    look: Callable[[], Seen]

    @property
    def seen(self) -> Seen:
        """The picture."""
        return self.look()

    @property
    @at_caller
    def record(self) -> trace.Run:
        """The simulation's own value; raises Broken for a run that nothing started."""
        seen = self.seen
        if seen.run is None:
            raise Broken(f"{self.asked.trigger!r} started nothing: {seen.why}")
        return seen.run

    @property
    def started(self) -> bool:
        """Whether there is an execution at all."""
        return self.seen.run is not None

    @property
    def status(self) -> str:
        """AWS's status (reference E.1), or `NotStarted`."""
        seen = self.seen
        return seen.run.status if seen.run else NOT_STARTED

    @property
    @at_caller
    def number(self) -> int:
        """Counts from 1 in the world of the run."""
        return self.record.number

    @property
    def parked(self) -> bool:
        """Whether nothing moves until somebody acts."""
        return self.started and self.record.parked

    @property
    def parked_at(self) -> str:
        """`Stage` or `Stage/Action` at which it is parked, or empty."""
        return self.record.parked_at if self.started else ""

    @property
    @at_caller
    def elapsed(self) -> int:
        """Milliseconds of virtual time from the start to the end, or to now."""
        return self.record.elapsed

    @property
    @at_caller
    def stages(self) -> tuple[StageRun, ...]:
        """Stages at which it arrived."""
        return self.record.stages

    @property
    def actions(self) -> tuple[ActionRun, ...]:
        """All attempts of all actions."""
        return self.record.actions if self.started else ()

    @property
    @at_caller
    def variables(self) -> Mapping[str, str]:
        """The pipeline's variables as resolved at the start."""
        return self.record.variables

    @property
    @at_caller
    def revisions(self) -> Mapping[str, str]:
        """Revision by source action."""
        return self.record.revisions

    @property
    def events(self) -> tuple[Mapping[str, Any], ...]:
        """EventBridge-shaped events, in order."""
        return tuple(self.record.events) if self.started else ()

    @at_caller
    def __getitem__(self, place: str) -> ActionRun:
        """Give the last attempt of the action at `Stage/Action`; raises KeyError that names what ran."""
        return self.record.action(place)

    @at_caller
    def attempts(self, place: str) -> tuple[ActionRun, ...]:
        """Give all attempts of an action, oldest first; raises KeyError for a place that the pipeline has not."""
        return self.record.attempts(self.pipeline[place].place) if self.started else ()

    @property
    def verdict(self) -> str:
        """One sentence: what became of it, and why."""
        seen = self.seen
        if seen.run is None:
            return f"run was not started: {seen.why}"
        return verdicts.verdict(seen.run, seen.beside)

    @property
    def tree(self) -> str:
        """Stages, actions and conditions as stable text."""
        seen = self.seen
        if seen.run is None:
            return f"{self.pipeline.name}  {self.asked.trigger!r}  {NOT_STARTED}\n  {seen.why}"
        return runs.tree(seen.run, seen.beside)

    @property
    @at_caller
    def timeline(self) -> str:
        """Actions over time as text."""
        return timelines.text((self.record,))

    @property
    def unused(self) -> tuple[str, ...]:
        """Selectors of outcomes that nothing has asked for."""
        return self.seen.unused

    def __repr__(self) -> str:
        return f"<{self.pipeline.name}: {self.verdict}>"


@at_caller
def simulate(  # noqa: PLR0913 - the words of a simulation
    pipeline: Pipeline,
    trigger: Trigger | None = None,
    *,
    given: Mapping[Selector, Any] | None = None,
    variables: Mapping[str, str] | None = None,
    until: int | str | None = None,
    at: str = "",
    seed: int = 0,
    handlers: Path | None = None,
) -> Run:
    """Simulate one run until it is over or parked.

    `given` are outcomes by selector; `until` is a time such as `2h` or a place, `at` when the world begins
    (`2026-01-05T08:00Z`), `handlers` the folder of Lambda handlers that outcomes run. Raises Broken for what cannot be.
    """
    asked = Asked(trigger or triggers.start(), dict(given or {}), dict(variables or {}), until, at, seed, handlers)
    seen = _played(pipeline, asked)
    return Run(pipeline, asked, lambda: seen)


def world(pipeline: Pipeline, asked: Asked) -> World:
    """Give a world with the pipeline in it that has not run yet, and with what is given."""
    plain, _ = outcomes.unwrapped(asked.given)
    made = _fresh(pipeline, asked.seed, asked.at)
    made.handlers = handlers(pipeline, asked.handlers)
    made.give(Given.of(plain))
    return made


def _played(pipeline: Pipeline, asked: Asked) -> Seen:
    made = world(pipeline, asked)
    until = None if asked.until is None else scenarios.moment(asked.until)
    scenario = Scenario((asked.trigger.step(pipeline.document),), variables=asked.variables, until=until)
    played = playing.play(made, scenario, {pipeline.name: pipeline.document}, {})
    if played.unmet:
        raise Broken("; ".join(played.unmet))
    _, optional = outcomes.unwrapped(asked.given)
    unused = tuple(name for name in made.unused() if name not in optional)
    if not played.runs:
        return Seen(None, (), unused, "; ".join(played.notes))
    return Seen(played.runs[0], played.runs, unused)


_WORLDS: WeakKeyDictionary[Pipeline, World] = WeakKeyDictionary()
"""A world for each pipeline that was simulated, to fork: definitions are judged once."""


def _fresh(pipeline: Pipeline, seed: int, at: str) -> World:
    if seed or at:
        return _created(pipeline, seed, scenarios.instant(at) if at else BEGINS)
    if pipeline not in _WORLDS:
        _WORLDS[pipeline] = _created(pipeline, 0, BEGINS)
    return _WORLDS[pipeline].fork()


def _created(pipeline: Pipeline, seed: int, begins: datetime) -> World:
    account, region = pipeline.target
    made = World(account, region, begins=begins, catalogue=pipeline.place.catalogue, seed=seed)
    made.create(pipeline.document, by=OPERATOR, run=False)
    return made


def handlers(pipeline: Pipeline, folder: Path | None) -> Handlers:
    """Give what runs the Lambda handlers of a folder, the present one if none is named."""
    return _Handlers(pipeline, folder)


class _Handlers:
    """Lambda handlers of a folder; what they need is imported when the first one runs."""

    def __init__(self, pipeline: Pipeline, folder: Path | None) -> None:
        self.pipeline, self.folder = pipeline, folder
        self.made: Any = None

    def __call__(self, runs: Runs, context: ActionContext) -> Verdict:
        """Run a handler once; raises Broken for one that cannot be found."""
        if self.made is None:
            from pathlib import Path

            from reconciler.jobs.handlers import Handlers

            self.made = Handlers(self.folder or Path(), {self.pipeline.name: self.pipeline.document})
        verdict: Verdict = self.made(runs, context)
        return verdict

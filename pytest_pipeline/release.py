"""A world in which many runs of one pipeline go on: starts, time, and what people do.

Every word is an intent of the API in the words of scenario files; a refusal is raised as AWS gives it. Runs answer as
they are now.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_pipeline import outcomes, running, triggers
from pytest_pipeline.mistakes import at_caller
from pytest_pipeline.running import Asked, Run, Seen
from pytest_pipeline.structure import Pipeline
from reconciler.errors import Broken
from reconciler.report import runs as trees
from reconciler.simulation.acts import ACTS, Scene
from reconciler.simulation.durations import spell
from reconciler.simulation.given import Given
from reconciler.simulation.scenarios import Scenario, Step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_pipeline.triggers import Trigger
    from reconciler.simulation import trace
    from reconciler.simulation.durations import Span
    from reconciler.simulation.given import Selector


class Release:
    """One pipeline and its runs."""

    def __init__(
        self,
        pipeline: Pipeline,
        given: Mapping[Selector, Any] | None = None,
        *,
        at: str = "",
        seed: int = 0,
        handlers: Path | None = None,
    ) -> None:
        """Make a world; `given` are outcomes by selector for all runs, `at` is when it begins."""
        self.pipeline = pipeline
        self._asked = Asked(triggers.start(), dict(given or {}), at=at, seed=seed, handlers=handlers, alone=False)
        self.world = running.world(pipeline, self._asked)
        self._scene = Scene(self.world, Scenario(()), {pipeline.name: pipeline.document}, {})
        self._optional = outcomes.unwrapped(given)[1]
        self._pictures: dict[str, tuple[tuple[int, int], Seen]] = {}
        self.runs: list[Run] = []

    # What happens -----------------------------------------------------------------------------------------------------

    @at_caller
    def give(self, given: Mapping[Selector, Any]) -> None:
        """Give further outcomes; for a selector that is there already they replace the old ones."""
        plain, optional = outcomes.unwrapped(given)
        self._optional |= optional
        self.world.give(Given.of(plain))

    @at_caller
    def start(self, trigger: Trigger | None = None, *, variables: Mapping[str, str] | None = None) -> Run:
        """Let something start a run; if it starts nothing, the run is `NotStarted` and says why."""
        wanted = trigger or triggers.start()
        self._scene.scenario = Scenario((), variables=dict(variables or {}))
        before = len(self._scene.notes)
        started = self._does(wanted.step(self.pipeline.document))
        asked = replace(self._asked, trigger=wanted, variables=dict(variables or {}))
        if not started:
            seen = Seen(None, why="; ".join(self._scene.notes[before:]))
            return Run(self.pipeline, asked, lambda: seen)
        return self._followed(started[0], asked)

    @at_caller
    def approve(self, place: str, *, by: str = "", summary: str = "", run: Run | None = None) -> None:
        """Approve what waits at `Stage/Action`."""
        self._does(self._step("approve", place, by=by, summary=summary, run=self._named(run)))

    @at_caller
    def reject(self, place: str, reason: str = "", *, by: str = "", run: Run | None = None) -> None:
        """Reject what waits at `Stage/Action`."""
        self._does(self._step("reject", place, by=by, summary=reason, run=self._named(run)))

    @at_caller
    def stop(self, run: Run, *, abandon: bool = False, reason: str = "") -> None:
        """Stop a run; without `abandon` what is under way ends first (reference E.14)."""
        self._does(self._step("stop", self._named(run), abandon=abandon, reason=reason))

    @at_caller
    def retry(self, stage: str, run: Run | None = None, *, mode: str = "FAILED_ACTIONS") -> None:
        """Retry a stage of a run, the latest if none is named: `FAILED_ACTIONS` or `ALL_ACTIONS`."""
        self._does(self._step("retry", stage, run=self._named(run), mode=mode))

    @at_caller
    def rollback(self, stage: str, to: Run) -> Run:
        """Roll a stage back to what another run brought there; gives the run that does it."""
        started = self._does(self._step("rollback", stage, to=self._named(to)))
        return self._followed((started or [""])[0], self._asked)

    @at_caller
    def override(self, stage: str, run: Run | None = None, *, condition: str = "BEFORE_ENTRY") -> None:
        """Override a condition that holds a run: `BEFORE_ENTRY` or `ON_SUCCESS`."""
        self._does(self._step("override", stage, run=self._named(run), condition=condition))

    @at_caller
    def disable(self, stage: str, reason: str = "", *, direction: str = "", by: str = "") -> None:
        """Disable the transition into a stage, or out of it with the direction `Outbound`."""
        self._does(self._step("disable", stage, reason=reason, direction=direction, by=by))

    @at_caller
    def enable(self, stage: str, *, direction: str = "", by: str = "") -> None:
        """Enable the transition into a stage again."""
        self._does(self._step("enable", stage, direction=direction, by=by))

    @at_caller
    def update(self, pipeline: Pipeline | Mapping[str, Any], *, by: str = "") -> None:
        """Update the declaration, which ends runs as reference E.7 says."""
        document = pipeline.document if isinstance(pipeline, Pipeline) else pipeline
        self._scene.files = {"update": document}
        self._does(self._step("update", "update", by=by))
        self.pipeline = replace(self.pipeline, document=document)

    @at_caller
    def alarm(self, name: str, state: str = "ALARM") -> None:
        """Let a CloudWatch alarm go to a state, now."""
        self.world.alarm(name, state)

    # Time -------------------------------------------------------------------------------------------------------------

    @at_caller
    def advance(self, span: Span) -> None:
        """Let a span of time pass, such as `5m`."""
        self.world.advance(span)

    @at_caller
    def settle(self) -> None:
        """Let time pass until nothing moves by itself any more."""
        self.world.settle()

    @at_caller
    def until(self, selector: Selector, run: Run | None = None) -> None:
        """Let time pass until a run, any or this one, is at one of the chosen actions; raises Broken if none comes."""
        places = {action.place for action in self.pipeline.actions(selector)}
        for _ in range(self.world.budget):
            if any(self._is_at(each, places) for each in ([run] if run else self.runs)):
                return
            if not (self.world.kernel.busy and self.world.step()):
                break
        told = "; ".join(each.verdict for each in self.runs) or "nothing was started"
        raise Broken(f"no run came to {', '.join(sorted(places))} any more: {told}")

    @property
    def now(self) -> str:
        """Time since the world began, such as `2h05m`."""
        return spell(self.world.now)

    # Looking ----------------------------------------------------------------------------------------------------------

    @property
    def unused(self) -> tuple[str, ...]:
        """Selectors of outcomes that nothing has asked for."""
        return tuple(name for name in self.world.unused() if name not in self._optional)

    @property
    def executions(self) -> tuple[trace.Run, ...]:
        """All executions in order of start, rollbacks that nobody asked for included."""
        found = (self.world.run_of(each) for each in self.world.executions(self.pipeline.name))
        return tuple(sorted(found, key=lambda each: each.number))

    @property
    def tree(self) -> str:
        """All executions as stable text."""
        beside = self.executions
        return "\n\n".join(trees.tree(each, beside) for each in beside)

    def __repr__(self) -> str:
        return f"<release of {self.pipeline.name} at +{self.now}: {len(self.executions)} runs>"

    def _followed(self, execution: str, asked: Asked) -> Run:
        run = Run(self.pipeline, asked, lambda: self._seen(execution))
        self.runs.append(run)
        return run

    def _seen(self, execution: str) -> Seen:
        moment = self.world.now, len(self.world.log)
        known = self._pictures.get(execution)
        if known is None or known[0] != moment:
            seen = Seen(self.world.run_of(execution), self.executions, self.unused)
            known = self._pictures[execution] = moment, seen
        return known[1]

    def _is_at(self, run: Run, places: set[str]) -> bool:
        return any(each.place in places and each.ended is None for each in run.actions)

    def _named(self, run: Run | None) -> str:
        return f"{self.pipeline.name}#{run.number}" if run else ""

    def _step(self, verb: str, subject: str, **members: Any) -> Step:
        given = {name: value for name, value in members.items() if value}
        return Step(self.world.now, verb, subject, given, pipeline=self.pipeline.name)

    def _does(self, step: Step) -> list[str] | None:
        return ACTS[step.verb](self._scene, step)

"""The world: pipelines, executions and time, with every intent that the API knows (reference F.1).

Rules of this file:

* Time passes only by `step`, `run`, `advance` and `settle`.
* Times are milliseconds since the world began, or texts such as `5m`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.errors import Broken
from reconciler.simulation import actions, conditions, forgetting, gates, overview, polls, runs, stages, verdicts
from reconciler.simulation.durations import Span, duration
from reconciler.simulation.given import Given
from reconciler.simulation.refusals import Refused
from reconciler.simulation.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.simulation.overview import PipelineState
    from reconciler.simulation.trace import Record, Run


class World(Surroundings):
    """A made-up account and Region in virtual time; see `Engine` for what it is made of."""

    # Time -----------------------------------------------------------------------------------------------------------

    def schedule(self, at: Span, intent: str, *arguments: Any, **named: Any) -> None:
        """Put an intent of this class into the future, by its name; a refusal then stands in the log.

        `at` is a moment of the world. Raises `Broken` for a moment that has passed and for an unknown intent.
        """
        if intent not in INTENTS:
            raise Broken(f"{intent!r} is no intent; choose " + ", ".join(sorted(INTENTS)))
        self.later(duration(at) - self.now, "intent", intent, arguments, tuple(named.items()))

    def peek(self) -> int | None:
        """Give the time of the next event; None if there is none."""
        return self.kernel.peek()

    def step(self) -> bool:
        """Let the next event happen; gives False if there is none."""
        return self.kernel.step()

    def run(self, until: Span | None = None) -> None:
        """Let time pass up to a moment; without one, until nothing is left, timeouts of approvals included."""
        end = None if until is None else duration(until)
        if end is not None and end < self.now:
            raise Broken(f"time does not go backwards: it is {self.now} ms, and {end} ms was asked for")
        if self._spend(lambda: (moment := self.kernel.peek()) is not None and (end is None or moment <= end)):
            self.kernel.run(self.now if end is None else end)

    def advance(self, span: Span) -> None:
        """Let a span of time pass."""
        self.run(self.now + duration(span))

    def settle(self) -> None:
        """Let time pass until nothing moves any more by itself; approvals that nobody decided stay pending."""
        self._spend(lambda: self.kernel.busy)

    def _spend(self, goes_on: Any) -> bool:
        """Step while it goes on and the budget lasts; gives whether it lasted."""
        step = self.kernel.step
        self.exhausted = False
        for _ in range(self.budget):
            if not goes_on():
                return True
            step()
        self.exhausted = bool(goes_on())
        return not self.exhausted

    def fork(self) -> World:
        """Give a world that goes its own way from here; both share what neither has changed since."""
        twin = object.__new__(type(self))
        twin.twin(self)
        return twin

    # Looking --------------------------------------------------------------------------------------------------------

    def executions(self, pipeline: str) -> tuple[str, ...]:
        """Give the ids of a pipeline's executions, newest first (I20)."""
        found = self.track(pipeline).executions
        return tuple(reversed(found)) if self.assumptions.newest_first else tuple(found)

    def run_of(self, execution: str) -> Run:
        """Give the picture of an execution; raises KeyError for an id that this world does not have."""
        return runs.run(self, self.runs[execution])

    def state(self, pipeline: str) -> PipelineState:
        """Give the picture of a pipeline."""
        return overview.state(self, self.track(pipeline))

    def unused(self) -> tuple[str, ...]:
        """Give the selectors of given outcomes that nothing has asked for."""
        return self.given.unused(self.asked)

    def give(self, given: Any) -> None:
        """Give further outcomes; for a selector that is there already they replace the old ones."""
        self.given |= Given.of(given)

    @property
    def log(self) -> Sequence[Record]:
        """Every line so far, in order."""
        return self.records


def _carry_out(world: World, intent: str, arguments: tuple[Any, ...], named: tuple[tuple[str, Any], ...]) -> None:
    try:
        getattr(world, intent)(*arguments, **dict(named))
    except Refused:
        return  # it stands in the log


INTENTS = frozenset({
    "alarm", "approve", "create", "delete", "deliver", "disable", "enable", "override", "put_action_revision", "retry",
    "rollback", "start", "stop", "update",
})  # fmt: skip
"""What can be scheduled."""

World.handlers_by_name = {
    "intent": _carry_out,
    **actions.HANDLERS,
    **conditions.HANDLERS,
    **forgetting.HANDLERS,
    **gates.HANDLERS,
    **polls.HANDLERS,
    **stages.HANDLERS,
    **verdicts.HANDLERS,
}

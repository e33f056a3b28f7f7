"""What actions do here when nobody says otherwise, and what callers of the endpoint said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import Broken
from reconciler.simulation import given
from reconciler.simulation.given import Entry, Given
from reconciler.simulation.outcomes import Fails, Worker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.pipeline.model import Action
    from reconciler.simulation.blueprint import Blueprint, Step
    from reconciler.simulation.outcomes import ActionContext, Handlers, Runs, Verdict


def waits_for_worker(action: Action) -> bool:
    """Tell whether an action is of a custom type: a job worker has to do it (reference D.5)."""
    return action.owner == "Custom"


USUAL = Entry(waits_for_worker, (Worker(),))


@dataclass(frozen=True)
class Outcomes(Given):
    """Outcomes for pipelines that come and go.

    A selector may match nothing yet, one that does not fit an action is passed over, and of two that match equally
    well the later one counts: an endpoint cannot refuse to go on.
    """

    entries: tuple[Entry, ...] = (USUAL,)

    def __or__(self, other: Given) -> Outcomes:
        """Give both; where both have a selector, the other one's outcomes."""
        return Outcomes(super().__or__(other).entries)

    def check(self, blueprints: Sequence[Blueprint]) -> None:
        """Accept everything: the pipeline may be created later."""

    def choose(self, place: str, step: Step | None) -> Entry | None:
        """Give the entry that counts for an action, or for a rule if `step` is None."""
        left = [entry for entry in self.entries if step is None or _fits(entry, step)]
        while left:
            try:
                return Given(tuple(left)).choose(place, step)
            except Broken:
                left.pop(0)
        return None


def careful(handlers: Handlers) -> Handlers:
    """Give handlers that never raise: one that cannot be run fails its action, as in the service."""

    def handle(runs: Runs, context: ActionContext) -> Verdict:
        try:
            return handlers(runs, context)
        except Broken as error:
            return Fails("ConfigurationError", str(error))

    return handle


def told(texts: Iterable[str]) -> Given:
    """Read outcomes as people write them, `Build/Compile=fails:JobFailed:out of memory@5m`; raises `Broken`."""
    return Given.parse(texts)


def _fits(entry: Entry, step: Step) -> bool:
    try:
        for outcome in entry.outcomes:
            given.fits(outcome, step)
    except Broken:
        return False
    return True

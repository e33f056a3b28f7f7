"""What all parts of the world stand on: state that forks cheaply, an agenda, identities and the log.

Rules of this file:

* An event is a tuple: the name of a handler and plain arguments. `soon` is this very moment, `later` is the kernel's.
* Whatever leads from one part of the semantics to another goes through `soon`; so the parts do not know each other,
  and no chain of stages nests.
* Before it changes an execution or a track, a part asks for it with `execution` or `track`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from reconciler.pipeline import arns, providers
from reconciler.simulation import forgetting
from reconciler.simulation.assumptions import Assumptions
from reconciler.simulation.compiling import Site
from reconciler.simulation.given import Given
from reconciler.simulation.ids import identity
from reconciler.simulation.kernel import BACKGROUND, Kernel
from reconciler.simulation.refusals import PIPELINE_NOT_FOUND, STAGE_NOT_FOUND, Refused
from reconciler.simulation.trace import NOTHING, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from reconciler.pipeline.providers import Catalogue
    from reconciler.simulation.checks import AlarmState
    from reconciler.simulation.outcomes import Handlers
    from reconciler.simulation.state import Execution, Job, Track
    from reconciler.simulation.trace import Start

_new = tuple.__new__
_OF_OTHERS = frozenset({"admit", "forget", "intent", "look"})
"""Events whose first argument is no execution."""


class Engine:
    """State, time and log of one world."""

    handlers_by_name: Mapping[str, Callable[..., None]]
    """What each event does; the world fills it in."""

    clock: type[Kernel] = Kernel
    """Override it to run in real or in scaled time."""

    def __init__(  # noqa: PLR0913 - the facts of a world, the columns of its log
        self,
        account: str,
        region: str,
        *,
        begins: datetime,
        assumptions: Assumptions | None = None,
        given: Any = None,
        catalogue: Catalogue | None = None,
        handlers: Handlers | None = None,
        seed: int = 0,
        keep: int | None = None,
        budget: int = 1_000_000,
    ) -> None:
        self.target = arns.Target(account, region)
        self.begins, self.seed, self.keep, self.budget = begins, seed, keep, budget
        self.assumptions = assumptions or Assumptions()
        self.catalogue = catalogue or providers.catalogue()
        self.given, self.handlers = Given.of(given), handlers
        self.site = Site(self.target, self.catalogue, self.assumptions)
        self.kernel = self.clock(self.dispatch)
        self.tracks: dict[str, Track] = {}
        self.deleted: dict[str, Track] = {}
        self.runs: dict[str, Execution] = {}
        self.jobs: dict[str, Job] = {}
        self.approvals: dict[str, str] = {}
        """Execution by approval token."""
        self.alarms: dict[str, tuple[AlarmState, ...]] = {}
        self.heads: dict[str, str] = {}
        """Newest revision by what a source action looks at."""
        self.polls: dict[tuple[str, ...], Start] = {}
        """What the next look will find, by pipeline and sources."""
        self.webhooks: dict[str, Mapping[str, Any]] = {}
        self.records: list[Record] = []
        self.asked: set[str] = set()
        self.exhausted = False
        self.checked: tuple[Given, int] | None = None
        """What was given, and the number of versions for which it was checked."""
        self._soon: deque[tuple[Any, ...]] = deque()
        self.mark, self._identities, self._serial = object(), 0, 0
        self.outdated = self.loose = 0
        """Lines of the log about executions that were dropped, and about none."""

    @property
    def now(self) -> int:
        """Milliseconds since the world began."""
        return self.kernel.now

    def identity(self) -> str:
        """Give the next identity."""
        self._identities = serial = self._identities + 1
        return identity(self.seed, serial)

    def track(self, name: str) -> Track:
        """Give a pipeline in order to change it; raises `Refused` if there is none."""
        track = self.tracks.get(name)
        if track is None:
            account = self.target.account
            raise Refused(PIPELINE_NOT_FOUND, f"The account with id '{account}' does not include a pipeline with the "
                          f"name '{name}'")  # fmt: skip
        if track.mark is not self.mark:
            self.tracks[name] = track = track.owned(self.mark)
        return track

    def home(self, execution: Execution) -> Track:
        """Give the pipeline of an execution in order to change it, also one that was deleted meanwhile (I7)."""
        blueprint = execution.blueprint
        track = self.tracks.get(blueprint.name)
        shelf = self.tracks
        if track is None or track.versions.get(blueprint.version) is not blueprint:
            shelf = self.deleted
            track = shelf[blueprint.name]
        if track.mark is not self.mark:
            shelf[blueprint.name] = track = track.owned(self.mark)
        return track

    def execution(self, execution: str) -> Execution:
        """Give an execution in order to change it."""
        found = self.runs[execution]
        if found.mark is not self.mark:
            self.runs[execution] = found = found.owned(self.mark)
        return found

    def soon(self, *event: Any) -> None:
        """Let something happen at this moment, after what is happening now."""
        self._soon.append(event)

    def later(self, delay: int, *event: Any) -> None:
        """Let something happen after `delay` milliseconds."""
        self.kernel.schedule(delay, event)

    def perhaps(self, delay: int, *event: Any) -> None:
        """Let something happen if time ever passes that moment; nobody waits for it."""
        self.kernel.schedule(delay, event, BACKGROUND)

    def dispatch(self, event: tuple[Any, ...]) -> None:
        """Let one event happen, and all that follows from it at the same moment."""
        self._soon.append(event)
        self.drain()

    def drain(self) -> None:
        """Let everything happen that is due at this moment."""
        soon, handlers, drops = self._soon, self.handlers_by_name, self.keep is not None
        while soon:
            event = soon.popleft()
            if drops and event[0] not in _OF_OTHERS and event[1] not in self.runs:
                continue  # it was still to happen to an execution that was dropped
            handlers[event[0]](self, *event[1:])

    def note(  # noqa: PLR0913, PLR0917 - the facts of a world, the columns of its log
        self, execution: Execution, kind: str, state: str, stage: str = "", action: str = "",
        detail: Mapping[str, Any] = NOTHING,
    ) -> None:  # fmt: skip
        """Write a line about an execution into the log."""
        self._serial = serial = self._serial + 1
        name = execution.blueprint.name
        record = _new(Record, (self.kernel.now, serial, kind, name, execution.id, stage, action, state, detail))
        self.records.append(record)
        execution.records.append(record)

    def write(self, kind: str, pipeline: str, state: str, stage: str = "", detail: Mapping[str, Any] = NOTHING) -> None:
        """Write a line that is about no execution."""
        self._serial = serial = self._serial + 1
        self.records.append(Record(self.kernel.now, serial, kind, pipeline, "", stage, "", state, detail))
        self.loose += 1
        if self.keep is not None and self.loose > 2 * forgetting.LOOSE:
            forgetting.tidy(self)

    def stage_number(self, track: Track, stage: str) -> int:
        """Give the number of a stage; raises `Refused` if the present version has none of that name."""
        number = track.blueprint.places.get(stage)
        if number is None:
            there = ", ".join(track.blueprint.places)
            raise Refused(STAGE_NOT_FOUND, f"{track.blueprint.name} has no stage {stage!r}; it has {there}")
        return number

    def twin(self, other: Engine) -> None:
        """Take over the whole state of another world; from here on both copy before they change anything."""
        self.__dict__.update(other.__dict__)
        self.tracks, self.runs, self.deleted = other.tracks.copy(), other.runs.copy(), other.deleted.copy()
        self.webhooks, self.polls = other.webhooks.copy(), other.polls.copy()
        self.jobs, self.approvals, self.heads = other.jobs.copy(), other.approvals.copy(), other.heads.copy()
        self.alarms = other.alarms.copy()
        self.records, self.asked = other.records.copy(), other.asked.copy()
        self.kernel = other.kernel.fork(self.dispatch)
        self._soon = other._soon.copy()
        self.mark, other.mark = object(), object()

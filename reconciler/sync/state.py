"""What a pass works with, and what it knows so far."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from reconciler.aws.sessions import Access
from reconciler.pipeline.arns import Target
from reconciler.plan.holds import Holds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager
    from datetime import datetime

    from reconciler.definitions.definition import Definition
    from reconciler.definitions.reading import Reading
    from reconciler.errors import ReconcilerError
    from reconciler.pipeline.providers import Catalogue
    from reconciler.plan.build import Identity
    from reconciler.plan.changes import Change, Plan
    from reconciler.plan.drift import Drifted
    from reconciler.plan.efforts import Effort
    from reconciler.plan.health import Health
    from reconciler.plan.live import Observation, Transition
    from reconciler.plan.setbacks import Key, Setback
    from reconciler.settings import Settings
    from reconciler.source.repository import File, Snapshot
    from reconciler.store.waits import Wait
    from reconciler.sync.listings import Listings
    from reconciler.sync.ports import Cloud, Lease, Memory, Repository

    Step = Callable[["Pass", "World"], "Pass"]


@dataclass(frozen=True, slots=True)
class World:
    """The outside of a pass: ports, settings, time, and whom to tell."""

    settings: Settings
    repository: Repository
    cloud: Cloud
    memory: Memory
    executor: Executor
    listings: Listings
    now: Callable[[], datetime]
    tell: Callable[[Event], None] = lambda _: None
    span: Callable[[str], AbstractContextManager[object]] = lambda _: nullcontext()
    """Begins what a trace shows as one thing: a step, by its name."""
    stopping: Callable[[], bool] = lambda: False
    """Asked before each write: a pass that is asked to stop finishes the write in hand and begins no other."""
    spread: Callable[[Step, Pass, World], Pass] = lambda step, state, world: step(state, world)
    """Does a step that asks AWS or writes there: here, or on workers that have a part of the targets each."""
    only: Target | None = None
    """The one target that this world is about, on a worker; None: all."""
    lease: Lease = field(kw_only=True)
    """The right to write to AWS."""

    @property
    def accesses(self) -> dict[Target, Access]:
        """Every configured target that is this world's business, and how it is reached."""
        found = accesses(self.settings)
        return found if self.only is None else {self.only: found[self.only]}


def accesses(settings: Settings) -> dict[Target, Access]:
    """Give how each configured target is reached."""
    return {
        Target(each.account, region): Access(Target(each.account, region), each.assume_role, each.external_id)
        for each in settings.environments.values()
        for region in each.regions
    }


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is worth telling while a pass runs; `done` of `total` where there is a count."""

    step: str
    text: str = ""
    done: int = 0
    total: int = 0
    lasting: bool = False
    """Whether the next pass will say the same, unless something changes."""


class Ending(StrEnum):
    """How a change ended."""

    APPLIED = "applied"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Result:
    """One change and how it ended."""

    change: Change
    ending: Ending
    message: str = ""
    version: int = 0
    failure: ReconcilerError | None = None
    """What may keep it from being tried again at once; None for what only waits."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What is known after a step; each step gives the next one."""

    approved: bool
    """Whether a person asked for this pass."""
    at_once: bool = False
    """Whether a person asked for deletions at once, by a plan file; else several passes have to miss a pipeline."""
    number: int = 0
    snapshot: Snapshot | None = None
    files: Mapping[str, File] = field(default_factory=dict)
    catalogue: Catalogue | None = None
    """Action types that definitions were read with, the team's own among them; None: those that are shipped."""
    reading: Reading | None = None
    live: Mapping[Target, Mapping[str, Observation]] = field(default_factory=dict)
    unreadable: Mapping[Target, str] = field(default_factory=dict)
    refused: Mapping[Target, ReconcilerError] = field(default_factory=dict)
    """The failures of targets that were asked in this pass and could not be read."""
    unknown: Mapping[Identity, str] = field(default_factory=dict)
    setbacks: Mapping[Key, Setback] = field(default_factory=dict)
    """What failed before and has not succeeded since; after the pass, as it stands then."""
    resting: Mapping[Target, Setback] = field(default_factory=dict)
    """Targets that are not asked now, since they could not be read before."""
    transitions: Mapping[Identity, Mapping[str, Transition]] = field(default_factory=dict)
    """Live states by stage, as far as a definition names them."""
    vanished: frozenset[Identity] = field(default_factory=frozenset)
    plan: Plan | None = None
    lasts: Mapping[Identity, Health] = field(default_factory=dict)
    """Last executions that were seen while those in progress were looked for, to tell people; without what failed."""
    agreed: tuple[Identity, ...] = ()
    efforts: Mapping[Target, Effort] = field(default_factory=dict)
    """What was spent on each target; after the step that records the pass, also where this process did everything."""
    batch: tuple[Change, ...] = ()
    """What is written next: nothing in it needs anything else in it."""
    results: tuple[Result, ...] = ()
    waits: Mapping[Identity, Wait] = field(default_factory=dict)
    """What waits for executions to end, as it was when the pass began to write."""
    owed: Mapping[Identity, str] = field(default_factory=dict)
    """What was shut or ended for the sake of an update and could not be made good yet, with the reason."""
    drifted: tuple[Drifted, ...] = ()
    """What is drifted after this pass, with its onset; filled by the step that sights it."""
    healed: tuple[Drifted, ...] = ()
    """What this pass healed, likewise."""
    holds: Holds = field(default_factory=Holds)
    """What people decided, as it was when the plan was made."""
    said: tuple[str, ...] = ()
    """Sentences about decisions that were used or closed."""

    @property
    def known(self) -> tuple[Snapshot, Reading, Plan]:
        """What every pass has after its planning steps."""
        if self.snapshot is None or self.reading is None or self.plan is None:
            message = "the pass has not been planned yet"
            raise RuntimeError(message)
        return self.snapshot, self.reading, self.plan

    def definition(self, identity: Identity) -> Definition:
        """Give the definition of a pipeline that git names."""
        return self.known[1].definitions[identity]

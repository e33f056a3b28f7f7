"""One account and Region: the simulated world, and what the service keeps beside it."""

from __future__ import annotations

import zlib
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.emulator.outcomes import Outcomes
from reconciler.pipeline import arns, providers
from reconciler.simulation.assumptions import Assumptions
from reconciler.simulation.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.emulator.request import Document
    from reconciler.pipeline.providers import Provider
    from reconciler.simulation.outcomes import Handlers

YEAR = 365 * 24 * 3600 * 1000
"""Milliseconds for which executions are listed: 12 months (reference C)."""


class Quotas(NamedTuple):
    """What an account may have in one Region (reference C)."""

    pipelines: int = 1000
    custom_types: int = 50
    webhooks: int = 300


@dataclass(frozen=True, slots=True)
class Rules:
    """How every place of an endpoint behaves."""

    assumptions: Assumptions = field(default_factory=Assumptions)
    quotas: Quotas = field(default_factory=Quotas)
    handlers: Handlers | None = None
    """Runs Lambda handlers, where outcomes ask for it."""
    keep: int = 200
    """Ended executions that are remembered of each pipeline."""
    events: int = 2000
    """CloudTrail events that are remembered in each place."""


@dataclass(slots=True)
class Tagged:
    """A custom action type or a webhook: its definition in API shape, with its tags."""

    definition: Document
    tags: dict[str, str]
    registered: bool = False


class Place:
    """An account in a Region. Times of the world are milliseconds since it began, others since 1970."""

    def __init__(self, target: arns.Target, begins: datetime, rules: Rules) -> None:
        self.target, self.rules = target, rules
        self.world = World(
            target.account, target.region, begins=begins, assumptions=rules.assumptions, given=Outcomes(),
            handlers=rules.handlers, seed=zlib.crc32(str(target).encode()), keep=rules.keep,
        )  # fmt: skip
        self.epoch = round(begins.timestamp() * 1000)
        self.types: dict[tuple[str, str, str, str], Tagged] = {}
        self.shelf: dict[tuple[str, str, str, str], Document] = {}
        """Deleted custom types: their version can be used again for the identical definition only (reference F.1)."""
        self.updated_types: dict[tuple[str, str, str, str], Document] = {}
        self.hooks: dict[str, Tagged] = {}
        self.progress: dict[str, Mapping[str, Any]] = {}
        """What workers told of jobs that go on, by job."""
        self.summaries: dict[str, tuple[object, str]] = {}
        """What ListPipelines writes of each pipeline, with the version of which that is."""
        self.events: deque[Document] = deque(maxlen=rules.events)
        self.serial = 0

    @property
    def now(self) -> int:
        """Milliseconds since 1970, as this place has it."""
        return self.epoch + self.world.now

    def moment(self, time: int) -> int:
        """Give a time of the world in milliseconds since 1970."""
        return self.epoch + time

    @property
    def secrets(self) -> Any:
        """Keys of custom types that are masked, by type."""
        return self.world.catalogue.secrets

    def declare(self) -> None:
        """Let the world know the custom types there are now."""
        own: list[Provider] = [providers.custom(each.definition) for each in self.types.values()]
        self.world.catalogue = providers.catalogue().with_custom(*own)
        self.world.site = replace(self.world.site, catalogue=self.world.catalogue)

    def recent(self, pipeline: str) -> list[str]:
        """Give the executions of the last 12 months by id, newest first; raises `Refused` for an unknown pipeline."""
        since = self.world.now - YEAR
        return [each for each in self.world.executions(pipeline) if self.world.runs[each].started >= since]

"""A release in flight on the full local endpoint: a pipeline, an update of it in git, and passes at any time."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from builders import build, pipeline, sources, stage
from reconciler.sync import passes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.talk import Local
    from reconciler.sync.state import World
    from workshop import Workshop

NAME = "shop-prod-web"
START = datetime(2026, 5, 4, 9, tzinfo=UTC)
SLOW = {"Source/*": "succeeds@1m", "Build/*": "succeeds@10m", "Next/*": "succeeds@10m"}
STAGES = [sources(), stage("Build", build("Compile")), stage("Next", build("More"))]
OLD = pipeline(NAME, STAGES)
NEW = pipeline(NAME, [*STAGES[:2], stage("Next", build("Other"))])


class Release:
    """A pipeline with an execution in flight, and passes at any time."""

    def __init__(self, shop: Workshop, local: Local) -> None:
        self.shop, self.local, self.client = shop, local, local.client()
        self.now = START
        self.statuses: dict[str, Any] = {}

    def sync(self, **sync: Any) -> None:
        self.shop.settings(sync={"interrupt": "wait", **sync})

    @contextmanager
    def world(self) -> Iterator[World]:
        with self.shop.world() as world:
            yield replace(world, now=lambda: self.now)

    def apply(self) -> list[tuple[str, str, str]]:
        """Run one pass, and give how its only change ended, with its message."""
        with self.world() as world:
            done = passes.run(world, approved=False)
            self.statuses = {each.name: each for each in world.memory.statuses()}
        return [(each.change.kind.value, each.ending.value, each.message) for each in done.results]

    def preview(self) -> tuple[str, ...]:
        with self.world() as world:
            return passes.preview(world).known[2].changes[0].interrupts

    def later(self, span: str) -> None:
        """Let time pass, for the endpoint and for the daemon."""
        self.local.say("advance", span=span)
        self.now += timedelta(minutes=int(span[:-1]))

    def begin(self) -> str:
        return self.client.start_pipeline_execution(name=NAME)["pipelineExecutionId"]

    @property
    def runs(self) -> list[str]:
        """Statuses of all executions, the oldest first."""
        found = self.client.list_pipeline_executions(pipelineName=NAME)["pipelineExecutionSummaries"]
        return [each["status"] for each in found[::-1]]

    @property
    def version(self) -> int:
        return self.client.get_pipeline(name=NAME)["pipeline"]["version"]

    @property
    def doors(self) -> dict[str, str]:
        """Reasons of the ways that are shut, by stage."""
        states = self.client.get_pipeline_state(name=NAME)["stageStates"]
        shut = {
            each["stageName"]: each["inboundTransitionState"] for each in states if "inboundTransitionState" in each
        }
        return {name: each.get("disabledReason", "") for name, each in shut.items() if not each["enabled"]}

    @classmethod
    def begun(cls, shop: Workshop, local: Local) -> Release:
        """Give a pipeline that is live, with its first execution in the stage Build, and an update of it in git."""
        local.say("outcomes", given=SLOW)
        release = cls(shop, local)
        shop.define(OLD)
        assert release.apply() == [("create", "applied", "")]
        release.later("2m")
        shop.define(NEW)
        return release

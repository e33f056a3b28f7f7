"""Order and flow inside one pipeline: what runs before what, what every path passes, who makes and uses an artifact.

Stages run in the order of the list, the actions of a stage in groups of equal `runOrder` (reference E.3). So a path is
the list of stages, less those that an entry condition may skip (reference E.9).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.pipeline.lazy import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.pipeline.model import Action, Pipeline

Moment = tuple[int, int]
"""When an action runs: number of its stage, and `runOrder`. Equal moments run side by side."""


@dataclass(frozen=True)
class Graph:
    """The order of one pipeline's actions. Names that repeat are told apart by place; the first one counts."""

    pipeline: Pipeline

    @lazy
    def moments(self) -> dict[str, Moment]:
        """Give the moment of each action by its place, `Stage/Action`."""
        found: dict[str, Moment] = {}
        for number, stage in enumerate(self.pipeline.stages):
            for action in stage.actions:
                found.setdefault(action.place, (number, action.run_order))
        return found

    @lazy
    def producers(self) -> dict[str, Action]:
        """Give the action that makes each artifact, by the artifact's name."""
        found: dict[str, Action] = {}
        for action in self.pipeline.actions:
            for name in action.outputs:
                found.setdefault(name, action)
        return found

    @lazy
    def consumers(self) -> dict[str, tuple[Action, ...]]:
        """Give the actions that take each artifact, by the artifact's name."""
        found: dict[str, list[Action]] = {}
        for action in self.pipeline.actions:
            for name in action.inputs:
                found.setdefault(name, []).append(action)
        return {name: tuple(actions) for name, actions in found.items()}

    @lazy
    def skippable(self) -> frozenset[int]:
        """Give the numbers of the stages that an entry condition may skip."""
        return frozenset(
            number
            for number, stage in enumerate(self.pipeline.stages)
            for condition in (stage.document.get("beforeEntry") or {}).get("conditions") or ()
            if condition.get("result") == "SKIP"
        )

    def precedes(self, one: str, other: str) -> bool:
        """Tell whether one place has always ended before the other begins, if it runs at all."""
        return self.moments[one] < self.moments[other]

    def overlaps(self, one: str, other: str) -> bool:
        """Tell whether two different places run side by side."""
        return one != other and self.moments[one] == self.moments[other]

    def gates(self, place: str) -> tuple[Action, ...]:
        """Give the actions that every path to `place` passes with success: its dominators, in order."""
        stage, _ = moment = self.moments[place]
        return tuple(
            action
            for action in self.pipeline.actions
            if (own := self.moments[action.place]) < moment and (own[0] == stage or own[0] not in self.skippable)
        )

    def upstream(self, place: str) -> tuple[Action, ...]:
        """Give the actions whose artifacts reach `place`, directly or through others, in order."""
        reached: set[str] = set()
        waiting = [self.pipeline[place]]
        while waiting:
            for name in waiting.pop().inputs:
                producer = self.producers.get(name)
                if producer and producer.place not in reached and self.precedes(producer.place, place):
                    reached.add(producer.place)
                    waiting.append(producer)
        return tuple(action for action in self.pipeline.actions if action.place in reached)

    def may_be_skipped(self, place: str) -> bool:
        """Tell whether the stage of a place can be skipped."""
        return self.moments[place][0] in self.skippable

    def __iter__(self) -> Iterator[tuple[Moment, Action]]:
        """Iterate over the actions in the order in which they run."""
        timed = [(self.moments[each.place], each) for each in self.pipeline.actions]
        return iter(sorted(timed, key=lambda one: one[0]))

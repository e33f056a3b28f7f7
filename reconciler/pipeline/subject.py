"""What rules look at: one pipeline, with what is known around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from reconciler.pipeline.graph import Graph
from reconciler.pipeline.quotas import Quotas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.documents import Path
    from reconciler.pipeline.model import Action, Pipeline
    from reconciler.pipeline.providers import Catalogue


@dataclass(frozen=True)
class Subject:
    """A pipeline whose shape is fine, and what the rules may ask about it."""

    pipeline: Pipeline
    region: str | None = None
    """The Region it lives in; None if that is not known."""
    catalogue: Catalogue | None = None
    """Action and rule types there are; None leaves out the rules about them."""
    quotas: Quotas = field(default_factory=Quotas)

    @cached_property
    def graph(self) -> Graph:
        """Order and flow."""
        return Graph(self.pipeline)

    @cached_property
    def places(self) -> tuple[tuple[Path, int, Action], ...]:
        """Give path, number of the stage, and action, for every action."""
        return tuple(
            (("stages", number, "actions", index), number, action)
            for number, stage in enumerate(self.pipeline.stages)
            for index, action in enumerate(stage.actions)
        )

    def __iter__(self) -> Iterator[tuple[Path, Action]]:
        """Iterate over actions with their paths."""
        return ((path, action) for path, _, action in self.places)

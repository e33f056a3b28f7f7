"""What rules look at: one pipeline, with what is known around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from reconciler.pipeline import variables
from reconciler.pipeline.graph import Graph
from reconciler.pipeline.quotas import Quotas
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.documents import Path
    from reconciler.pipeline.model import Action, Pipeline
    from reconciler.pipeline.providers import Catalogue
    from reconciler.pipeline.variables import Reference


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

    @cached_property
    def references(self) -> tuple[tuple[Path, Action, Reference], ...]:
        """Give every variable reference with the path of its value and the action that holds it."""
        return tuple(
            ((*path, "configuration", reference.configuration_key), action, reference)
            for path, action in self
            for reference in variables.references(action)
        )

    @cached_property
    def producers(self) -> dict[str, Action]:
        """Give the action behind each namespace."""
        return {action.namespace: action for _, action in self if action.namespace}

    @cached_property
    def partly_unknown(self) -> bool:
        """Whether a namespace or an output may have a name that cannot be known."""
        names = (name for _, action in self for name in (action.namespace, *action.outputs, action.name))
        return any(isinstance(name, Unknown) for name in names)

    def __iter__(self) -> Iterator[tuple[Path, Action]]:
        """Iterate over actions with their paths."""
        return ((path, action) for path, _, action in self.places)

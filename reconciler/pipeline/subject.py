"""What rules look at: one pipeline, with what is known around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.pipeline import variables
from reconciler.pipeline.graph import Graph
from reconciler.pipeline.lazy import lazy
from reconciler.pipeline.model import GATES
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

    @lazy
    def graph(self) -> Graph:
        """Order and flow."""
        return Graph(self.pipeline)

    @lazy
    def places(self) -> tuple[tuple[Path, int, Action], ...]:
        """Give path, number of the stage, and action, for every action."""
        return tuple(
            (("stages", number, "actions", index), number, action)
            for number, stage in enumerate(self.pipeline.stages)
            for index, action in enumerate(stage.actions)
        )

    @lazy
    def references(self) -> tuple[tuple[Path, Action, Reference], ...]:
        """Give every variable reference with the path of its value and the action that holds it."""
        return tuple(
            ((*path, "configuration", reference.configuration_key), action, reference)
            for path, action in self
            for reference in variables.references(action)
        )

    @lazy
    def named(self) -> tuple[tuple[Path, Action, Reference], ...]:
        """Give the references that name something: of what is malformed nothing else is to be said."""
        return tuple([each for each in self.references if each[2].well_formed])

    @lazy
    def gates(self) -> tuple[tuple[Path, str, dict[str, Any]], ...]:
        """Give the known conditions of all stages: path, kind and what stands there."""
        return tuple(
            (("stages", number, kind), kind, gate)
            for number, stage in enumerate(self.pipeline.stages)
            for kind in GATES
            if kind in stage.document and isinstance(gate := stage.document[kind], dict)
        )

    @lazy
    def producers(self) -> dict[str, Action]:
        """Give the action behind each namespace."""
        return {action.namespace: action for _, action in self if action.namespace}

    @lazy
    def partly_unknown(self) -> bool:
        """Whether a namespace or an output may have a name that cannot be known."""
        return Unknown in {type(name) for each in self.pipeline.actions for name in (each.namespace, *each.outputs)}

    def __iter__(self) -> Iterator[tuple[Path, Action]]:
        """Iterate over actions with their paths."""
        return ((path, action) for path, _, action in self.places)

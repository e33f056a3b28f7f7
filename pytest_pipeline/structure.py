"""What a pipeline is, for assertions: questions over one declaration."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

from pytest_pipeline import selectors
from pytest_pipeline.mistakes import at_caller
from pytest_pipeline.parts import Action, Artifact, Place, Stage, Variable
from reconciler.errors import Broken
from reconciler.pipeline import model, variables
from reconciler.pipeline.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_pipeline.differing import Difference
    from reconciler.pipeline import arns
    from reconciler.simulation.given import Selector

FILTERS = ("provider", "category", "env", "region", "account")


@dataclass(frozen=True, repr=False, eq=False)
class Pipeline:
    """One pipeline; without settings `Pipeline(document)` is enough."""

    document: Mapping[str, Any]
    place: Place = field(default_factory=Place)

    @cached_property
    def model(self) -> model.Pipeline:
        """The plain view."""
        return model.Pipeline(self.document)

    @cached_property
    def graph(self) -> Graph:
        """Order and flow."""
        return Graph(self.model)

    @property
    def name(self) -> str:
        """Name, unique in the account and Region."""
        return self.model.name

    @property
    def role_arn(self) -> str:
        """Service role."""
        return self.model.role_arn

    @property
    def target(self) -> arns.Target:
        """Account and Region."""
        return self.place.target

    @property
    def environment(self) -> str:
        """Environment it belongs to; empty without settings."""
        return self.place.environment

    @cached_property
    def environments(self) -> Mapping[str, str]:
        """Environment in which each action works, by its place; empty without settings."""
        if self.place.settings is None:
            return {}
        from pytest_pipeline import judging

        return {work.place: work.environment for work in judging.facts(self).works}

    @property
    def tags(self) -> Mapping[str, str]:
        """Tags by key."""
        return self.place.tags

    @property
    def mode(self) -> str:
        """`SUPERSEDED`, `QUEUED` or `PARALLEL`."""
        return str(self.document.get("executionMode", "SUPERSEDED"))

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """Stages in order of execution."""
        return tuple(
            Stage(stage.document, tuple(Action(each.document, each.stage, self) for each in stage.actions))
            for stage in self.model.stages
        )

    @cached_property
    def _actions(self) -> tuple[Action, ...]:
        return tuple(action for stage in self.stages for action in stage.actions)

    @at_caller
    def actions(  # noqa: PLR0913 - what actions are asked for by
        self,
        selector: Selector | None = None,
        *,
        provider: str | None = None,
        category: str | None = None,
        env: str | None = None,
        region: str | None = None,
        account: str | None = None,
    ) -> tuple[Action, ...]:
        """Give the actions that fit everything that is asked, in order; raises Broken if none does."""
        found = self._actions if selector is None else selectors.select(selector, self._actions)
        asked = dict(zip(FILTERS, (provider, category, env, region, account), strict=True))
        for name, wanted in asked.items():
            if wanted is not None:
                found = _fitting(self.name, name, wanted, found)
        return found

    @at_caller
    def __getitem__(self, place: str) -> Action:
        """Give the action at `Stage/Action`; raises KeyError that names what is near."""
        for action in self._actions:
            if action.place == place:
                return action
        near = selectors.nearest(place, (action.place for action in self._actions))
        raise KeyError(f"{self.name} has no action {place!r}; near are {near}")

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    @at_caller
    def artifact(self, name: str) -> Artifact:
        """Give an artifact; raises KeyError that names what is near."""
        producer, consumers = self.graph.producers.get(name), self.graph.consumers.get(name, ())
        if producer is None and not consumers:
            near = selectors.nearest(name, [*self.graph.producers, *self.graph.consumers])
            raise KeyError(f"{self.name} has no artifact {name!r}; near are {near}")
        return Artifact(name, self[producer.place] if producer else None, tuple(self[each.place] for each in consumers))

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """All artifacts, in order of their makers."""
        named = (name for action in self._actions for name in (*action.inputs, *action.outputs))
        return tuple(map(self.artifact, dict.fromkeys(named)))

    @at_caller
    def upstream(self, selector: Selector) -> tuple[Action, ...]:
        """Give the actions whose artifacts reach one of those chosen, in order."""
        reached = {each.place for action in self.actions(selector) for each in self.graph.upstream(action.place)}
        return tuple(action for action in self._actions if action.place in reached)

    @at_caller
    def gates(self, selector: Selector) -> tuple[Action, ...]:
        """Give the actions that every path to each of those chosen passes with success, in order."""
        passed = [{each.place for each in self.graph.gates(action.place)} for action in self.actions(selector)]
        return tuple(action for action in self._actions if action.place in set.intersection(*passed))

    @at_caller
    def precedes(self, one: Selector, other: Selector) -> bool:
        """Tell whether all that `one` chooses has ended before any that `other` chooses begins."""
        pairs = product(self.actions(one), self.actions(other))
        return all(self.graph.precedes(first.place, second.place) for first, second in pairs)

    @at_caller
    def overlaps(self, one: Selector, other: Selector) -> bool:
        """Tell whether something that `one` chooses runs beside something that `other` chooses."""
        pairs = product(self.actions(one), self.actions(other))
        return any(self.graph.overlaps(first.place, second.place) for first, second in pairs)

    @cached_property
    def variables(self) -> Mapping[str, Variable]:
        """The pipeline's variables by name (reference A.6)."""
        return {
            each["name"]: Variable(
                each["name"], each.get("defaultValue"), each.get("description", ""), self._users(each["name"])
            )
            for each in self.document.get("variables") or ()
        }

    def _users(self, name: str) -> tuple[Action, ...]:
        wanted = variables.PIPELINE, name
        return tuple(each for each in self._actions if any((one.namespace, one.key) == wanted for one in each.needs))

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions in which something runs, the pipeline's own first."""
        return tuple(dict.fromkeys([self.target.region, *(action.region for action in self._actions)]))

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles by which something runs, the service role first."""
        return tuple(dict.fromkeys([self.role_arn, *(action.role_arn for action in self._actions)]))

    def diff(self, other: Pipeline) -> tuple[Difference, ...]:
        """Give what differs in meaning, by path; defaults, order of actions and the like are no difference."""
        from pytest_pipeline import differing

        return differing.between(self, other)

    @property
    def tree(self) -> str:
        """Stages and actions as stable text."""
        from pytest_pipeline import differing

        return differing.tree(self)

    def __repr__(self) -> str:
        return f"<pipeline {self.name}>"


def _fitting(pipeline: str, name: str, wanted: str, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    if found := tuple(action for action in actions if getattr(action, name) == wanted):
        return found
    there = selectors.nearest(wanted, (str(getattr(action, name)) for action in actions))
    hint = f"to say that there is none: pipeline.actions() == none(has({name}={wanted!r}))"
    raise Broken(f"no action of {pipeline} has {name}={wanted!r}; near are {there}; {hint}")

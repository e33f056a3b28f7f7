"""What a pipeline is made of, as tests see it: where it belongs, its stages, actions, artifacts and variables.

Roles, Regions and accounts are those that count: an action without its own has the pipeline's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_pipeline import selectors
from pytest_pipeline.mistakes import at_caller
from reconciler.pipeline import arns, model, variables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_pipeline.structure import Pipeline
    from reconciler.pipeline.providers import Catalogue
    from reconciler.settings import Settings

NOWHERE = arns.Target("000000000000", "us-east-1")
"""Where a pipeline lives if neither settings nor the declaration say so."""
APPROVAL = "Approval"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a declaration comes from and where it belongs."""

    target: arns.Target = NOWHERE
    environment: str = ""
    file: str = ""
    line: int = 1
    tags: Mapping[str, str] = field(default_factory=dict)
    catalogue: Catalogue | None = None
    """The action types that the files know, if a team has its own."""
    settings: Settings | None = None
    """The settings that the files are read by; None without any."""
    config: str = ""
    """The file of the settings, where the command line would not find it by itself."""
    apart: bool = True
    """Whether the file lies outside the folder that the settings name."""


@dataclass(frozen=True, repr=False)
class Action(model.Action):
    """One action, as it counts in its pipeline."""

    home: Pipeline = field(repr=False, compare=False)

    @property
    def region(self) -> str:
        """Region in which it works."""
        return super().region or self.home.target.region

    @property
    def role_arn(self) -> str:
        """Role by which it works."""
        return super().role_arn or self.home.role_arn

    @property
    def account(self) -> str:
        """Account of the role."""
        return (self.role_arn.split(":") + [""] * 5)[4] or self.home.target.account

    @property
    def env(self) -> str:
        """Environment in which it works, as the policy judges it; the pipeline's if nothing says another."""
        return self.home.environments.get(self.place, self.home.environment)

    @property
    def is_approval(self) -> bool:
        """Whether somebody has to approve."""
        return self.category == APPROVAL

    @property
    def needs(self) -> tuple[variables.Reference, ...]:
        """Variables that its configuration refers to."""
        return tuple(variables.references(self))

    def __repr__(self) -> str:
        return f"<{self.place} {self.category}/{self.provider}>"


@dataclass(frozen=True, slots=True, repr=False)
class Stage:
    """One stage."""

    document: Mapping[str, Any]
    actions: tuple[Action, ...]

    @property
    def name(self) -> str:
        """Name, unique in the pipeline."""
        return str(self.document["name"])

    @at_caller
    def __getitem__(self, name: str) -> Action:
        """Give an action by name; raises KeyError that names those there are."""
        for action in self.actions:
            if action.name == name:
                return action
        near = selectors.nearest(name, (each.name for each in self.actions))
        raise KeyError(f"{self.name} has no action {name!r}; near are {near}")

    def __repr__(self) -> str:
        return f"<stage {self.name}: {', '.join(action.name for action in self.actions)}>"


@dataclass(frozen=True, slots=True)
class Artifact:
    """What one action makes and others take."""

    name: str
    producer: Action | None
    consumers: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of the pipeline."""

    name: str
    default: str | None
    """None means that every start has to give it."""
    description: str
    consumers: tuple[Action, ...]

"""Typed views over a declaration in the API's own shape.

The document is the truth: a view reads it and adds nothing to it, so a member that AWS adds tomorrow is carried along.
Views expect a document that `schema.check` has passed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.pipeline.lazy import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GATES = ("beforeEntry", "onSuccess", "onFailure")
"""Members of a stage that hold conditions (reference A.3)."""

_set = object.__setattr__
"""Past the guard of frozen classes: what rule after rule asks for is worked out once, when a view is made."""


def _names(artifacts: Any) -> tuple[str, ...]:
    return tuple([artifact["name"] for artifact in artifacts or ()])


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a stage (reference A.4)."""

    document: Mapping[str, Any]
    stage: str
    place: str = field(init=False, repr=False, compare=False)
    """`Stage/Action`, the way people and selectors name an action."""
    inputs: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """Names of the input artifacts."""
    outputs: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """Names of the output artifacts."""

    def __post_init__(self) -> None:
        _set(self, "place", f"{self.stage}/{self.name}")
        _set(self, "inputs", _names(self.document.get("inputArtifacts")))
        _set(self, "outputs", _names(self.document.get("outputArtifacts")))

    @property
    def name(self) -> str:
        """Name, unique in its stage."""
        return str(self.document["name"])

    @property
    def category(self) -> str:
        """`Source`, `Build`, `Deploy`, `Test`, `Invoke`, `Approval` or `Compute`."""
        return str(self.document["actionTypeId"]["category"])

    @property
    def owner(self) -> str:
        """`AWS`, `ThirdParty` or `Custom`."""
        return str(self.document["actionTypeId"]["owner"])

    @property
    def provider(self) -> str:
        """The provider, such as `CodeBuild`."""
        return str(self.document["actionTypeId"]["provider"])

    @property
    def version(self) -> str:
        """Version of the action type; a string, also where it looks like a number."""
        return str(self.document["actionTypeId"]["version"])

    @property
    def run_order(self) -> int:
        """Group inside the stage; 1 if undeclared (reference A.4)."""
        return int(self.document.get("runOrder", 1))

    @property
    def configuration(self) -> Mapping[str, Any]:
        """Configuration by key; empty if undeclared."""
        return self.document.get("configuration") or {}

    @property
    def region(self) -> str | None:
        """Region of the action; None means the pipeline's."""
        return self.document.get("region")

    @property
    def role_arn(self) -> str | None:
        """Role of the action; None means the pipeline's."""
        return self.document.get("roleArn")

    @property
    def namespace(self) -> str | None:
        """Namespace of the output variables, if they have one."""
        return self.document.get("namespace")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage (reference A.3)."""

    document: Mapping[str, Any]
    actions: tuple[Action, ...] = field(init=False, repr=False, compare=False)
    """Actions in the order of the document, which carries no meaning beside `run_order`."""

    def __post_init__(self) -> None:
        name = self.name
        _set(self, "actions", tuple([Action(action, name) for action in self.document["actions"]]))

    @property
    def name(self) -> str:
        """Name, unique in the pipeline."""
        return str(self.document["name"])


@dataclass(frozen=True)
class Pipeline:
    """A whole declaration (reference A.1)."""

    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name, unique in the account and Region."""
        return str(self.document["name"])

    @property
    def role_arn(self) -> str:
        """Service role."""
        return str(self.document["roleArn"])

    @lazy
    def stages(self) -> tuple[Stage, ...]:
        """Stages in order of execution."""
        return tuple([Stage(stage) for stage in self.document["stages"]])

    @lazy
    def actions(self) -> tuple[Action, ...]:
        """All actions, stage by stage."""
        return tuple([action for stage in self.stages for action in stage.actions])

    def __iter__(self) -> Iterator[Stage]:
        """Iterate over the stages in order of execution."""
        return iter(self.stages)

    def __getitem__(self, place: str) -> Action:
        """Give the action at `Stage/Action`; raises KeyError with the places there are."""
        for action in self.actions:
            if action.place == place:
                return action
        message = f"{self.name} has no action {place!r}; it has " + ", ".join(action.place for action in self.actions)
        raise KeyError(message)

"""A declaration made ready to run, once per version: groups, references, timeouts and names, so that runs only look up.

Rules of this file:

* Nothing here changes after it was made; executions of all forks share it.
* Times are milliseconds. A timeout of None means that AWS publishes none (reference C).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.simulation.durations import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LAMBDA_WINDOW = 20 * MINUTE
"""Without a reply for so long an invoked function has failed (reference C)."""


class Read(NamedTuple):
    """One variable reference inside one configuration value."""

    key: str
    text: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One action, ready to run."""

    index: int
    stage: str
    name: str
    place: str
    run_order: int
    category: str
    owner: str
    provider: str
    version: str
    region: str
    role: str
    configuration: Mapping[str, str]
    reads: tuple[Read, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    namespace: str
    timeout: int | None
    span: int
    variables: tuple[str, ...]
    """Names of the output variables that it gives when nothing is said."""
    known: frozenset[str] | None
    """All output variables that the provider can give; None if anything is possible."""
    sometimes: frozenset[str]
    """Those of them that not every run has."""
    source: str
    """What a Source action looks at, as one text; empty for others."""
    late: bool
    """In PARALLEL mode the revision is looked up when the action begins (reference E.2)."""
    abroad: bool
    """It runs in another Region than the pipeline (reference E.17)."""
    refusal: str
    """Why it cannot have its artifacts in the account that it works in (reference E.17); empty if it can."""
    notify: str
    document: Mapping[str, Any]

    @property
    def approval(self) -> bool:
        """Whether people decide."""
        return self.category == "Approval"

    @property
    def invokes_function(self) -> bool:
        """Whether it is a Lambda function that must report (reference D.5)."""
        return self.category == "Invoke" and self.provider == "Lambda"


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule of a condition, ready to run."""

    stage: str
    kind: str
    name: str
    provider: str
    configuration: Mapping[str, str]
    reads: tuple[Read, ...]
    timeout: int | None
    span: int
    document: Mapping[str, Any]

    @property
    def place(self) -> str:
        """`Stage.beforeEntry/Rule`, the way selectors name it."""
        return f"{self.stage}.{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """One condition: the rules, and what happens when they say no."""

    kind: str
    result: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Floor:
    """One stage, ready to run."""

    index: int
    name: str
    groups: tuple[tuple[Step, ...], ...]
    steps: Mapping[str, Step]
    conditions: Mapping[str, Condition]
    failure_result: str
    retry_mode: str


@dataclass(frozen=True, slots=True, eq=False)
class Blueprint:
    """One version of one pipeline, ready to run."""

    name: str
    version: int
    mode: str
    parallel: bool
    v2: bool
    floors: tuple[Floor, ...]
    places: Mapping[str, int]
    """Number of each stage, by name."""
    variables: Mapping[str, str | None]
    """Default of each pipeline variable; None if it has to be given."""
    sources: tuple[Step, ...]
    arn: str
    region: str
    document: Mapping[str, Any]

    def steps(self) -> Iterator[Step]:
        """Iterate over all actions, stage by stage."""
        return (step for floor in self.floors for step in floor.steps.values())

    def rules(self) -> Iterator[Rule]:
        """Iterate over all rules of all conditions."""
        return (rule for floor in self.floors for each in floor.conditions.values() for rule in each.rules)

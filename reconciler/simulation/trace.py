"""What a run was: immutable values, from the whole run down to one rule of one condition.

Times are integer milliseconds of virtual time since the world began. Statuses are spelled as AWS does (reference E.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOTHING: Mapping[str, Any] = MappingProxyType({})
"""The empty mapping that every record without details shares."""


def nothing() -> Mapping[str, Any]:
    """Give the empty mapping: a default for fields."""
    return NOTHING


TERMINAL = frozenset({"Succeeded", "Superseded", "Cancelled", "Failed", "Stopped"})
"""Statuses in which nothing happens any more unless somebody retries (reference E.1)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an action failed: AWS's job failure type, its error code, and a text (reference B.3)."""

    type: str
    """`JobFailed`, `ConfigurationError`, `PermissionError`, `RevisionOutOfSync`, `RevisionUnavailable`,
    `SystemUnavailable`; empty where there is only a code."""
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class RuleRun:
    """One rule of a condition, evaluated once: status of reference E.1."""

    name: str
    provider: str
    status: str
    started: int
    ended: int | None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class ConditionRun:
    """One evaluation of a stage's condition."""

    kind: str
    """`beforeEntry`, `onSuccess` or `onFailure`."""
    result: str
    """`FAIL`, `SKIP`, `ROLLBACK`, `RETRY`, or empty."""
    status: str
    started: int
    ended: int | None
    rules: tuple[RuleRun, ...]


@dataclass(frozen=True, slots=True)
class ActionRun:
    """One attempt of one action."""

    stage: str
    action: str
    id: str
    attempt: int
    """Counts from 1 within the execution."""
    run_order: int
    provider: str
    category: str
    region: str
    role: str
    status: str
    """`InProgress`, `Succeeded`, `Failed` or `Abandoned`."""
    started: int
    ended: int | None
    summary: str
    failure: Failure | None
    configuration: Mapping[str, str]
    """With every variable resolved."""
    inputs: Mapping[str, str]
    """Revision of each input artifact, by the artifact's name."""
    outputs: Mapping[str, str]
    variables: Mapping[str, str]
    token: str
    """Of an approval."""
    external_id: str
    by: str
    """Who approved or rejected."""

    @property
    def place(self) -> str:
        """`Stage/Action`."""
        return f"{self.stage}/{self.action}"


@dataclass(frozen=True, slots=True)
class StageRun:
    """What one execution did in one stage, retries included."""

    stage: str
    status: str
    attempt: int
    """1 on first entry, one more with each retry; 0 while it waits outside."""
    entered: int | None
    ended: int | None
    retry: str
    """`AutomatedStageRetry`, `ManualStageRetry`, or empty: the latest retry's trigger."""
    conditions: tuple[ConditionRun, ...]
    actions: tuple[ActionRun, ...]
    """All attempts of all actions, in order of start."""


@dataclass(frozen=True, slots=True)
class Start:
    """What started a run: AWS's triggerType with its detail, and what it asked for."""

    type: str = "StartPipelineExecution"
    detail: str = ""
    by: str = ""
    revisions: Mapping[str, str] = field(default_factory=nothing)
    """Revision by source action; a source that is not named takes its latest."""
    variables: Mapping[str, str] = field(default_factory=nothing)
    """Pipeline variables that are overridden."""
    branch: str = ""
    tag: str = ""
    pull_request: str = ""
    commit: str = ""
    message: str = ""
    """First line of the commit's message."""
    email: str = ""
    """Of the commit's author; the author is `by`."""
    provider: str = ""
    """Kind of the connection behind it, such as `GitHub`."""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why nothing moves in a run."""

    kind: str
    """`approval`, `transition`, `lock`, `outcome`, `job`, `window` or `budget`."""
    at: str
    """`Stage` or `Stage/Action`."""
    reason: str


class Record(NamedTuple):
    """One line of the world's log."""

    time: int
    serial: int
    kind: str
    """`pipeline`, `stage`, `action`, `rule`, `condition`, `transition`, `intent`, `message`, `copy` or `event`."""
    pipeline: str
    execution: str
    stage: str
    action: str
    state: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a pipeline: finished, under way, or parked."""

    pipeline: str
    id: str
    number: int
    version: int
    mode: str
    kind: str
    trigger: Start
    status: str
    started: int
    ended: int | None
    stages: tuple[StageRun, ...]
    """Those at which it arrived, in order of the pipeline."""
    variables: Mapping[str, str]
    """Pipeline variables as resolved at the start."""
    revisions: Mapping[str, str]
    superseded_by: str = ""
    waited_before: str = ""
    """The stage that it never entered, where it ended while it waited between stages: most often superseded."""
    waiting: Waiting | None = None
    rollback_of: str = ""
    """Id of the execution whose revisions a rollback uses."""
    summary: str = ""
    """AWS's `statusSummary`: free text."""
    stop_reason: str = ""
    now: int = 0
    """When this picture was taken."""
    events: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    """EventBridge-shaped, in order; built when first looked at."""

    @property
    def parked(self) -> bool:
        """Whether nothing moves until somebody acts."""
        return self.waiting is not None

    @property
    def parked_at(self) -> str:
        """`Stage` or `Stage/Action` at which it is parked, or empty."""
        return self.waiting.at if self.waiting else ""

    @property
    def elapsed(self) -> int:
        """Milliseconds from the start to the end, or to now."""
        return (self.now if self.ended is None else self.ended) - self.started

    @property
    def actions(self) -> tuple[ActionRun, ...]:
        """All attempts of all actions, stage by stage."""
        return tuple(action for stage in self.stages for action in stage.actions)

    def stage(self, name: str) -> StageRun:
        """Give one stage at which the run arrived; raises KeyError that names those."""
        for stage in self.stages:
            if stage.stage == name:
                return stage
        raise KeyError(_missing(f"the run never came to stage {name!r}", name, [each.stage for each in self.stages]))

    def attempts(self, place: str) -> tuple[ActionRun, ...]:
        """Give all attempts of the action at `Stage/Action`, oldest first; () if it never ran."""
        return tuple(action for action in self.actions if action.place == place)

    def action(self, place: str) -> ActionRun:
        """Give the last attempt of the action at `Stage/Action`; raises KeyError that names what ran."""
        if found := self.attempts(place):
            return found[-1]
        raise KeyError(_missing(f"{place!r} never ran", place, [action.place for action in self.actions]))


def _missing(what: str, name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, 3) or known
    return f"{what}; there is " + (", ".join(dict.fromkeys(near)) or "nothing yet")

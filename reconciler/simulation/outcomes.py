"""What the outside world does when an action, an approval or a rule runs: values that a test or a caller gives.

Spans are milliseconds or texts such as `5m`, counted from the start of the action; None means the provider's nominal
duration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from reconciler.errors import Broken
from reconciler.simulation.durations import Span, duration
from reconciler.simulation.trace import nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FAILURE_TYPES = (
    "JobFailed",
    "ConfigurationError",
    "PermissionError",
    "RevisionOutOfSync",
    "RevisionUnavailable",
    "SystemUnavailable",
)
"""AWS's job failure types (reference B.3)."""

ALARM_STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")


class _Timed:
    """Turns the field `after` into milliseconds."""

    __slots__ = ()
    after: Span | None

    def __post_init__(self) -> None:
        if self.after is not None:
            object.__setattr__(self, "after", duration(self.after))


@dataclass(frozen=True)
class Succeeds(_Timed):
    """The action or rule succeeds, with revisions of its output artifacts and with output variables."""

    artifacts: Mapping[str, str] = field(default_factory=nothing)
    variables: Mapping[str, str] = field(default_factory=nothing)
    after: Span | None = None
    summary: str = ""
    external_id: str = ""


@dataclass(frozen=True)
class Fails(_Timed):
    """The action or rule fails; `code` is the error code where it is not the type."""

    type: str = "JobFailed"
    message: str = ""
    after: Span | None = None
    code: str = ""

    def __post_init__(self) -> None:
        """Raise `Broken` for a type that AWS does not have."""
        super().__post_init__()
        if self.type not in FAILURE_TYPES:
            raise Broken(f"{self.type!r} is no failure type of AWS; choose " + ", ".join(FAILURE_TYPES))


@dataclass(frozen=True)
class Errs(_Timed):
    """A rule cannot be evaluated: its condition is `Errored` (reference I33)."""

    message: str = ""
    after: Span | None = None


@dataclass(frozen=True)
class Hangs:
    """Nothing is ever heard of it: the action ends at its timeout."""


@dataclass(frozen=True)
class Worker:
    """A job worker polls for the action, acknowledges it and reports; the world waits for that."""


@dataclass(frozen=True)
class Approved(_Timed):
    """Somebody approves."""

    by: str = "approver"
    after: Span | None = None
    summary: str = ""


@dataclass(frozen=True)
class Rejected(_Timed):
    """Somebody rejects."""

    by: str = "approver"
    reason: str = ""
    after: Span | None = None


@dataclass(frozen=True)
class Ignored:
    """Nobody answers: the approval ends at its timeout."""


@dataclass(frozen=True)
class Alarm(_Timed):
    """A CloudWatch alarm goes to `state`: at a time of the world, or a span after its rule started."""

    name: str
    state: str = "ALARM"
    at: Span | None = None
    after: Span | None = None

    def __post_init__(self) -> None:
        """Raise `Broken` for a state that CloudWatch does not have."""
        super().__post_init__()
        if self.state not in ALARM_STATES:
            raise Broken(f"{self.state!r} is no alarm state; choose " + ", ".join(ALARM_STATES))
        if self.at is not None:
            object.__setattr__(self, "at", duration(self.at))


@dataclass(frozen=True)
class Calls:
    """A function decides, each time the action starts."""

    function: Callable[[ActionContext], Outcome]


@dataclass(frozen=True)
class Runs:
    """A real Lambda handler decides: `module:handler`, run by the world's `handlers`."""

    handler: str


@dataclass(frozen=True)
class Continues(_Timed):
    """A Lambda handler answered with a continuation token: it is invoked again later (reference D.5)."""

    token: str
    after: Span | None = None


Outcome = Succeeds | Fails | Errs | Hangs | Worker | Approved | Rejected | Ignored | Alarm | Calls | Runs
Verdict = Outcome | Continues
"""What a Lambda handler gives: an outcome, or the wish to be invoked again."""

FOR_APPROVALS = (Approved, Rejected, Ignored, Calls)
FOR_ACTIONS = (Succeeds, Fails, Hangs, Worker, Calls, Runs)
FOR_RULES = (Succeeds, Fails, Errs, Hangs, Alarm, Calls, Runs)


@dataclass(frozen=True, slots=True)
class ActionContext:
    """What an outcome may look at when an action or a rule starts. Times are milliseconds since the world began."""

    pipeline: str
    execution: str
    stage: str
    action: str
    """Name of the action; of a rule, `kind/rule`, such as `beforeEntry/Window`."""
    attempt: int
    now: int
    account: str
    region: str
    provider: str
    configuration: Mapping[str, str] = field(default_factory=nothing)
    inputs: Mapping[str, str] = field(default_factory=nothing)
    """Revision by input artifact."""
    outputs: tuple[str, ...] = ()
    """Names of the output artifacts."""
    variables: Mapping[str, str] = field(default_factory=nothing)
    """Pipeline variables of the run."""
    job: str = ""
    """Id of the job, for invoked functions."""
    continuation: str = ""
    """The token of the previous answer, where there was one."""


class Handlers(Protocol):
    """Runs a real handler and judges it by what it reported; silence is `Hangs`."""

    def __call__(self, runs: Runs, context: ActionContext) -> Verdict:
        """Give the verdict of one invocation."""
        ...

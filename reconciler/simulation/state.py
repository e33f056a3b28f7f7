"""What changes while a world runs. Only the engine's own modules touch it; everybody else gets values of `trace`.

Rules of this file:

* A fork shares these objects. Whoever wants to change one asks the engine, which copies what another world may see:
  an `Execution` with its visits is one unit, a `Track` with its gates another.
* Statuses are AWS's words (reference E.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.simulation.blueprint import Blueprint, Condition, Floor, Rule, Step
    from reconciler.simulation.outcomes import Alarm
    from reconciler.simulation.trace import Failure, Record, Start

AT_GATE, IN_STAGE, ENDED = "gate", "stage", "ended"


class _Copied:
    """Copies itself member by member, without calling the constructor."""

    __slots__: tuple[str, ...] = ()

    def copy(self) -> Self:
        """Give a copy that shares its members."""
        twin = object.__new__(type(self))
        for name in self.__slots__:
            setattr(twin, name, getattr(self, name))
        return twin


class Named(Mapping[str, str]):
    """The mapping {"id": …}, in a third of the memory that a dict takes: every action of every execution has one."""

    __slots__ = ("id",)

    def __init__(self, identity: str) -> None:
        self.id = identity

    def __getitem__(self, key: str) -> str:
        if key != "id":
            raise KeyError(key)
        return self.id

    def __iter__(self) -> Iterator[str]:
        return iter(("id",))

    def __len__(self) -> int:
        return 1

    def __repr__(self) -> str:
        return repr(dict(self))


class Attempt(_Copied):
    """One attempt of one action."""

    __slots__ = ("by", "configuration", "deadline", "ended", "external_id", "failure", "id", "inputs", "named",
                 "number", "outputs", "started", "status", "step", "summary", "token", "variables",
                 "waits")  # fmt: skip

    def __init__(self, step: Step, identity: str, number: int, started: int) -> None:
        self.step, self.id, self.number, self.started = step, identity, number, started
        self.status = "InProgress"
        self.named: Mapping[str, str] = Named(identity)
        """What its lines of the log say of it; shared by all of them."""
        self.deadline = 0
        self.ended: int | None = None
        self.summary = self.token = self.external_id = self.by = ""
        self.failure: Failure | None = None
        self.configuration: Mapping[str, str] = step.configuration
        self.inputs: tuple[str, ...] = ()
        self.outputs: tuple[str, ...] = ()
        self.variables: Mapping[str, str] | None = None
        self.waits = ""
        """`approval`, `job`, `outcome`; empty while it works."""


class Ruling(_Copied):
    """One rule, evaluated once."""

    __slots__ = ("ended", "rule", "started", "status", "summary", "told", "waits")

    def __init__(self, rule: Rule, started: int) -> None:
        self.rule, self.started = rule, started
        self.told: Alarm | None = None
        """What was given for this rule alone, beside what the whole world knows of alarms."""
        self.status, self.summary, self.waits = "InProgress", "", ""
        self.ended: int | None = None


class Check(_Copied):
    """One evaluation of a condition."""

    __slots__ = ("condition", "ended", "rulings", "started", "status")

    def __init__(self, condition: Condition, started: int) -> None:
        self.condition, self.started = condition, started
        self.status = "InProgress"
        self.ended: int | None = None
        self.rulings = [Ruling(rule, started) for rule in condition.rules]

    def copy(self) -> Self:
        """Give a copy with rulings of its own."""
        twin = super().copy()
        twin.rulings = [ruling.copy() for ruling in self.rulings]
        return twin


class Visit(_Copied):
    """What one execution does in one stage."""

    __slots__ = ("attempt", "attempts", "automatic", "checks", "ended", "entered", "floor", "group", "latest",
                 "manual", "ready", "retry", "running", "status")  # fmt: skip

    def __init__(self, floor: Floor, entered: int) -> None:
        self.floor, self.entered = floor, entered
        self.status, self.retry = "InProgress", ""
        self.ended: int | None = None
        self.attempt, self.automatic, self.manual = 1, 0, 0
        self.group = self.running = 0
        self.checks: list[Check] = []
        self.attempts: list[Attempt] = []
        self.latest: dict[str, int] = {}
        """Where in `attempts` the one that counts is, by action."""
        self.ready: tuple[Step, ...] = ()
        """Actions of the present group that the quota of PARALLEL mode holds back."""

    def copy(self) -> Self:
        """Give a copy with attempts and checks of its own."""
        twin = super().copy()
        twin.checks = [check.copy() for check in self.checks]
        twin.attempts = [attempt.copy() for attempt in self.attempts]
        twin.latest = self.latest.copy()
        return twin

    def last(self, action: str) -> Attempt | None:
        """Give the attempt that counts of an action; None if it has none."""
        where = self.latest.get(action)
        return None if where is None else self.attempts[where]

    def failed(self) -> bool:
        """Tell whether an attempt that counts has failed."""
        return any(self.attempts[where].status == "Failed" for where in self.latest.values())

    def check(self) -> Check | None:
        """Give the evaluation that is under way, if one is."""
        return self.checks[-1] if self.checks and self.checks[-1].status == "InProgress" else None


class Execution(_Copied):
    """One execution of a pipeline."""

    __slots__ = ("artifacts", "attempt", "blueprint", "cancelling", "ended", "heads", "id", "kind", "mark", "number",
                 "place", "records", "revisions", "rollback_of", "stage", "stale", "start", "started", "status",
                 "stop_reason", "summary", "superseded_by", "values", "variables", "visits")  # fmt: skip

    def __init__(self, mark: object, identity: str, number: int, blueprint: Blueprint, start: Start) -> None:
        self.mark, self.id, self.number, self.blueprint, self.start = mark, identity, number, blueprint, start
        self.kind, self.status, self.place = "STANDARD", "InProgress", AT_GATE
        self.stage, self.attempt, self.started = 0, 1, 0
        self.ended: int | None = None
        self.visits: dict[int, Visit] = {}
        self.artifacts: dict[str, str] = {}
        self.revisions: dict[str, str] = {}
        self.values: dict[str, Mapping[str, str]] = {}
        self.variables: Mapping[str, str] = {}
        self.heads: Mapping[str, str] = {}
        self.records: list[Record] = []
        self.superseded_by = self.rollback_of = self.stop_reason = self.summary = ""
        self.cancelling = self.stale = False

    def owned(self, mark: object) -> Execution:
        """Give a copy that belongs to the world with this mark."""
        twin = self.copy()
        twin.mark = mark
        twin.visits = {index: visit.copy() for index, visit in self.visits.items()}
        twin.artifacts, twin.values = self.artifacts.copy(), self.values.copy()
        twin.revisions, twin.records = self.revisions.copy(), self.records.copy()
        return twin

    @property
    def visit(self) -> Visit | None:
        """The stage in which it is or ended; None before the first."""
        return self.visits.get(self.stage)

    @property
    def alive(self) -> bool:
        """Whether it is under way."""
        return self.status in ("InProgress", "Stopping")


class Gate(_Copied):
    """The way into one stage: its lock, those who wait, and the transition (reference E.4, E.5, E.8)."""

    __slots__ = ("by", "changed", "enabled", "holder", "latest", "queue", "reason")

    def __init__(self) -> None:
        self.holder = self.latest = self.by = self.reason = ""
        self.queue: tuple[str, ...] = ()
        self.enabled = True
        self.changed: int | None = None


class Track(_Copied):
    """One pipeline of the world: its versions, gates and executions."""

    __slots__ = ("active", "blueprint", "created", "executions", "gates", "mark", "numbered", "tags",
                 "tokens", "updated", "versions")  # fmt: skip

    def __init__(self, mark: object, blueprint: Blueprint, tags: Mapping[str, str], now: int) -> None:
        self.mark, self.blueprint, self.tags = mark, blueprint, tags
        self.versions: dict[int, Blueprint] = {blueprint.version: blueprint}
        self.gates: dict[str, Gate] = {floor.name: Gate() for floor in blueprint.floors}
        self.executions: list[str] = []
        self.active: dict[str, None] = {}
        self.tokens: dict[str, str] = {}
        self.numbered = 0
        self.created = self.updated = now

    def owned(self, mark: object) -> Track:
        """Give a copy that belongs to the world with this mark."""
        twin = self.copy()
        twin.mark = mark
        twin.versions, twin.tokens = self.versions.copy(), self.tokens.copy()
        twin.gates = {name: gate.copy() for name, gate in self.gates.items()}
        twin.executions, twin.active = self.executions.copy(), self.active.copy()
        return twin


class Job(NamedTuple):
    """Work that waits for a job worker or for an invoked function (reference D.5, F.1)."""

    id: str
    nonce: str
    execution: str
    stage: int
    where: int
    """Position of the attempt in its visit."""
    status: str
    type: tuple[str, str, str, str]
    continuation: str = ""
    detail: Any = None

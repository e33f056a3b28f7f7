"""What a pass needs of the outside world. Each port is given by the caller; tests give simple ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from reconciler.aws.pipelines import Declaration, Row
    from reconciler.aws.sessions import Access
    from reconciler.aws.starts import Run, Start
    from reconciler.pipeline.arns import Target
    from reconciler.pipeline.secrets import Keys
    from reconciler.plan.authors import Event
    from reconciler.plan.build import Identity
    from reconciler.plan.drift import Author, Drifted, Past
    from reconciler.plan.drift import Kind as DriftKind
    from reconciler.plan.efforts import Effort
    from reconciler.plan.health import Failure, Health
    from reconciler.plan.holds import Decision, Kind
    from reconciler.plan.live import Observation, Transition
    from reconciler.plan.news import News, Told
    from reconciler.plan.setbacks import Key, Setback
    from reconciler.simulation.interruption import Running
    from reconciler.source.repository import File, Snapshot
    from reconciler.store.drifts import Sighting, Slot
    from reconciler.store.history import Change as JournalEntry
    from reconciler.store.history import Intent
    from reconciler.store.outbox import Letter
    from reconciler.store.status import Status
    from reconciler.store.waits import Wait


class Repository(Protocol):
    """The git repository that says what should be."""

    def fetch(self) -> Snapshot:
        """Give the head of the branch and the definition files in it."""

    def read(self, file: File) -> bytes:
        """Give the bytes of one file of the last snapshot."""


class Cloud(Protocol):
    """The AWS calls of a pass; every failure is a Retry, Blocked or Broken."""

    def spent(self, target: Target) -> Effort:
        """Give what calls to a target took since this was last asked."""

    def silence(self) -> float:
        """Give the seconds since any call succeeded, infinity if none did."""

    def efforts(self) -> Mapping[Target, Effort]:
        """Give what calls to every target took since they were last asked for."""

    def account(self, access: Access) -> str:
        """Give the account id that the credentials belong to."""

    def rows(self, access: Access) -> tuple[Row, ...]:
        """Give name and stamp of every live pipeline, complete or an error."""

    def bulk_tags(self, access: Access) -> dict[str, dict[str, str]] | None:
        """Give tags by pipeline name, as the tagging API knows them; None when it may not be asked."""

    def tags(self, access: Access, name: str) -> dict[str, str]:
        """Give the tags of one pipeline, as CodePipeline itself knows them."""

    def read(self, access: Access, name: str) -> Declaration:
        """Give one live declaration; raises Absent."""

    def version(self, access: Access, name: str, number: int) -> dict[str, Any]:
        """Give an earlier version of a declaration; raises Absent."""

    def events(self, access: Access, name: str, since: datetime, until: datetime | None) -> tuple[Event, ...]:
        """Give what CloudTrail knows of a pipeline, newest first."""

    def last(self, access: Access, name: str) -> Health:
        """Give the last execution, without what failed in it."""

    def failures(self, access: Access, name: str, execution: str) -> tuple[Failure, ...]:
        """Give what failed in an execution."""

    def running(self, access: Access, name: str) -> tuple[str, ...]:
        """Give the ids of executions in progress."""

    def executions(self, access: Access, name: str) -> tuple[Running, ...]:
        """Give the executions in progress, each with the stage in which it is or before which it waits."""

    def glance(self, access: Access, name: str) -> tuple[Health, tuple[Running, ...]]:
        """Give the last execution and those in progress, of one answer: to tell people, not to write by."""

    def transitions(self, access: Access, name: str) -> Mapping[str, Transition | None]:
        """Give for every stage whether executions may enter it; None where it is not shown."""

    def inbound(self, access: Access, name: str) -> Mapping[str, Mapping[str, Any] | None]:
        """Give for every stage what AWS shows of the way into it, since when it is closed among it."""

    def role(self, access: Access, arn: str) -> Mapping[str, Any]:
        """Give trust, policies and boundary of a role in the account of a target; raises Absent or Denied."""

    def set_transition(self, access: Access, name: str, stage: str, state: Transition) -> None:
        """Let executions into a stage, or keep them out of it."""

    def runs(self, access: Access, name: str) -> tuple[Run, ...]:
        """Give the newest executions, oldest first, with the source revisions that each has."""

    def variables(self, access: Access, name: str, execution: str) -> dict[str, str]:
        """Give the values that an execution's variables have."""

    def start(self, access: Access, name: str, start: Start) -> str:
        """Start an execution and give its id."""

    def create(self, access: Access, document: dict[str, Any], tags: Mapping[str, str], own: Keys = ...) -> None:
        """Create a pipeline with its tags; `own` says what is secret in a team's own action types."""

    def update(self, access: Access, document: dict[str, Any], own: Keys = ...) -> None:
        """Replace a declaration; `own` as above."""

    def delete(self, access: Access, name: str) -> None:
        """Delete a pipeline."""

    def tag(self, access: Access, name: str, tags: Mapping[str, str]) -> None:
        """Set tags."""

    def untag(self, access: Access, name: str, keys: Collection[str]) -> None:
        """Remove tags."""


class Lease(Protocol):
    """The right to write, which one process has at a time."""

    @property
    def number(self) -> int | None:
        """Grows with every change of hands; None where nobody else can write. Raises Blocked without the lease."""

    def held(self) -> AbstractContextManager[None]:
        """Hold it: nothing happens if this process leads, else it is taken and given back. Raises Blocked."""

    def assure(self, seconds: float = 0) -> None:
        """Raise Blocked unless nobody else can have it for so many seconds."""


class Memory(Protocol):
    """What the reconciler remembers between passes."""

    fingerprint_key: bytes

    def observations(self, target: Target) -> dict[str, Observation]:
        """Give what was last seen in a target."""

    def observed_names(self, target: Target) -> set[str]:
        """Give the names of what was last seen in a target."""

    def documents(self, target: Target, names: Iterable[str]) -> dict[str, str]:
        """Give sealed declarations as JSON text."""

    def observed(self, rows: Iterable[tuple[Observation, str | None]]) -> None:
        """Remember observations; None keeps the declaration that is there."""

    def forget(self, target: Target, names: Iterable[str]) -> None:
        """Drop observations."""

    def readings(self, context: str, blobs: Iterable[str]) -> dict[str, str]:
        """Give remembered headers by blob id."""

    def remember_readings(self, context: str, readings: Mapping[str, str]) -> None:
        """Remember headers by blob id."""

    def trim_readings(self, context: str, keep: Collection[str]) -> None:
        """Drop headers of other contexts and of blobs that are gone."""

    def begin(self, commit: str, at: datetime, mode: str) -> int:
        """Open a pass and give its number."""

    def end(self, pass_id: int, at: datetime, outcome: str, counts: Mapping[str, int], message: str) -> None:
        """Close a pass."""

    def intend(self, intent: Intent, lease: int | None = None) -> int:
        """Journal a write before it happens; durable when it returns.

        Raises Blocked if `lease` is not the number of the lease now: another daemon leads.
        """

    def begun(self, pass_id: int, target: Target) -> Iterable[JournalEntry]:
        """Give the writes of a pass in a target, oldest first, whatever became of them."""

    def settle(self, journal_id: int, at: datetime, outcome: str, message: str, version_after: int | None) -> None:
        """Journal how a write ended."""

    def open_intents(self) -> Iterable[JournalEntry]:
        """Give the writes of which nobody wrote down how they ended, oldest first: their pass died."""

    def version_written(self, target: Target, name: str, version: int) -> str | None:
        """Give the masked declaration that a write of ours left as this version."""

    def drifts(self) -> Mapping[Slot, Sighting]:
        """Give the drifts that are open."""

    def sighted(self, found: Iterable[Drifted], over: Mapping[Slot, str], now: datetime, number: int = 0) -> None:
        """Remember what was seen, and what is over and how it ended."""

    def unattributed(self, kinds: Collection[DriftKind], since: datetime) -> Iterable[Sighting]:
        """Give the drifts without a known author that were last seen since then, newest first."""

    def attributed(self, sighting: int, author: Author | None, asked: datetime) -> None:
        """Remember who did it; None where it may be told later."""

    def past_drifts(self, since: datetime, name: str | None = None) -> tuple[Past, ...]:
        """Give what was over after a time, newest first."""

    def healths(self, *, idle: bool = ...) -> Mapping[tuple[Target, str], Health]:
        """Give what is known of executions; with `idle` only where AWS switched polling off."""

    def examined(self, rows: Iterable[Health]) -> None:
        """Remember what was found of executions."""

    def forget_healths(self, target: Target, names: Iterable[str]) -> None:
        """Drop what is known of executions of pipelines that are gone."""

    def decisions(self) -> tuple[Decision, ...]:
        """Give what people decided and nobody closed, oldest first."""

    def use_decision(self, number: int, at: datetime, count: int, digest: str) -> None:
        """Write down that a decision let changes pass, and what it stands for from now on."""

    def close_decision(self, number: int, at: datetime, by: str, ending: str) -> bool:
        """End a decision, once; give whether it was open."""

    def record_status(self, rows: Iterable[Status], targets: Iterable[Target]) -> None:
        """Remember the state of every pipeline of the targets that were read."""

    def record_efforts(self, efforts: Mapping[Target, Effort]) -> None:
        """Remember what a pass spent on each target."""

    def written(self, name: str, since: datetime, target: Target) -> Iterable[JournalEntry]:
        """Give the applied changes of one pipeline that were settled since then, oldest first."""

    def waits(self) -> dict[Identity, Wait]:
        """Give everything that waits for executions to end."""

    def wait(self, wait: Wait) -> None:
        """Remember what a pipeline waits for."""

    def waited(self, target: Target, name: str) -> None:
        """Forget that a pipeline waits."""

    def setbacks(self) -> Mapping[Key, Setback]:
        """Give what failed and has not succeeded since."""

    def set_back(self, failed: Iterable[Setback], over: Iterable[Key]) -> None:
        """Remember failures, and forget what is over."""

    def missing(self) -> dict[Identity, int]:
        """Give how many complete passes in a row have missed a pipeline in git."""

    def miss(self, found: Mapping[Identity, int]) -> None:
        """Remember how often each pipeline was missed, and forget the others."""

    def told(self) -> Mapping[str, Told]:
        """Give what was told and is not over, by key."""

    def tell(self, said: News, letters: Iterable[Letter], now: datetime) -> None:
        """Remember what is told now, forget what is over, and lay in what is to be sent: all of it, or nothing."""


class Notebook(Protocol):
    """Where people's decisions are written down."""

    def statuses(self) -> tuple[Status, ...]:
        """Give how every pipeline that is known stands."""

    def decide(self, decision: Decision) -> int:
        """Remember a decision and give its number."""

    def decisions(self) -> tuple[Decision, ...]:
        """Give the decisions that nobody closed, oldest first."""

    def past_decisions(self, kind: Kind, limit: int) -> tuple[Decision, ...]:
        """Give the decisions of a kind, closed or not, the newest first."""

    def close_decision(self, number: int, at: datetime, by: str, ending: str) -> bool:
        """End a decision, once; give whether it was open."""

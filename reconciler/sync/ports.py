"""What a pass needs of the outside world. Each port is given by the caller; tests give simple ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from reconciler.aws.pipelines import Declaration, Row
    from reconciler.aws.sessions import Access
    from reconciler.pipeline.arns import Target
    from reconciler.pipeline.secrets import Keys
    from reconciler.plan.live import Observation, Transition
    from reconciler.simulation.interruption import Running
    from reconciler.source.repository import File, Snapshot
    from reconciler.store.history import Change as JournalEntry
    from reconciler.store.history import Intent
    from reconciler.store.status import Status


class Repository(Protocol):
    """The git repository that says what should be."""

    def fetch(self) -> Snapshot:
        """Give the head of the branch and the definition files in it."""

    def read(self, file: File) -> bytes:
        """Give the bytes of one file of the last snapshot."""


class Cloud(Protocol):
    """The AWS calls of a pass; every failure is a Retry, Blocked or Broken."""

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

    def running(self, access: Access, name: str) -> tuple[str, ...]:
        """Give the ids of executions in progress."""

    def executions(self, access: Access, name: str) -> tuple[Running, ...]:
        """Give the executions in progress, each with the stage in which it is or before which it waits."""

    def transitions(self, access: Access, name: str) -> Mapping[str, Transition | None]:
        """Give for every stage whether executions may enter it; None where it is not shown."""

    def set_transition(self, access: Access, name: str, stage: str, state: Transition) -> None:
        """Let executions into a stage, or keep them out of it."""

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


class Memory(Protocol):
    """What the reconciler remembers between passes."""

    fingerprint_key: bytes

    def observations(self, target: Target) -> dict[str, Observation]:
        """Give what was last seen in a target."""

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

    def intend(self, intent: Intent) -> int:
        """Journal a write before it happens; durable when it returns."""

    def settle(self, journal_id: int, at: datetime, outcome: str, message: str, version_after: int | None) -> None:
        """Journal how a write ended."""

    def open_intents(self) -> Iterable[JournalEntry]:
        """Give the writes of which nobody wrote down how they ended, oldest first: their pass died."""

    def record_status(self, rows: Iterable[Status], targets: Iterable[Target]) -> None:
        """Remember the state of every pipeline of the targets that were read."""

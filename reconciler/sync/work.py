"""One change that is being applied: what it needs to know, and its journal."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.errors import Blocked, ReconcilerError
from reconciler.pipeline import canonical, secrets
from reconciler.plan.changes import change_document
from reconciler.store.history import Intent
from reconciler.sync import holding, reading
from reconciler.sync.state import Ending, Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.aws.sessions import Access
    from reconciler.definitions.definition import Definition
    from reconciler.pipeline.secrets import Sealer
    from reconciler.plan.changes import Change
    from reconciler.plan.live import Observation
    from reconciler.store.waits import Wait
    from reconciler.sync.state import Pass, World


@dataclass(slots=True)
class Work:
    """One change being applied, and its open journal entry."""

    change: Change
    state: Pass
    world: World
    alone: bool
    """Whether this is the only change of its pipeline."""
    wait: Wait | None = None
    """What the store knows of its waiting."""
    entry: int | None = None
    shown: dict[str, Any] | None = None
    """The declaration as AWS showed it before an update."""

    @property
    def access(self) -> Access:
        """How its target is reached."""
        return self.world.accesses[self.change.target]

    @property
    def sealer(self) -> Sealer:
        """What seals declarations."""
        return reading.context(self.world, self.state.catalogue).sealer

    @property
    def hiding(self) -> Sealer:
        """What seals a declaration that is sent: also what only AWS knows to be secret, as nobody declared its type."""
        return self.sealer.knowing(self.shown) if self.shown else self.sealer

    @property
    def seen(self) -> Observation:
        """What the plan saw of the pipeline."""
        return self.state.live[self.change.target][self.change.name]

    def definition(self) -> Definition:
        """Give the definition with its declaration."""
        return reading.with_body(self.state.definition(self.change.identity), self.state, self.world)

    def in_force(self, before: str) -> str:
        """Give the digest of the definition in force after this change, if nothing else of it is missing."""
        return self.state.definition(self.change.identity).digest if self.alone else before

    def go_on(self) -> None:
        """Raise Blocked if the pass was asked to stop, or a window that closed meanwhile stops it."""
        if self.world.stopping():
            raise Blocked("the pass was asked to stop before this change")
        if why := holding.shut(self.change, self.state, self.world):
            raise Blocked(why)

    def intend(self, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        """Journal the write that comes next; what was read before it took time, in which a stop may have been asked."""
        self.go_on()
        change = self.change
        intent = Intent(
            pass_id=self.state.number,
            at=self.world.now(),
            target=change.target,
            name=change.name,
            kind=change.kind.value,
            version_before=change.version or None,
            before=self._masked(before),
            after=self._masked(after),
            reason=f"{change.cause}: commit {self.state.known[0].commit[:12]}"
            + (f"; {change.warrant}" if change.warrant else ""),
            differences=json.dumps(change_document(change)["differences"]),
        )
        self.entry = self.world.memory.intend(intent, self.world.lease.number)

    def ended(self, ending: Ending, message: str = "", version: int = 0) -> Result:
        """Journal the outcome, if a write was begun."""
        if self.entry is not None:
            self.world.memory.settle(self.entry, self.world.now(), ending.value, message, version or None)
        return Result(self.change, ending, message, version)

    def _masked(self, document: dict[str, Any] | None) -> str | None:
        if document is None:
            return None
        return canonical.text(secrets.reveal_nothing(self.hiding.seal(document)))

    @contextmanager
    def journalled(self, kind: str, reason: str, *told: dict[str, str], begins: bool = False) -> Iterator[None]:
        """Journal a write beside the change itself: one of a kind, with its differences and why.

        One that makes good what an update interrupted goes on where one that `begins` something would not.
        """
        if begins:
            self.go_on()
        change = self.change
        intent = Intent(
            pass_id=self.state.number,
            at=self.world.now(),
            target=change.target,
            name=change.name,
            kind=kind,
            version_before=change.version or None,
            before=None,
            after=None,
            reason=reason,
            differences=json.dumps(told),
        )
        entry, memory = self.world.memory.intend(intent, self.world.lease.number), self.world.memory
        try:
            yield
        except ReconcilerError as error:
            memory.settle(entry, self.world.now(), Ending.FAILED.value, str(error), None)
            raise
        memory.settle(entry, self.world.now(), Ending.APPLIED.value, "", None)

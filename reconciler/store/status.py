"""How every pipeline stands since the last pass, and since when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from sqlalchemy import delete, insert, select

from reconciler.store import records, tables

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from reconciler.pipeline.arns import Target
    from reconciler.store.database import Database

State = Literal["synced", "drifted", "pending", "held", "failed", "unmanaged", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How one pipeline stands."""

    target: Target
    name: str
    state: State
    reason: str
    version: int | None
    since: datetime
    """When this state and reason began; the store keeps the older time while both stay the same."""
    last_pass: int


class Statuses:
    """The part of the store that knows how pipelines stand."""

    _database: Database

    def statuses(self) -> tuple[Status, ...]:
        """Give all statuses, sorted by target and name."""
        with self._database.reading() as connection:
            return _known(connection)

    def record_status(self, rows: Iterable[Status], targets: Iterable[Target] = ()) -> None:
        """Replace the statuses of every target that occurs in `rows`, or in `targets` if it has no pipeline left.

        Other targets keep theirs.
        """
        new = {(status.target, status.name): status for status in rows}
        with self._database.writing() as connection:
            old = {(status.target, status.name): status for status in _known(connection)}
            for target in {*targets, *(target for target, _ in new)}:
                connection.execute(delete(tables.statuses).where(records.within(tables.statuses, target)))
            if new:
                aged = [records.of(_aged(status, old.get(place))) for place, status in new.items()]
                connection.execute(insert(tables.statuses), aged)


def _known(connection: Connection) -> tuple[Status, ...]:
    query = select(tables.statuses).order_by(*tables.statuses.primary_key)
    return tuple(Status(**records.values(row)) for row in connection.execute(query).mappings())


def _aged(new: Status, old: Status | None) -> Status:
    if old and (old.state, old.reason) == (new.state, new.reason):
        return replace(new, since=old.since)
    return new

"""How every pipeline stands since the last pass, and since when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import delete, insert, select, update

from reconciler.pipeline.arns import Target
from reconciler.store import records, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from reconciler.store.database import Database

_Brief = tuple[Any, ...]
"""State, reason, version and since."""

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
        new: dict[Target, dict[str, Status]] = {target: {} for target in targets}
        for status in rows:
            new.setdefault(status.target, {})[status.name] = status
        with self._database.writing() as connection:
            old = _brief(connection)
            for target, found in new.items():
                _replace(connection, target, found, old.get(target, {}))


def _replace(connection: Connection, target: Target, new: Mapping[str, Status], old: Mapping[str, _Brief]) -> None:
    """Replace the statuses of a target; of those that stand as they stood only the pass is written, all at once."""
    c, here = tables.statuses.c, records.within(tables.statuses, target)
    last = max((each.last_pass for each in new.values()), default=0)
    told = {name: (each.state, each.reason, each.version) for name, each in new.items() if each.last_pass == last}
    same = {name for name, said in told.items() if name in old and old[name][:3] == said}
    for batch in records.batches(sorted(old.keys() - same)):
        connection.execute(delete(tables.statuses).where(here, c.name.in_(batch)))
    if same:
        connection.execute(update(tables.statuses).where(here).values(last_pass=last))
    if fresh := [_aged(each, old.get(name)) for name, each in new.items() if name not in same]:
        connection.execute(insert(tables.statuses), [records.of(each) for each in fresh])


def _brief(connection: Connection) -> dict[Target, dict[str, _Brief]]:
    """Give state, reason, version and since of everything that is known, by target and name."""
    c = tables.statuses.c
    query = select(c.account, c.region, c.name, c.state, c.reason, c.version, c.since)
    found: dict[tuple[str, str], dict[str, _Brief]] = {}
    for account, region, name, *rest in connection.execute(query):
        found.setdefault((account, region), {})[name] = tuple(rest)
    return {Target(*place): named for place, named in found.items()}


def _known(connection: Connection) -> tuple[Status, ...]:
    query = select(tables.statuses).order_by(*tables.statuses.primary_key)
    return tuple(Status(**records.values(row)) for row in connection.execute(query).mappings())


def _aged(new: Status, old: _Brief | None) -> Status:
    if old and old[:2] == (new.state, new.reason):
        return replace(new, since=old[3])
    return new

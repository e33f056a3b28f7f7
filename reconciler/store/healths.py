"""How the executions of each pipeline went when they were last looked at."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from reconciler.plan.health import Failure, Health
from reconciler.store import records, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.pipeline.arns import Target
    from reconciler.store.database import Database


class Healths:
    """The part of the store that knows how executions went."""

    _database: Database

    def healths(self, *, idle: bool = False) -> dict[tuple[Target, str], Health]:
        """Give what is known of executions, by target and name; with `idle` only where AWS switched polling off."""
        query = select(tables.healths)
        query = query.where(tables.healths.c.polling_disabled != "") if idle else query
        with self._database.reading() as connection:
            rows = (records.values(row) for row in connection.execute(query).mappings())
            found = (Health(**row | {"failures": _failures(row["failures"])}) for row in rows)
            return {(each.target, each.name): each for each in found}

    def examined(self, rows: Iterable[Health]) -> None:
        """Remember what was found; each has the time at which it was `read`."""
        new = [records.of(each) | {"failures": json.dumps([asdict(one) for one in each.failures])} for each in rows]
        with self._database.writing() as connection:
            records.upsert(connection, tables.healths, new)

    def forget_healths(self, target: Target, names: Iterable[str]) -> None:
        """Drop what is known of pipelines that nobody looks at any more."""
        table = tables.healths
        with self._database.writing() as connection:
            for batch in records.batches(names):
                connection.execute(delete(table).where(records.within(table, target), table.c.name.in_(batch)))


def _failures(text: str) -> tuple[Failure, ...]:
    return tuple(Failure(**each) for each in json.loads(text))

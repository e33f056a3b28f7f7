"""What failed and has not succeeded since: seldom more than a few rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from reconciler.plan.setbacks import Setback
from reconciler.store import records, tables

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from reconciler.plan.setbacks import Key
    from reconciler.store.database import Database


class Setbacks:
    """The part of the store that knows what failed."""

    _database: Database

    def setbacks(self) -> dict[Key, Setback]:
        """Give all of them, by what they belong to; targets and pipelines sorted."""
        query = select(tables.setbacks).order_by(*tables.setbacks.primary_key)
        with self._database.reading() as connection:
            found = [Setback(**records.values(row)) for row in connection.execute(query).mappings()]
        return {each.key: each for each in found}

    def set_back(self, failed: Iterable[Setback], over: Iterable[Key]) -> None:
        """Write failures down, each in place of what stood there, and forget what is over."""
        rows, gone = [records.of(each) for each in failed], list(over)
        if not rows and not gone:
            return
        with self._database.writing() as connection:
            for key in gone:
                connection.execute(delete(tables.setbacks).where(_at(key)))
            records.upsert(connection, tables.setbacks, rows)

    def retry(self, keys: Iterable[Key], at: datetime) -> None:
        """Have these tried by the next pass after a moment; how often they failed stays known until one succeeds."""
        with self._database.writing() as connection:
            for key in keys:
                connection.execute(update(tables.setbacks).where(_at(key)).values(next=at))


def _at(key: Key) -> ColumnElement[bool]:
    target, name, kind = key
    return records.within(tables.setbacks, target) & (tables.setbacks.c.name == name) & (tables.setbacks.c.kind == kind)

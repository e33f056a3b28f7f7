"""What waits for executions to end and what was shut meanwhile; and which pipelines git stopped naming, how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from reconciler.store import records, tables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.pipeline.arns import Target
    from reconciler.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A change that waits, and everything of ours that has to be taken back or made good because of it."""

    target: Target
    name: str
    digest: str
    """Digest of the definition that waits; empty for a deletion."""
    since: datetime
    """When the first pass was held by an execution."""
    stage: str = ""
    """The stage whose inbound transition we shut; empty while it is none."""
    version: int = 0
    """Live version before the update; another one means that the update took place."""
    again: tuple[str, ...] = ()
    """Ids of executions that are to be started again after the update, the oldest first."""
    restart: str = ""
    """How: `same` with their source revisions, `latest` afresh."""

    @property
    def identity(self) -> tuple[Target, str]:
        """Account, Region and name."""
        return self.target, self.name

    @property
    def owes(self) -> bool:
        """Whether something has to be taken back or made good."""
        return bool(self.stage or self.again)


class Waits:
    """The part of the store that knows what waits."""

    _database: Database

    def waits(self) -> dict[tuple[Target, str], Wait]:
        """Give everything that waits, by pipeline; seldom more than a few."""
        with self._database.reading() as connection:
            rows = connection.execute(select(tables.waits)).mappings()
            found = [Wait(**{**records.values(row), "again": tuple(row["again"])}) for row in rows]
        return {each.identity: each for each in found}

    def wait(self, wait: Wait) -> None:
        """Write down what a pipeline waits for, in place of what stood there."""
        row = records.of(wait) | {"again": list(wait.again)}
        with self._database.writing() as connection:
            records.upsert(connection, tables.waits, [row])

    def waited(self, target: Target, name: str) -> None:
        """Forget that a pipeline waits."""
        table = tables.waits
        with self._database.writing() as connection:
            connection.execute(delete(table).where(records.within(table, target), table.c.name == name))

    def missing(self) -> dict[tuple[Target, str], int]:
        """Give how many complete passes in a row have missed a pipeline in git."""
        with self._database.reading() as connection:
            rows = [records.values(row) for row in connection.execute(select(tables.missing)).mappings()]
        return {(row["target"], row["name"]): row["seen"] for row in rows}

    def miss(self, found: Mapping[tuple[Target, str], int]) -> None:
        """Write down how often each pipeline was missed; what is not among them is forgotten."""
        rows = [{"account": place[0], "region": place[1], "name": name, "seen": seen}
                for (place, name), seen in found.items()]  # fmt: skip
        with self._database.writing() as connection:
            connection.execute(delete(tables.missing))
            if rows:
                connection.execute(insert(tables.missing), rows)

"""What people decided: suspensions, overrides and approvals. Nothing is removed: who did what can always be told."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from reconciler.plan.holds import Decision, Kind
from reconciler.store import tables

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select

    from reconciler.store.database import Database


class Decisions:
    """The part of the store that knows what people decided."""

    _database: Database

    def decide(self, decision: Decision) -> int:
        """Remember a decision and give its number."""
        row = {field.name: getattr(decision, field.name) for field in fields(decision) if field.name != "id"}
        table = tables.decisions
        with self._database.writing() as connection:
            return int(connection.scalar(insert(table).values(row).returning(table.c.id)) or 0)

    def decisions(self) -> tuple[Decision, ...]:
        """Give the decisions that nobody closed, oldest first; some of them may have expired."""
        c = tables.decisions.c
        return self._decisions(select(tables.decisions).where(c.ended.is_(None)).order_by(c.id))

    def past_decisions(self, kind: Kind, limit: int) -> tuple[Decision, ...]:
        """Give the decisions of a kind, closed or not, the newest first."""
        c = tables.decisions.c
        return self._decisions(select(tables.decisions).where(c.kind == kind).order_by(c.id.desc()).limit(limit))

    def use_decision(self, number: int, at: datetime, count: int, digest: str) -> None:
        """Write down that a decision let `count` changes pass; `digest` is what it stands for from now on."""
        c = tables.decisions.c
        with self._database.writing() as connection:
            row = {"uses": c.uses + count, "used": at, "digest": digest}
            connection.execute(update(tables.decisions).where(c.id == number).values(row))

    def close_decision(self, number: int, at: datetime, by: str, ending: str) -> bool:
        """End a decision, once; give whether it was open. `by` is empty if nobody did it."""
        c = tables.decisions.c
        row = {"ended": at, "ended_by": by, "ending": ending}
        with self._database.writing() as connection:
            done = connection.execute(update(tables.decisions).where(c.id == number, c.ended.is_(None)).values(row))
            return done.rowcount == 1

    def _decisions(self, query: Select[tuple[object, ...]]) -> tuple[Decision, ...]:
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings()
            return tuple(Decision(**{**row, "kind": Kind(row["kind"])}) for row in rows)

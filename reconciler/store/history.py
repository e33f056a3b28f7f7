"""Passes, and the journal of changes: an intent before each write, its outcome after it.

An intent without an outcome means that the process died in between; the pipeline itself tells what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Table, delete, insert, or_, select, update

from reconciler.store import records, tables, terms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Select

    from reconciler.pipeline.arns import Target
    from reconciler.store.database import Database

KEPT = timedelta(days=7)
"""How long a pass that changed nothing is remembered; passes with changes are kept for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One reconcile: of which commit, when, and how it went."""

    id: int
    commit: str
    mode: str
    began: datetime
    ended: datetime | None
    """None while it runs, and for good if the process died."""
    outcome: str
    counts: Mapping[str, int]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A write that is about to happen. Documents are JSON text in which every secret is masked."""

    pass_id: int
    at: datetime
    target: Target
    name: str
    kind: str
    """What is written: create, update, delete, adopt, tag, transition; or start, of an execution."""
    version_before: int | None
    before: str | None
    """The live document; None if there was none, or if the change leaves it alone."""
    after: str | None
    """The wanted document; None for a deletion, or if the change leaves it alone."""
    reason: str
    differences: str
    """JSON text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Intent):
    """A journal entry: the intent, and what came of it."""

    id: int
    settled: datetime | None
    """None as long as nobody knows the outcome."""
    outcome: str
    """`applied`, `held`, `failed` or `unknown`; empty before it is settled."""
    message: str
    version_after: int | None


class History:
    """The part of the store that knows what was done."""

    _database: Database

    def begin(self, commit: str, at: datetime, mode: str) -> int:
        """Open a pass and give its id."""
        return self._add(tables.passes, {"commit": commit, "began": at, "mode": mode, "counts": {}})

    def end(self, pass_id: int, at: datetime, outcome: str, counts: Mapping[str, int], message: str) -> None:
        """Close a pass, and drop those that are older than `KEPT` and changed nothing."""
        self._set(tables.passes, pass_id, {"ended": at, "outcome": outcome, "counts": dict(counts), "message": message})
        changed = select(tables.changes.c.pass_id)
        quiet = tables.passes.c.began < at - KEPT, tables.passes.c.id.not_in(changed)
        with self._database.writing() as connection:
            connection.execute(delete(tables.passes).where(*quiet))

    def intend(self, intent: Intent, lease: int | None = None) -> int:
        """Write down a write before it happens and give the journal id; it survives the death of the process.

        `lease` is the number under which this process writes; raises `Blocked` if another one leads now.
        """
        return self._add(tables.changes, records.of(intent), lease)

    def settle(self, journal_id: int, at: datetime, outcome: str, message: str, version_after: int | None) -> None:
        """Write down what came of an intent, as `Change.outcome` has it; a later word replaces an earlier one."""
        result = {"settled": at, "outcome": outcome, "message": message, "version_after": version_after}
        self._set(tables.changes, journal_id, result)

    def open_intents(self) -> tuple[Change, ...]:
        """Give the intents that were never settled, oldest first: the process died in between."""
        c = tables.changes.c
        return self._changes(select(tables.changes).where(c.settled.is_(None)).order_by(c.id))

    def begun(self, pass_id: int, target: Target) -> tuple[Change, ...]:
        """Give the changes of one pass in a target, oldest first, settled or not."""
        c = tables.changes.c
        query = select(tables.changes).where(c.pass_id == pass_id, records.within(tables.changes, target))
        return self._changes(query.order_by(c.id))

    def written(self, name: str, since: datetime, target: Target) -> tuple[Change, ...]:
        """Give the applied changes of one pipeline that were settled since then, oldest first."""
        c = tables.changes.c
        query = select(tables.changes).where(*_about(name, target), c.outcome == "applied", c.settled > since)
        return self._changes(query.order_by(c.id))

    def changes(self, name: str | None, limit: int, target: Target | None = None) -> tuple[Change, ...]:
        """Give the newest changes first: of one pipeline, of one target, or all."""
        query = select(tables.changes).where(*_about(name, target))
        return self._changes(query.order_by(tables.changes.c.id.desc()).limit(limit))

    def passes(self, limit: int) -> tuple[Pass, ...]:
        """Give the newest passes first."""
        query = select(tables.passes).order_by(tables.passes.c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return tuple(Pass(**row) for row in connection.execute(query).mappings())

    def at(self, name: str, when: datetime, target: Target | None = None) -> str | None:
        """Give the masked document (JSON text) that the last applied change until then left; None if it was deleted.

        Changes that leave the document alone, such as tags, are passed over.
        """
        c = tables.changes.c
        query = select(c.after).where(
            *_about(name, target),
            c.outcome == "applied",
            c.settled <= when,
            or_(c.after.is_not(None), c.kind == "delete"),
        )
        with self._database.reading() as connection:
            return connection.scalar(query.order_by(c.settled.desc(), c.id.desc()).limit(1))

    def version_written(self, target: Target, name: str, version: int) -> str | None:
        """Give the masked document (JSON text) that an applied change left as this version; None if none did."""
        c = tables.changes.c
        query = select(c.after).where(*_about(name, target), c.outcome == "applied", c.version_after == version)
        with self._database.reading() as connection:
            return connection.scalar(query.where(c.after.is_not(None)).order_by(c.id.desc()).limit(1))

    def _changes(self, query: Select[tuple[object, ...]]) -> tuple[Change, ...]:
        with self._database.reading() as connection:
            return tuple(Change(**records.values(row)) for row in connection.execute(query).mappings())

    def _add(self, table: Table, row: records.Row, lease: int | None = None) -> int:
        with self._database.writing() as connection:
            if lease is not None:
                terms.confirm(connection, lease)
            key = connection.scalar(insert(table).values(row | {"outcome": "", "message": ""}).returning(table.c.id))
        return int(key or 0)

    def _set(self, table: Table, key: int, row: records.Row) -> None:
        with self._database.writing() as connection:
            connection.execute(update(table).where(table.c.id == key).values(row))


def _about(name: str | None, target: Target | None) -> tuple[ColumnElement[bool], ...]:
    named = () if name is None else (tables.changes.c.name == name,)
    return named if target is None else (*named, records.within(tables.changes, target))

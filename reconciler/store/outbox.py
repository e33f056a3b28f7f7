"""What is to be sent, until it has arrived; and which facts were told, until they are over.

Rules of this file:

* What was told and what is to be sent about it are written in one transaction: nothing is lost, and nothing told twice.
* Whoever sends takes a letter first, for a while: of two that send, one does, and what a dead process took comes again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from reconciler.plan import news
from reconciler.store import records, tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from reconciler.plan.news import News, Told
    from reconciler.store.database import Database

KEPT = timedelta(days=7)
"""How long a letter that was given up is remembered, and one that nobody ever tried to send."""
AT_ONCE = 200
"""Letters that are given at once; a place that answers again after a long time is not flooded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Something to be sent."""

    channel: str
    """To where: a name that holds no secret, see `sync.addresses`."""
    kind: str
    body: str
    """The kind and the JSON text of an item, see `report.notices.pack`; no secret is in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted(Letter):
    """A letter that waits, or that was given up."""

    id: int
    at: datetime
    due: datetime
    """When it may be tried next."""
    attempts: int = 0
    fault: str = ""
    """Why the last attempt failed; empty if none did."""
    ended: datetime | None = None
    """When it was given up; None while it waits."""


class Outbox:
    """The part of the store that knows what is to be sent, and what was told."""

    _database: Database

    def told(self) -> dict[str, Told]:
        """Give what was told and is not over, by key."""
        with self._database.reading() as connection:
            rows = connection.execute(select(tables.told)).mappings()
            return {row["key"]: news.Told(news.fact(row["fact"]), row["since"]) for row in rows}

    def tell(self, said: News, letters: Iterable[Letter], now: datetime) -> None:
        """Remember what is told now, forget what is over, and lay letters in: all of it, or nothing."""
        waiting = {"at": now, "due": now, "attempts": 0, "fault": "", "ended": None}
        rows = [{"channel": each.channel, "kind": each.kind, "body": each.body, **waiting} for each in letters]
        gone = [each.fact.key for each in (*said.over, *said.dropped)]
        new = [replace(each, text="") for each in said.new if not each.event]  # an end is told without it
        kept = [{"key": each.key, "since": now, "fact": news.document(each)} for each in new]
        with self._database.writing() as connection:
            for keys in records.batches(gone):
                connection.execute(delete(tables.told).where(tables.told.c.key.in_(keys)))
            records.upsert(connection, tables.told, kept)
            if rows:
                connection.execute(insert(tables.outbox), rows)
            c = tables.outbox.c
            connection.execute(delete(tables.outbox).where((c.ended < now - KEPT) | (c.at < now - KEPT)))

    def due(self, now: datetime) -> tuple[Posted, ...]:
        """Give the letters that may be sent now, oldest first."""
        c = tables.outbox.c
        query = select(tables.outbox).where(c.ended.is_(None), c.due <= now).order_by(c.id).limit(AT_ONCE)
        with self._database.reading() as connection:
            return tuple(Posted(**row) for row in connection.execute(query).mappings())

    def take(self, letters: Iterable[Posted], until: datetime) -> tuple[Posted, ...]:
        """Take letters until then; gives those that nobody else took meanwhile."""
        c, taken = tables.outbox.c, []
        with self._database.writing() as connection:
            for each in letters:
                free = update(tables.outbox).where(c.id == each.id, c.due == each.due, c.ended.is_(None))
                if connection.execute(free.values(due=until)).rowcount:
                    taken.append(each)
        return tuple(taken)

    def sent(self, ids: Collection[int]) -> None:
        """Forget letters that have arrived."""
        with self._database.writing() as connection:
            connection.execute(delete(tables.outbox).where(tables.outbox.c.id.in_(ids)))

    def unsent(self, letter: Posted, fault: str, due: datetime, ended: datetime | None) -> None:
        """Write down why a letter did not arrive, and when it is tried again; `ended` gives it up, and empties it."""
        row = {"attempts": letter.attempts + 1, "fault": fault, "due": due, "ended": ended}
        row |= {"body": ""} if ended else {}
        with self._database.writing() as connection:
            connection.execute(update(tables.outbox).where(tables.outbox.c.id == letter.id).values(row))

    def waiting(self) -> int:
        """Give how many letters have not arrived yet and are not given up."""
        query = select(func.count()).select_from(tables.outbox).where(tables.outbox.c.ended.is_(None))
        with self._database.reading() as connection:
            return int(connection.scalar(query) or 0)

    def troubled(self) -> tuple[Posted, ...]:
        """Give the letters that failed at least once, oldest first, those that were given up among them."""
        c = tables.outbox.c
        with self._database.reading() as connection:
            rows = connection.execute(select(tables.outbox).where(c.attempts > 0).order_by(c.id)).mappings()
            return tuple(Posted(**row) for row in rows)

"""The row in which the lease stands, as statements: each is one transaction, by the clock of the database.

SQLite's row has no end, for there it is a lock file that ends with its holder.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import DateTime, Interval, and_, extract, func, literal, select, update

from reconciler.errors import Blocked
from reconciler.store import records, tables

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from reconciler.store.database import Database

_NAME = "writer"
_TABLE = tables.leases


class Row(NamedTuple):
    """What stands there."""

    holder: str
    number: int
    since: datetime
    left: float
    """Seconds until it ends; in the past if negative, and 0 for SQLite."""


def take(database: Database, holder: str, duration: float) -> int:
    """Write the holder into a row that has ended, with the next number; give that, or 0 if it has not ended."""
    shared = database.is_shared
    given = {"holder": holder, "since": _now() if shared else datetime.now(UTC), "expires": _end(database, duration)}
    with database.stating() as connection:
        row = records.insert(connection)(_TABLE).values(name=_NAME, number=1, **given)
        taken = row.on_conflict_do_update(
            index_elements=["name"],
            set_=given | {"number": _TABLE.c.number + 1},
            where=_TABLE.c.expires <= _now() if shared else None,
        )
        return connection.scalar(taken.returning(_TABLE.c.number)) or 0


def keep(database: Database, holder: str, number: int, duration: float) -> bool:
    """Move the end of the holder's own row, which may have passed; give whether it is still the holder's."""
    kept = update(_TABLE).where(_own(holder, number)).values(expires=_end(database, duration))
    asked = select(_TABLE.c.number).where(_own(holder, number))
    with database.stating() if database.is_shared else database.reading() as connection:
        return bool(connection.scalar(kept.returning(_TABLE.c.number) if database.is_shared else asked))


def end(database: Database, holder: str, number: int) -> None:
    """End the holder's own row now."""
    if database.is_shared:
        with database.stating() as connection:
            connection.execute(update(_TABLE).where(_own(holder, number)).values(expires=_now()))


def read(database: Database) -> Row | None:
    """Give the row; None if the lease was never taken."""
    left = extract("epoch", _TABLE.c.expires - _now()) if database.is_shared else literal(0)
    query = select(_TABLE.c.holder, _TABLE.c.number, _TABLE.c.since, left).where(_TABLE.c.name == _NAME)
    with database.reading() as connection:
        found = connection.execute(query).one_or_none()
    return Row(found[0], found[1], found[2], float(found[3])) if found else None


def confirm(connection: Connection, number: int) -> None:
    """Raise `Blocked` unless `number` is the current one; it stays so until the end of the transaction."""
    query = select(_TABLE.c.number, _TABLE.c.holder).where(_TABLE.c.name == _NAME).with_for_update(read=True)
    found = connection.execute(query).one_or_none()
    if found is None or found.number != number:
        holder = f", {name(found.holder)}" if found else ""
        raise Blocked(f"another daemon leads now{holder}; nothing was written")


def name(holder: str) -> str:
    """Give HOST:PID of a holder as the row names it, where a random word tells processes of the same PID apart."""
    return holder.partition(" ")[0]


def _own(holder: str, number: int) -> ColumnElement[bool]:
    return and_(_TABLE.c.name == _NAME, _TABLE.c.number == number, _TABLE.c.holder == holder)


def _end(database: Database, duration: float) -> Any:
    return _now() + literal(timedelta(seconds=duration), Interval) if database.is_shared else None


def _now() -> Any:
    """Give the server's time as it is when a row is looked at, not when its transaction began."""
    return func.clock_timestamp(type_=DateTime(timezone=True))

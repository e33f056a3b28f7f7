"""Values to rows and back, and writing many rows at once."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_

from reconciler.pipeline.arns import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Table

Row = dict[str, Any]

_BATCH = 500
"""Values of one `IN (…)`; every database takes so many."""


def of(value: Any) -> Row:
    """Give the row of a dataclass; its `target` becomes account and region."""
    row = {field.name: getattr(value, field.name) for field in fields(value)}
    account, region = row.pop("target")
    return row | {"account": account, "region": region}


def values(row: Mapping[Any, Any]) -> Row:
    """Give the keyword arguments of a dataclass: `of` undone."""
    arguments = dict(row)
    return arguments | {"target": Target(arguments.pop("account"), arguments.pop("region"))}


def within(table: Table, target: Target) -> ColumnElement[bool]:
    """Give the condition that a row belongs to a target."""
    return and_(table.c.account == target.account, table.c.region == target.region)


def batches(keys: Iterable[str]) -> Iterator[Sequence[str]]:
    """Cut keys into pieces that fit into one statement."""
    whole = list(keys)
    return (whole[start : start + _BATCH] for start in range(0, len(whole), _BATCH))


def upsert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows or overwrite the ones of the same primary key; no key may be given twice."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = insert(connection)(table)
    new = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=new), rows)


def insert_once(connection: Connection, table: Table, row: Row) -> None:
    """Insert a row unless there is one of the same primary key, which another process may write at this moment."""
    connection.execute(insert(connection)(table).values(row).on_conflict_do_nothing())


def insert(connection: Connection) -> Any:
    """Give the dialect's own INSERT, the only one that knows ON CONFLICT; a dialect is imported where it is used."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415

    return sqlite.insert

"""What definition files said, by the id of their blob, so that a file is parsed once in its life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from reconciler.store import records, tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from reconciler.store.database import Database


class Readings:
    """The part of the store that knows definition files.

    A `context` is the digest of everything else that a reading depends on, such as settings and the program's version.
    """

    _database: Database

    def readings(self, context: str, blobs: Iterable[str]) -> dict[str, str]:
        """Give the readings (JSON text) of these blobs in this context; unknown blobs are left out."""
        c = tables.readings.c
        query = select(c.blob, c.body).where(c.context == context)
        found: dict[str, str] = {}
        with self._database.reading() as connection:
            for batch in records.batches(blobs):
                found.update((blob, body) for blob, body in connection.execute(query.where(c.blob.in_(batch))))
        return found

    def remember_readings(self, context: str, readings: Mapping[str, str]) -> None:
        """Store readings (JSON text) by blob."""
        said = [{"context": context, "blob": blob, "body": body} for blob, body in readings.items()]
        with self._database.writing() as connection:
            records.upsert(connection, tables.readings, said)

    def trim_readings(self, context: str, keep: Collection[str]) -> None:
        """Drop the readings of other contexts, and those of blobs that are not among `keep`."""
        c = tables.readings.c
        with self._database.writing() as connection:
            connection.execute(delete(tables.readings).where(c.context != context))
            stale = set(connection.scalars(select(c.blob))).difference(keep)
            for batch in records.batches(stale):
                connection.execute(delete(tables.readings).where(c.blob.in_(batch)))

"""The live pipelines as they were last read, so that a quiet pass reads only a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from reconciler.plan.live import Observation, Stamp
from reconciler.store import records, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.pipeline.arns import Target
    from reconciler.store.database import Database

_AS_THEY_ARE = ("digest", "tags", "agreed", "agreed_version", "applied", "bounced")
"""Fields that are columns of the same name and value."""


class _Once:
    """Gives equal values as one and the same, where there may be a hundred thousand of each; nobody changes them."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def __call__(self, value: Any) -> Any:
        """Give a value as it was given the first time; tags are known by what they hold, in their order."""
        key = (dict, *value.items()) if isinstance(value, dict) else value
        return self._known.setdefault(key, value)


class Observations:
    """The part of the store that knows live pipelines."""

    _database: Database

    def observations(self, target: Target) -> dict[str, Observation]:
        """Give what is known of a target, by name, without the documents."""
        c = tables.observations.c
        query = select(c.name, c.created, c.version, c.updated, *(c[field] for field in _AS_THEY_ARE), c.managed_tags)
        once = _Once()
        with self._database.reading() as connection:
            found = connection.execute(query.where(records.within(tables.observations, target)))
            return {
                name: Observation(
                    target,
                    name,
                    Stamp(once(created), version, once(updated)),
                    managed_tags=once(tuple(managed_tags)),
                    **dict(zip(_AS_THEY_ARE, map(once, rest), strict=True)),
                )
                for name, created, version, updated, *rest, managed_tags in found
            }

    def observed_names(self, target: Target) -> set[str]:
        """Give the names of what is known of a target."""
        query = select(tables.observations.c.name).where(records.within(tables.observations, target))
        with self._database.reading() as connection:
            return set(connection.scalars(query))

    def documents(self, target: Target, names: Iterable[str]) -> dict[str, str]:
        """Give the sealed declarations of these pipelines as JSON text; names without one are left out."""
        c = tables.documents.c
        query = select(c.name, c.body).where(records.within(tables.documents, target))
        found: dict[str, str] = {}
        with self._database.reading() as connection:
            for batch in records.batches(names):
                found.update((name, body) for name, body in connection.execute(query.where(c.name.in_(batch))))
        return found

    def observed(self, rows: Iterable[tuple[Observation, str | None]]) -> None:
        """Store observations with their sealed declarations (JSON text); the last of a name wins.

        Where the document is None, the stored one stays.
        """
        light, whole = {}, {}
        for observation, document in rows:
            place = (*observation.target, observation.name)
            light[place] = _row(observation)
            if document is not None:
                whole[place] = dict(zip(("account", "region", "name", "body"), (*place, document), strict=True))
        with self._database.writing() as connection:
            records.upsert(connection, tables.observations, list(light.values()))
            records.upsert(connection, tables.documents, list(whole.values()))

    def forget(self, target: Target, names: Iterable[str]) -> None:
        """Drop what is known of these pipelines; their documents go with them (ON DELETE CASCADE)."""
        table = tables.observations
        with self._database.writing() as connection:
            for batch in records.batches(names):
                connection.execute(delete(table).where(records.within(table, target), table.c.name.in_(batch)))


def _row(observation: Observation) -> records.Row:
    row = records.of(observation)
    stamp: Stamp = row.pop("stamp")
    return row | stamp._asdict() | {"tags": dict(observation.tags), "managed_tags": list(observation.managed_tags)}

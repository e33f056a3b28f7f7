"""What the last pass spent on each target: one value, replaced by the next pass."""

from __future__ import annotations

import json
import zlib
from dataclasses import astuple
from typing import TYPE_CHECKING

from sqlalchemy import select

from reconciler.pipeline.arns import Target
from reconciler.plan.efforts import Effort
from reconciler.store import records, tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.store.database import Database

_KEY = "efforts"


class Efforts:
    """The part of the store that knows what the last pass took."""

    _database: Database

    def efforts(self) -> dict[Target, Effort]:
        """Give what the last pass spent on each target."""
        query = select(tables.meta.c.value).where(tables.meta.c.key == _KEY)
        with self._database.reading() as connection:
            found = connection.scalar(query)
        rows = json.loads(zlib.decompress(bytes(found))) if found else []
        return {Target(*target): Effort(*rest) for target, rest in rows}

    def record_efforts(self, efforts: Mapping[Target, Effort]) -> None:
        """Remember what a pass spent on each target, in place of what was known."""
        rows = [[list(target), astuple(effort)] for target, effort in sorted(efforts.items())]
        value = zlib.compress(json.dumps(rows).encode())
        with self._database.writing() as connection:
            records.upsert(connection, tables.meta, [{"key": _KEY, "value": value}])

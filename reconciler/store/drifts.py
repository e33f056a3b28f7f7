"""Drift as it was sighted: since when each one is there, how often it was seen, who did it, and when it was over.

Rules of this file:

* Of one pipeline and one slot at most one drift is open. A declaration has one slot: what was a changed field yesterday
  may be an additional one today, and is the same drift.
* A drift that goes on keeps its onset. Its author is asked for anew where it differs in another way than before.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from reconciler.pipeline import canonical
from reconciler.plan.drift import Author, Edit, Kind, Past, slot
from reconciler.store import records, tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Connection

    from reconciler.pipeline.arns import Target
    from reconciler.plan.drift import Drifted, Severity
    from reconciler.store.database import Database

KEPT = timedelta(days=400)
"""How long a drift that is over is remembered: more than a year, for those who report about one."""

Slot = tuple["Target", str, str]
"""Account and Region, name, and what of the pipeline drifted, see `drift.slot`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One drift as it is remembered; the fields of `Drifted` mean the same."""

    id: int
    target: Target
    name: str
    kind: Kind
    severity: Severity
    environment: str
    file: str
    reason: str
    digest: str
    """Of the edits: tells whether it is still the same difference."""
    since: datetime
    updated: datetime | None
    sound: datetime | None
    """When the last pass began that did not see it; None if there was none. Whoever did it, did it later."""
    last: datetime
    seen: int
    version_before: int
    version_after: int
    edits: tuple[Edit, ...]
    author: Author | None
    asked: datetime | None
    """When its author was last asked for; None if never."""
    resolved: datetime | None
    ending: str

    @property
    def slot(self) -> Slot:
        """What tells this drift from others that are open."""
        return self.target, self.name, slot(self.kind)


class Drifts:
    """The part of the store that knows drift."""

    _database: Database

    def drifts(self) -> dict[Slot, Sighting]:
        """Give the drifts that are open."""
        with self._database.reading() as connection:
            return _open(connection)

    def sighted(self, found: Iterable[Drifted], over: Mapping[Slot, str], now: datetime, number: int = 0) -> None:
        """Remember what was seen, and what is over and how it ended; each drift that was seen counts one sighting.

        `number` is that of the pass that saw it; 0 if it was none.
        """
        with self._database.writing() as connection:
            known = _open(connection)
            passes = tables.passes.c
            earlier = select(passes.began).where(passes.began < now, passes.id != number)
            sound = connection.scalar(earlier.order_by(passes.began.desc()).limit(1))
            for each in found:
                before = known.get((each.target, each.name, slot(each.kind)))
                if before is None:
                    connection.execute(insert(tables.drifts), _row(each, now) | {"sound": sound})
                else:
                    row = _again(each, before, now)
                    connection.execute(update(tables.drifts).where(tables.drifts.c.id == before.id), row)
            known = _open(connection) if over else {}  # what was seen and healed by one pass is among them
            for place, ending in over.items():
                if place in known:
                    closing = update(tables.drifts).where(tables.drifts.c.id == known[place].id)
                    connection.execute(closing.values(resolved=now, ending=ending))
            connection.execute(delete(tables.drifts).where(tables.drifts.c.resolved < now - KEPT))

    def unattributed(self, kinds: Collection[Kind], since: datetime) -> tuple[Sighting, ...]:
        """Give the drifts without a known author that were last seen since then, newest first, healed ones too."""
        c = tables.drifts.c
        query = select(tables.drifts).where(
            c.author.is_(None), c.last >= since, c.kind.in_([str(each) for each in kinds])
        )
        with self._database.reading() as connection:
            return tuple(_sighting(row) for row in connection.execute(query.order_by(c.id.desc())).mappings())

    def attributed(self, sighting: int, author: Author | None, asked: datetime) -> None:
        """Remember who did it; None where it was asked and may be told later."""
        row = {"author": json.dumps(_author_row(author)) if author else None, "asked": asked}
        with self._database.writing() as connection:
            connection.execute(update(tables.drifts).where(tables.drifts.c.id == sighting).values(row))

    def past_drifts(self, since: datetime, name: str | None = None) -> tuple[Past, ...]:
        """Give what was over after `since`, newest first: of one pipeline, or of all."""
        c = tables.drifts.c
        named = () if name is None else (c.name == name,)
        query = select(tables.drifts).where(c.resolved >= since, *named).order_by(c.resolved.desc(), c.id.desc())
        with self._database.reading() as connection:
            return tuple(_past(_sighting(row)) for row in connection.execute(query).mappings())


def _open(connection: Connection) -> dict[Slot, Sighting]:
    query = select(tables.drifts).where(tables.drifts.c.resolved.is_(None))
    found = (_sighting(row) for row in connection.execute(query).mappings())
    return {each.slot: each for each in found}


def _row(entry: Drifted, now: datetime) -> records.Row:
    edits = [asdict(each) for each in entry.edits]
    return {
        "account": entry.target.account,
        "region": entry.target.region,
        "name": entry.name,
        "kind": entry.kind.value,
        "severity": entry.severity,
        "environment": entry.environment,
        "file": entry.file,
        "reason": entry.reason,
        "digest": canonical.digest(edits),
        "since": now,
        "updated": entry.updated,
        "last": now,
        "resolved": None,
        "ending": "",
        "seen": 1,
        "version_before": entry.version_before,
        "version_after": entry.version_after,
        "edits": json.dumps(edits),
        "author": None,
        "asked": None,
    }


def _again(entry: Drifted, before: Sighting, now: datetime) -> records.Row:
    """Give what changes in the row of a drift that is still there."""
    row = _row(entry, now) | {"since": before.since, "seen": before.seen + 1}
    row["version_before"] = before.version_before or entry.version_before
    if (row["digest"], entry.version_after) == (before.digest, before.version_after):
        del row["author"], row["asked"]
    return row


def _sighting(row: Mapping[Any, Any]) -> Sighting:
    values = records.values(row)
    edits = tuple(Edit(**each) for each in json.loads(values.pop("edits")))
    author = _author(json.loads(told)) if (told := values.pop("author")) else None
    return Sighting(**values | {"kind": Kind(values["kind"]), "edits": edits, "author": author})


def _author_row(author: Author) -> dict[str, Any]:
    return asdict(author) | {"at": author.at.isoformat() if author.at else None}


def _author(row: dict[str, Any]) -> Author:
    author = Author(**row | {"at": None})
    return replace(author, at=datetime.fromisoformat(row["at"])) if row["at"] else author


def _past(known: Sighting) -> Past:
    return Past(
        target=known.target,
        name=known.name,
        kind=known.kind,
        severity=known.severity,
        environment=known.environment,
        since=known.since,
        resolved=known.resolved or known.last,
        ending=known.ending,
        seen=known.seen,
        version_before=known.version_before,
        version_after=known.version_after,
        edits=known.edits,
        author=known.author,
    )

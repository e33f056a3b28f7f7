"""The memory of the reconciler as one object; every call is one short transaction, and any thread may call."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from reconciler.store import records, tables
from reconciler.store.database import Database
from reconciler.store.drifts import Drifts
from reconciler.store.efforts import Efforts
from reconciler.store.healths import Healths
from reconciler.store.history import History
from reconciler.store.holds import Decisions
from reconciler.store.observations import Observations
from reconciler.store.outbox import Outbox
from reconciler.store.readings import Readings
from reconciler.store.setbacks import Setbacks
from reconciler.store.status import Statuses
from reconciler.store.waits import Waits

_KEY = "fingerprint_key"


class Store(Observations, Readings, History, Statuses, Drifts, Healths, Decisions, Waits, Setbacks, Outbox, Efforts):
    """What was seen, read and done. Any method may raise `Retry` (locked) or `Blocked` (disk, permissions, damage)."""

    def __init__(self, url: str) -> None:
        """Open or create the database of an SQLAlchemy URL; raises `Blocked` or `Broken` with the way out."""
        self._database = Database(url)
        self.notice = self._database.notice
        """A sentence for people if the memory had to be rebuilt; empty otherwise."""
        self.fingerprint_key = self._fingerprint_key()
        """32 random bytes, made with the database: fingerprints of secrets mean nothing outside it."""

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def _fingerprint_key(self) -> bytes:
        query = select(tables.meta.c.value).where(tables.meta.c.key == _KEY)
        with self._database.reading() as connection:
            if key := connection.scalar(query):
                return bytes(key)
        with self._database.writing() as connection:
            if not connection.scalar(query):  # another process may have been faster
                records.insert_once(connection, tables.meta, {"key": _KEY, "value": secrets.token_bytes(32)})
            return bytes(connection.execute(query).scalar_one())

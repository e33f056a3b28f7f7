"""The tables.

Rules of this file:

* Types are portable: nothing here is peculiar to SQLite.
* A change of a table is a new file in `migrations/versions`; a test compares the two.
* Whole documents live apart from the light columns, so that reading what is known of 10,000 pipelines stays small.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, ForeignKeyConstraint, Integer, LargeBinary, MetaData, String, Table

from reconciler.store.columns import Moment, Packed

_PIPELINE = ("account", "region", "name")

Columns = tuple[Column[Any], ...]


def _keys(*names: str) -> Columns:
    return tuple(Column(name, String, primary_key=True) for name in names)


def _texts(*names: str) -> Columns:
    return tuple(Column(name, String, nullable=False) for name in names)


metadata = MetaData()

meta = Table("meta", metadata, *_keys("key"), Column("value", LargeBinary, nullable=False))

observations = Table(
    "observations",
    metadata,
    *_keys(*_PIPELINE),
    *_texts("created", "updated", "digest", "agreed", "applied", "bounced"),
    Column("version", Integer, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("managed_tags", JSON, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    *_keys(*_PIPELINE),
    Column("body", Packed, nullable=False),
    ForeignKeyConstraint(_PIPELINE, [f"observations.{name}" for name in _PIPELINE], ondelete="CASCADE"),
)

readings = Table("readings", metadata, *_keys("context", "blob"), Column("body", Packed, nullable=False))

statuses = Table(
    "statuses",
    metadata,
    *_keys(*_PIPELINE),
    *_texts("state", "reason"),
    Column("version", Integer),
    Column("since", Moment, nullable=False),
    Column("last_pass", Integer, nullable=False),
)

passes = Table(
    "passes",
    metadata,
    Column("id", Integer, primary_key=True),
    *_texts("commit", "mode", "outcome", "message"),
    Column("began", Moment, nullable=False),
    Column("ended", Moment),
    Column("counts", JSON, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pass_id", Integer, ForeignKey("passes.id"), nullable=False),
    *_texts("account", "region", "kind", "reason", "outcome", "message"),
    Column("name", String, nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("settled", Moment, index=True),
    Column("version_before", Integer),
    Column("version_after", Integer),
    Column("before", Packed),
    Column("after", Packed),
    Column("differences", Packed, nullable=False),
)

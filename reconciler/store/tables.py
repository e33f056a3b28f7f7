"""The tables.

Rules of this file:

* Types are portable: nothing here is peculiar to SQLite.
* A change of a table is a new file in `migrations/versions`; a test compares the two.
* Whole documents live apart from the light columns, so that reading what is known of 10,000 pipelines stays small.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, ForeignKeyConstraint, Integer, LargeBinary, MetaData, Table

from reconciler.store.columns import Moment, Packed, Text

_PIPELINE = ("account", "region", "name")

Columns = tuple[Column[Any], ...]


def _keys(*names: str) -> Columns:
    return tuple(Column(name, Text, primary_key=True) for name in names)


def _texts(*names: str) -> Columns:
    return tuple(Column(name, Text, nullable=False) for name in names)


metadata = MetaData()

meta = Table("meta", metadata, *_keys("key"), Column("value", LargeBinary, nullable=False))

leases = Table(
    "leases",
    metadata,
    *_keys("name"),
    Column("number", Integer, nullable=False),
    *_texts("holder"),
    Column("since", Moment, nullable=False),
    Column("expires", Moment),
)

observations = Table(
    "observations",
    metadata,
    *_keys(*_PIPELINE),
    *_texts("created", "updated", "digest", "agreed", "applied", "bounced"),
    Column("version", Integer, nullable=False),
    Column("agreed_version", Integer, nullable=False, server_default="0"),
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
    Column("name", Text, nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("settled", Moment, index=True),
    Column("version_before", Integer),
    Column("version_after", Integer),
    Column("before", Packed),
    Column("after", Packed),
    Column("differences", Packed, nullable=False),
)

drifts = Table(
    "drifts",
    metadata,
    Column("id", Integer, primary_key=True),
    *_texts(*_PIPELINE, "kind", "severity", "environment", "file", "reason", "digest", "ending"),
    Column("since", Moment, nullable=False),
    Column("updated", Moment),
    Column("sound", Moment),
    Column("last", Moment, nullable=False),
    Column("resolved", Moment, index=True),
    Column("seen", Integer, nullable=False),
    Column("version_before", Integer, nullable=False),
    Column("version_after", Integer, nullable=False),
    Column("edits", Packed, nullable=False),
    Column("author", Packed),
    Column("asked", Moment),
)

healths = Table(
    "healths",
    metadata,
    *_keys(*_PIPELINE),
    *_texts("execution", "status", "summary", "polling_disabled"),
    Column("began", Moment),
    Column("changed", Moment),
    Column("read", Moment, nullable=False),
    Column("failures", Packed, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    *_texts("kind", "name", "environment", "digest", "by", "reason", "ended_by", "ending"),
    Column("at", Moment, nullable=False),
    Column("until", Moment),
    Column("uses", Integer, nullable=False),
    Column("used", Moment),
    Column("ended", Moment, index=True),
)

waits = Table(
    "waits",
    metadata,
    *_keys(*_PIPELINE),
    *_texts("digest", "stage", "restart"),
    Column("since", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("again", JSON, nullable=False),
)

setbacks = Table(
    "setbacks",
    metadata,
    *_keys(*_PIPELINE, "kind"),
    *_texts("digest", "message"),
    Column("count", Integer, nullable=False),
    Column("since", Moment, nullable=False),
    Column("next", Moment),
)

missing = Table("missing", metadata, *_keys(*_PIPELINE), Column("seen", Integer, nullable=False))

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    *_texts("channel", "kind", "fault"),
    Column("at", Moment, nullable=False),
    Column("due", Moment, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("ended", Moment),
    Column("body", Packed, nullable=False),
)

told = Table(
    "told", metadata, *_keys("key"), Column("since", Moment, nullable=False), Column("fact", Packed, nullable=False)
)

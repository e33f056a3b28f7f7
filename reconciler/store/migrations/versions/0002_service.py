"""What a service remembers beside passes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_PIPELINE = ("account", "region", "name")


def upgrade() -> None:
    """Create the tables."""
    _create_leases()
    _create_drifts()
    _create_waits()
    _create_decisions()
    _create_setbacks()
    _create_outbox()


def _create_leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        *_texts("holder"),
        _moment("since", nullable=False),
        _moment("expires"),
    )


def _create_drifts() -> None:
    op.add_column("observations", sa.Column("agreed_version", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "drifts",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts(*_PIPELINE, "kind", "severity", "environment", "file", "reason", "digest", "ending"),
        _moment("since", nullable=False),
        _moment("updated"),
        _moment("sound"),
        _moment("last", nullable=False),
        _moment("resolved"),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("version_before", sa.Integer, nullable=False),
        sa.Column("version_after", sa.Integer, nullable=False),
        _packed("edits", nullable=False),
        _packed("author"),
        _moment("asked"),
    )
    op.create_index("ix_drifts_resolved", "drifts", ["resolved"])
    op.create_table(
        "healths",
        *(sa.Column(name, sa.String, primary_key=True) for name in _PIPELINE),
        *_texts("execution", "status", "summary", "polling_disabled"),
        _moment("began"),
        _moment("changed"),
        _moment("read", nullable=False),
        _packed("failures", nullable=False),
    )


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("kind", "name", "environment", "digest", "by", "reason", "ended_by", "ending"),
        _moment("at", nullable=False),
        _moment("until"),
        sa.Column("uses", sa.Integer, nullable=False),
        _moment("used"),
        _moment("ended"),
    )
    op.create_index("ix_decisions_ended", "decisions", ["ended"])


def _create_waits() -> None:
    op.create_table(
        "waits",
        *(sa.Column(name, sa.String, primary_key=True) for name in _PIPELINE),
        *_texts("digest", "stage", "restart"),
        _moment("since", nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("again", sa.JSON, nullable=False),
    )
    op.create_table(
        "missing",
        *(sa.Column(name, sa.String, primary_key=True) for name in _PIPELINE),
        sa.Column("seen", sa.Integer, nullable=False),
    )


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("channel", "kind", "fault"),
        _moment("at", nullable=False),
        _moment("due", nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        _moment("ended"),
        _packed("body", nullable=False),
    )
    op.create_index("ix_outbox_due", "outbox", ["due"])
    op.create_table(
        "told",
        sa.Column("key", sa.String, primary_key=True),
        _moment("since", nullable=False),
        _packed("fact", nullable=False),
    )


def _create_setbacks() -> None:
    op.create_table(
        "setbacks",
        *(sa.Column(name, sa.String, primary_key=True) for name in (*_PIPELINE, "kind")),
        *_texts("digest", "message"),
        sa.Column("count", sa.Integer, nullable=False),
        _moment("since", nullable=False),
        _moment("next"),
    )


def _texts(*names: str) -> tuple[sa.Column[Any], ...]:
    return tuple(sa.Column(name, sa.String, nullable=False) for name in names)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _packed(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary, nullable=nullable)

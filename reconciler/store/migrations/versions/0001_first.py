"""The first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_PIPELINE = ("account", "region", "name")


def upgrade() -> None:
    """Create everything."""
    op.create_table("meta", *_keys("key"), _packed("value", nullable=False))
    op.create_table(
        "observations",
        *_keys(*_PIPELINE),
        *_texts("created", "updated", "digest", "agreed", "applied", "bounced"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("managed_tags", sa.JSON, nullable=False),
    )
    op.create_table(
        "documents",
        *_keys(*_PIPELINE),
        _packed("body", nullable=False),
        sa.ForeignKeyConstraint(_PIPELINE, [f"observations.{name}" for name in _PIPELINE], ondelete="CASCADE"),
    )
    op.create_table("readings", *_keys("context", "blob"), _packed("body", nullable=False))
    op.create_table(
        "statuses",
        *_keys(*_PIPELINE),
        *_texts("state", "reason"),
        sa.Column("version", sa.Integer),
        _moment("since", nullable=False),
        sa.Column("last_pass", sa.Integer, nullable=False),
    )
    _create_history()


def _create_history() -> None:
    op.create_table(
        "passes",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("commit", "mode", "outcome", "message"),
        _moment("began", nullable=False),
        _moment("ended"),
        sa.Column("counts", sa.JSON, nullable=False),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("pass_id", sa.Integer, sa.ForeignKey("passes.id"), nullable=False),
        *_texts("account", "region", "name", "kind", "reason", "outcome", "message"),
        _moment("at", nullable=False),
        _moment("settled"),
        sa.Column("version_before", sa.Integer),
        sa.Column("version_after", sa.Integer),
        _packed("before"),
        _packed("after"),
        _packed("differences", nullable=False),
    )
    op.create_index("ix_changes_name", "changes", ["name"])
    op.create_index("ix_changes_settled", "changes", ["settled"])


def _keys(*names: str) -> tuple[sa.Column[Any], ...]:
    return tuple(sa.Column(name, sa.String, primary_key=True) for name in names)


def _texts(*names: str) -> tuple[sa.Column[Any], ...]:
    return tuple(sa.Column(name, sa.String, nullable=False) for name in names)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _packed(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary, nullable=nullable)

"""Run by alembic: the steps happen on the connection, and in the transaction, that the caller gives."""

from __future__ import annotations

from alembic import context

from reconciler.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
context.run_migrations()

"""The version of the tables in a database, and bringing it up to the version that this program knows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from reconciler.errors import Blocked

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

_FOLDER = Path(__file__).with_name("migrations")


def revisions() -> tuple[str, ...]:
    """Give the revisions that this program knows, oldest first, from the names of the files."""
    return tuple(sorted(file.name.partition("_")[0] for file in (_FOLDER / "versions").glob("[0-9]*_*.py")))


def is_current(connection: Connection, where: str) -> bool:
    """Tell whether the tables are at head; raises `Blocked` for a database that this program must not touch."""
    inspector = inspect(connection)
    if not inspector.has_table("alembic_version"):
        if connection.dialect.name == "sqlite" and inspector.get_table_names():
            raise Blocked(f"{where} holds the tables of another program; name another file with the setting store.url")
        return False
    found, known = connection.scalar(text("SELECT version_num FROM alembic_version")), revisions()
    if found is not None and found not in known:
        raise Blocked(
            f"{where} is at schema {found}, this version of the reconciler knows schemas up to {known[-1]}; "
            "install the version that wrote it, or name another database with the setting store.url",
        )
    return bool(found == known[-1])


def upgrade(connection: Connection) -> None:
    """Bring the tables to head inside the connection's transaction: all migrations happen, or none."""
    from alembic import command  # noqa: PLC0415  0.1 s that only a database behind head pays

    command.upgrade(config(connection), "head")


def config(connection: Connection | None = None) -> Config:
    """Give alembic's settings; there is no `alembic.ini`, so that an installed wheel migrates like a checkout."""
    from alembic.config import Config  # noqa: PLC0415

    settings = Config(attributes={"connection": connection})
    settings.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings

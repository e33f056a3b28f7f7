"""The engine of each kind of database, tuned so that all of them behave alike.

Rules of this file:

* A write takes its turn when it begins: SQLite by BEGIN IMMEDIATE, since one that begins by reading could not wait for
  another writer, only fail; PostgreSQL by a lock of the reconciler's own.
* SQLite is in WAL mode with `synchronous=NORMAL`: what is committed survives the death of the process; a power cut may
  cost the last commits, never the file.
* Nothing waits for ever: not for a lock, not for an answer, and not for a process that stopped inside a transaction.
* Values never reach a log or a message (`hide_parameters`), for they are documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, exc
from sqlalchemy.pool import QueuePool

from reconciler.errors import Blocked, Broken
from reconciler.store import files

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

EXAMPLE = "write it like sqlite:////var/lib/reconciler/state.db or postgresql+psycopg://user@host/database"

_PRAGMAS = (
    "busy_timeout=10000",  # milliseconds; another process's write takes few, ten seconds mean that it hangs
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
)
_SESSION = (
    "lock_timeout = 10000",  # milliseconds, as above
    "idle_in_transaction_session_timeout = 5000",  # a process that is stopped in a transaction loses its locks
)
_REACHING = {"connect_timeout": 10, "tcp_user_timeout": 10_000}
"""Seconds until a server counts as unreachable, and milliseconds; of libpq, which waits for minutes otherwise."""
_TURN = 0x7265636F  # "reco": the number of the lock that writers take in PostgreSQL


def of(url: URL) -> Engine:
    """Give the engine of a URL; raises `Broken` or `Blocked` where there is no driver for it."""
    options: dict[str, Any] = {"hide_parameters": True, **_options(url)}
    try:
        engine = create_engine(url, **options)
    except exc.NoSuchModuleError:
        raise Broken(f"the setting store.url names an unknown database, {url.drivername}; {EXAMPLE}") from None
    except ModuleNotFoundError as error:
        raise Blocked(_absent(error.name, url)) from error
    if engine.dialect.name in _TUNED:
        connect, begin = _TUNED[engine.dialect.name]
        event.listen(engine, "connect", connect)
        event.listen(engine, "begin", begin)
    return engine


def _options(url: URL) -> dict[str, Any]:
    backend = url.get_backend_name()
    if backend == "sqlite" and not files.path_of(url):
        # Every connection to a database in memory has a memory of its own: all threads share one.
        pool: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
        return pool | {"connect_args": {"check_same_thread": False}}
    if backend == "postgresql":
        reaching = {name: value for name, value in _REACHING.items() if name not in url.query}
        return {"pool_pre_ping": True, "connect_args": reaching}
    return {}


def _absent(package: str | None, url: URL) -> str:
    if url.get_backend_name() == "postgresql" and package != "psycopg":
        return (
            f"the setting store.url needs the Python package {package}: write it like postgresql+psycopg://…, "
            "and pip install 'codepipeline-reconciler[postgres]'"
        )
    extra = "'codepipeline-reconciler[postgres]'" if package == "psycopg" else "it"
    return f"the setting store.url needs the Python package {package}: pip install {extra}"


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _set_session(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        for setting in _SESSION:
            cursor.execute(f"SET {setting}")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if _writes(connection):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("writes"))


_TUNED = {"sqlite": (_set_pragmas, _begin_sqlite), "postgresql": (_set_session, _begin_postgresql)}

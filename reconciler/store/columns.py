"""Column types that every database can hold: text made small, and points in time."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import DateTime, LargeBinary, String, TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect

_PLAIN, _DEFLATED = b"\0", b"\1"


class Text(TypeDecorator[str]):
    """Text; PostgreSQL cannot hold NUL, which goes into it as U+FFFD."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace NUL where it has to be; a hostile file may bring one into a message or a name."""
        bare = dialect.name == "postgresql" and value and "\0" in value
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if bare and value else value


class Packed(TypeDecorator[str]):
    """Text as bytes, deflated where that is shorter; the first byte tells which."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Pack; level 1, because a first pass packs every document and higher levels save little more."""
        if value is None:
            return None
        plain = value.encode()
        deflated = zlib.compress(plain, 1)
        return _DEFLATED + deflated if len(deflated) < len(plain) else _PLAIN + plain

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Unpack."""
        if value is None:
            return None
        return (zlib.decompress(value[1:]) if value[:1] == _DEFLATED else value[1:]).decode()


class Moment(TypeDecorator[datetime]):
    """A point in time: aware when it goes in, UTC when it comes out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn into UTC; raises `ValueError` for a naive time, which would silently be taken for local."""
        if value is not None and value.tzinfo is None:
            raise ValueError("the store takes times with a time zone only")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give UTC; SQLite returns naive times."""
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))

"""Pages of a sorted list. A token names the last key given out, so creations and deletions between pages do no harm."""

from __future__ import annotations

import base64
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class TokenError(ValueError):
    """The token was not given out here."""

    def __init__(self) -> None:
        super().__init__("The next token is invalid.")


def page(keys: Sequence[str], token: str | None, size: int) -> tuple[list[str], str | None]:
    """Give at most `size` of the sorted keys and the token of the next page, if there is one."""
    start = bisect_right(keys, _key(token)) if token else 0
    found = list(islice(keys, start, start + size))
    more = start + size < len(keys)
    return found, _token(found[-1]) if more else None


def _token(key: str) -> str:
    return "after-" + base64.urlsafe_b64encode(key.encode()).decode()


def _key(token: str) -> str:
    head, _, code = token.partition("-")
    try:
        key = base64.b64decode(code, altchars=b"-_", validate=True).decode()
    except ValueError:
        key = ""
    if head != "after" or not key:
        raise TokenError
    return key

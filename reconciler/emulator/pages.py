"""Pages of a list. A token is opaque: it names the last item given out, and how many were, should that item be gone."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from reconciler.emulator.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def page(keys: Sequence[str], body: Mapping[str, Any], size: int, *, kind: str = "", names: tuple[str, str] = (
    "maxResults", "nextToken")) -> tuple[list[str], dict[str, str]]:  # fmt: skip
    """Give one page of unique keys and the member that names the next one, if there is one.

    `kind` keeps a token of one list from being used for another; `names` are those of the size and of the token.
    Raises `Fault` for a token that was not given out here.
    """
    most, token = body.get(names[0], size), body.get(names[1])
    start = 0
    if token is not None:
        given, last = _read(token, kind)
        start = next((place + 1 for place, key in enumerate(keys) if key == last), max(given - 1, 0))
    found = list(keys[start : start + most])
    more = start + len(found) < len(keys)
    return found, {names[1]: _write(start + len(found), found[-1], kind)} if more and found else {}


def _write(given: int, key: str, kind: str) -> str:
    return base64.urlsafe_b64encode(f"{kind}\n{given}\n{key}".encode()).decode()


def _read(token: str, kind: str) -> tuple[int, str]:
    try:
        head, given, key = base64.b64decode(token, altchars=b"-_", validate=True).decode().split("\n", 2)
        if head == kind:
            return int(given[:9]), key
    except ValueError:
        pass  # it is told below, like one of another list
    raise Fault("InvalidNextTokenException", "The next token is invalid.")

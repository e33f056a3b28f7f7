"""A definition that asks to be left alone for a while: `sync: {suspend: {reason: …, until: 2026-12-31T18:00}}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler import scalars
from reconciler.definitions import hints
from reconciler.documents import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMBERS = ("reason", "until")
EXAMPLE = "sync: {suspend: {reason: the vendor works on it, until: 2026-12-31T18:00}}"
LONGEST = 300

_PLACE = ("sync", "suspend")


def read(value: Any) -> dict[str, str]:
    """Give a suspension without a fault: `reason`, and `until` in ISO 8601, UTC, if it has an end."""
    if value is None:
        return {}
    until = {"until": scalars.moment(str(value["until"])).isoformat()} if value.get("until") is not None else {}
    return {"reason": value["reason"], **until}


def faults(value: Any) -> Iterator[Fault]:
    """Give every fault of what stands at `sync.suspend`."""
    if value is None:
        return
    if not isinstance(value, dict):
        yield Fault(_PLACE, "suspend is a mapping with a reason", EXAMPLE)
        return
    for key in (key for key in value if key not in MEMBERS):
        yield Fault((*_PLACE, key), f"{key!r} is not known here", hints.nearest(key, MEMBERS))
    reason = value.get("reason")
    if not isinstance(reason, str) or not 0 < len(reason) <= LONGEST:
        place = (*_PLACE, "reason") if "reason" in value else _PLACE
        yield Fault(place, f"a suspension has a reason of 1 to {LONGEST} characters", EXAMPLE)
    if value.get("until") is not None:
        try:
            scalars.moment(str(value["until"]))
        except ValueError as error:
            yield Fault((*_PLACE, "until"), f"{str(value['until'])[:40]!r} is not a time", str(error))

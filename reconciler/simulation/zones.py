"""Time zones as DeploymentWindow names them (reference D.6): `Region/City`, `UTC`, `UTC+05:30`, abbreviations."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable
from datetime import UTC, timedelta, timezone, tzinfo

from reconciler.errors import Broken

Resolver = Callable[[str], tzinfo]
"""Gives the zone of a `Region/City`; raises KeyError or ValueError for a name it does not know."""

_OFFSET = re.compile(r"(?:UTC|GMT)([+-])(\d{1,2})(?::?([0-5]\d))?")
_ABBREVIATIONS = {
    "ACT": "Australia/Darwin", "AET": "Australia/Sydney", "ART": "Africa/Cairo", "AST": "America/Anchorage",
    "BET": "America/Sao_Paulo", "BST": "Asia/Dhaka", "CAT": "Africa/Harare", "CNT": "America/St_Johns",
    "CST": "America/Chicago", "CTT": "Asia/Shanghai", "EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris",
    "EDT": "America/New_York", "IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo",
    "MIT": "Pacific/Apia", "NET": "Asia/Yerevan", "NST": "Pacific/Auckland", "PDT": "America/Los_Angeles",
    "PLT": "Asia/Karachi", "PNT": "America/Phoenix", "PRT": "America/Puerto_Rico", "PST": "America/Los_Angeles",
    "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh",
}  # fmt: skip
"""What Java makes of three letters, where the zone database does not know them; the service does not say."""


def zone(name: str, resolver: Resolver = zoneinfo.ZoneInfo) -> tzinfo:
    """Give the time zone of a name, UTC for an empty one; raises `Broken` for a name that means nothing.

    `resolver` is where cities are looked up; the default is Python's own zone database.
    """
    text = name.strip()
    if text in ("", "UTC", "Z", "GMT"):
        return UTC
    if found := _OFFSET.fullmatch(text):
        span = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        if span <= timedelta(hours=18):
            return timezone(-span if found[1] == "-" else span)
        raise Broken(f"the time zone {name!r} is more than 18 hours away from UTC")
    try:
        return resolver(_ABBREVIATIONS.get(text, text))
    except (KeyError, ValueError, OSError):
        hint = "write Region/City as in Europe/Berlin, or UTC+02:00; if it is right, install the package tzdata"
        raise Broken(f"the time zone {name[:80]!r} is not known; {hint}") from None

"""Who did it: CloudTrail's events about one pipeline (reference G.3)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.aws.calls import Call, Calls
from reconciler.pipeline import arns
from reconciler.plan.authors import Event

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from reconciler.aws.sessions import Access

PAGES = 4
"""Pages of 50 events that are read of one pipeline at most: whoever starts it writes events, too."""


class Trail:
    """The calls about authors."""

    _calls: Calls

    def events(self, access: Access, name: str, since: datetime, until: datetime | None) -> tuple[Event, ...]:
        """Give what CloudTrail knows of a pipeline between two times, newest first; raises `failures.Denied`.

        Without `until`, until now. The tags of a pipeline are written under its ARN: events of both names are given.
        CloudTrail answers two calls a second in an account and Region, which all who ask it there share.
        """
        found = [*self._named(access, name, since, until)]
        if not found:
            found += self._named(access, arns.pipeline(access.target, name), since, until)
        return tuple(found)

    def _named(self, access: Access, resource: str, since: datetime, until: datetime | None) -> Iterator[Event]:
        parameters: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": resource}],
            "StartTime": since,
        }
        parameters |= {"EndTime": until} if until else {}
        pages = self._calls.pages(Call(access, "LookupEvents", parameters=parameters))
        for _, page in zip(range(PAGES), pages, strict=False):
            yield from (_event(entry) for entry in page["Events"])


def _event(entry: Mapping[str, Any]) -> Event:
    return Event(
        id=str(entry.get("EventId", "")),
        name=str(entry.get("EventName", "")),
        at=entry["EventTime"],
        user=str(entry.get("Username", "")),
        detail=_detail(str(entry.get("CloudTrailEvent", ""))),
    )


def _detail(text: str) -> dict[str, Any]:
    """Give what an event says; nothing where it is no JSON object, or nested beyond all reason."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}

"""Who did it: the author of drift, out of CloudTrail's events and of what a transition says of itself (reference G.3).

Rules of this file:

* A version names its own write: CloudTrail's event with that very version is the author's, and no other.
* Our own writes are never drift of others. Where one is at the bottom of it, the report says so.
* Events are text from outside: whatever has another shape than expected says nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.pipeline import secrets
from reconciler.plan.drift import Author, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from reconciler.plan.drift import How

OURS = "codepipeline-reconciler"
"""What stands in the user agent of our calls, and as the name of our role's session."""
HISTORY = timedelta(days=90)
"""How long LookupEvents remembers."""
DELAY = timedelta(minutes=15)
"""After which time events are there as a rule; CloudTrail promises about five minutes, and no bound."""
SAME = timedelta(seconds=5)
"""How far the time of an event and that of the version it made may lie apart."""
LONGEST = 512
"""Characters of a name from outside that are kept."""


class Event(NamedTuple):
    """One event of CloudTrail."""

    id: str
    name: str
    """The operation."""
    at: datetime
    user: str
    """What CloudTrail calls the user; empty if it does not say."""
    detail: Mapping[str, Any]
    """The event itself: `userIdentity`, `userAgent`, `requestParameters`, `responseElements`."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about: one drift."""

    kind: Kind
    version: int
    updated: datetime | None
    places: tuple[str, ...]
    since: datetime
    """When it was first seen."""
    now: datetime


WRITES: Mapping[Kind, tuple[str, ...]] = {
    Kind.DEFINITION: ("UpdatePipeline", "CreatePipeline"),
    Kind.EXTRA: ("UpdatePipeline", "CreatePipeline"),
    Kind.MISSING: ("DeletePipeline",),
    Kind.TAGS: ("TagResource", "UntagResource", "CreatePipeline"),
    Kind.OWNER: ("TagResource", "UntagResource", "CreatePipeline"),
    Kind.UNMANAGED: ("CreatePipeline",),
}
"""The operations that make each kind of drift; other kinds have no author in CloudTrail."""

SELF = Author(how="self", note="our own write came back different; nobody else wrote")
OURSELVES = {Kind.UNMANAGED: "created by this reconciler; its owner was taken away since"}
"""What to say where we did it ourselves, if not that our write came back different."""


def find(question: Question, events: Iterable[Event]) -> Author | None:
    """Give the author out of a pipeline's events; None if none of them did it."""
    names = WRITES.get(question.kind, ())
    done = sorted((each for each in events if each.name in names and not each.detail.get("errorCode")), key=_age)
    fits = next((each for each in done if _FITS[question.kind](question, each)), None)
    if fits is None:
        return None
    if _is_ours(fits):
        note = OURSELVES.get(question.kind, SELF.note)
        return Author(how="self", at=fits.at, event=fits.name, event_id=fits.id, note=note)
    return author(fits)


def author(event: Event) -> Author:
    """Give who is behind an event."""
    who = event.detail.get("userIdentity")
    who = who if isinstance(who, dict) else {}
    said = [who.get(key) for key in ("arn", "invokedBy", "userName", "principalId")]
    principal = next((each for each in (*said, event.user) if isinstance(each, str) and each), "")
    how, tool = means(event)
    note = "" if principal else "CloudTrail's event does not say who"
    return Author(_short(principal), how, tool, event.at, event.name, event.id, note=note)


def turned(by: str, at: datetime | None, reason: str) -> Author:
    """Give who opened or shut a transition, as GetPipelineState tells (reference E.8)."""
    ours = by.endswith(f"/{OURS}")
    note = "" if by else "AWS does not say who changed the transition"
    return Author(_short(by), "self" if ours else "unknown", at=at, reason=_short(reason), note=note)


def absent(question: Question) -> tuple[Author | None, bool]:
    """Give what to say where no event was found, and whether to ask again: events come late."""
    when = question.updated or question.since
    if question.now - when > HISTORY:
        days = HISTORY.days
        return Author(note=f"nobody can tell: CloudTrail remembers {days} days, and this is older"), False
    if question.now - when < DELAY:
        return Author(note="CloudTrail does not know of it yet: events take some minutes; ask again later"), True
    text = "CloudTrail has no event that made it: events of this account and Region may be kept elsewhere, or came late"
    return Author(note=text), question.now - question.since < 4 * DELAY


def denied(reason: str) -> Author:
    """Give what to say where CloudTrail may not be asked."""
    return Author(note=f"nobody can tell without CloudTrail: {secrets.scrub(reason)}")


def means(event: Event) -> tuple[How, str]:
    """Give by which means a call was made, and the name of the tool."""
    detail = event.detail
    if str(detail.get("sessionCredentialFromConsole", "")).lower() == "true":
        return "console", ""
    who = detail.get("userIdentity")
    invoked = who.get("invokedBy") if isinstance(who, dict) else ""
    agent = f"{detail.get('userAgent') or ''} {invoked or ''}"
    found = ((how, match, tool) for pattern, how, tool in _AGENTS if (match := pattern.search(agent)))
    if (first := next(found, None)) is None:
        return "unknown", ""
    how, match, tool = first
    return how, match[0].strip("/").lower() if how in ("sdk", "aws") else tool


_AGENTS: tuple[tuple[re.Pattern[str], How, str], ...] = (
    (re.compile(rf"{OURS}/"), "tool", OURS),
    (re.compile(r"Terraform/|terraform-provider-aws"), "tool", "terraform"),
    (re.compile(r"OpenTofu/"), "tool", "opentofu"),
    (re.compile(r"Pulumi/|pulumi"), "tool", "pulumi"),
    (re.compile(r"aws-cdk|AWSCDK"), "tool", "cdk"),
    (re.compile(r"cloudformation\.amazonaws\.com"), "tool", "cloudformation"),
    (re.compile(r"aws-cli/"), "cli", "aws-cli"),
    (re.compile(r"console\.(?:aws\.)?amazon(?:aws)?\.com|signin\.amazonaws\.com|Mozilla/"), "console", ""),
    (re.compile(r"Boto3/|Botocore/|aws-sdk-[a-z-]+", re.IGNORECASE), "sdk", ""),
    (re.compile(r"[a-z0-9.-]+\.amazonaws\.com"), "aws", ""),
)
"""By what stands in a user agent, in the order in which it is looked for: a tool that is built on an SDK names both."""


def _is_ours(event: Event) -> bool:
    return means(event) == ("tool", OURS)


def _age(event: Event) -> float:
    return -event.at.timestamp()


def _version(question: Question, event: Event) -> bool:
    """Whether an event made this version; CloudTrail leaves out what is too long, and then the time tells."""
    answer = event.detail.get("responseElements")
    pipeline = answer.get("pipeline") if isinstance(answer, dict) else None
    if isinstance(pipeline, dict) and "version" in pipeline:
        return bool(pipeline["version"] == question.version)
    return question.updated is not None and abs(event.at - question.updated) <= SAME


def _tags(question: Question, event: Event) -> bool:
    """Whether an event of others set or removed one of these tags."""
    return not _is_ours(event) and any(f"tags.{key}" in question.places for key in _keys(event))


def _keys(event: Event) -> Iterator[str]:
    asked = event.detail.get("requestParameters")
    if not isinstance(asked, dict):
        return
    for each in _list(asked.get("tagKeys")):
        yield str(each)
    for each in _list(asked.get("tags")):
        if isinstance(each, dict):
            yield str(each.get("key"))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


_FITS: Mapping[Kind, Callable[[Question, Event], bool]] = {
    Kind.DEFINITION: _version,
    Kind.EXTRA: _version,
    Kind.MISSING: lambda _question, event: not _is_ours(event),
    Kind.TAGS: _tags,
    Kind.OWNER: lambda question, event: any(f"tags.{key}" in question.places for key in _keys(event)),
    Kind.UNMANAGED: lambda question, event: question.updated is None or abs(event.at - question.updated) <= SAME,
}


def _short(text: str) -> str:
    clean = secrets.scrub(text)
    return clean if len(clean) <= LONGEST else f"{clean[:LONGEST]}…"

"""Scenario files: what happens to pipelines, and when, as a document that a person writes.

pipelines: [shop-prod-deploy]        which definitions; the command line's NAME where it is left out
begins: 2026-01-05T08:00Z            when the world begins; it matters to deployment windows only
given: {Build/Compile: [fails, succeeds], Prod/Approve: "approved:ana@2h"}
variables: {VERSION: "1.2"}          pipeline variables of every start
steps:
  - {at: 0s, push: main, as: first}
  - {at: 5m, retry: Build, run: first}
until: 7d                            when to stop looking; until nothing moves where it is left out
expect: {first: Succeeded}
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from reconciler.errors import Broken
from reconciler.simulation.durations import duration
from reconciler.simulation.trace import nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MEMBERS = ("pipelines", "begins", "given", "variables", "steps", "until", "expect")
COMMON = ("at", "as", "pipeline", "refused")
VERBS: Mapping[str, tuple[str, ...]] = {
    "start": ("by", "variables", "revisions", "token"),
    "push": ("repository", "commit", "files", "new", "by"),
    "tag": ("repository", "commit", "by"),
    "pr": ("repository", "commit", "files", "by", "number", "event", "into"),
    "event": (),
    "give": (),
    "approve": ("by", "summary", "run"),
    "reject": ("by", "summary", "run"),
    "stop": ("abandon", "reason"),
    "retry": ("run", "mode"),
    "rollback": ("to",),
    "override": ("run", "condition"),
    "disable": ("direction", "reason", "by"),
    "enable": ("direction", "by"),
    "update": ("by",),
}
"""What can happen, and what may stand beside it."""
STARTING = frozenset({"start", "push", "tag", "pr", "event", "rollback"})
FLAGS, LISTS, MAPPINGS = frozenset({"abandon", "new"}), frozenset({"files"}), frozenset({"variables", "revisions"})
EXPECTED = (
    "Succeeded", "Failed", "Stopped", "Superseded", "Cancelled", "InProgress", "Stopping", "parked", "nothing",
)  # fmt: skip
"""What may be expected of a run; `parked`, `Failed` and `Stopped` may name a place: `parked at Prod/Approve`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, at a time in milliseconds since the world began."""

    at: int
    verb: str
    subject: str
    """What stands beside the verb: a branch, a stage, `Stage/Action`, a run, a file."""
    members: Mapping[str, Any] = field(default_factory=nothing)
    name: str = ""
    """How the run that it starts is called from then on."""
    pipeline: str = ""
    refused: str = ""
    """AWS's error class that is expected as the answer."""

    def text(self, member: str, default: str = "") -> str:
        """Give a member that is a text."""
        return str(self.members.get(member, default))

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}".strip()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole scenario; steps are in order of time."""

    steps: tuple[Step, ...]
    pipelines: tuple[str, ...] = ()
    begins: datetime | None = None
    given: Mapping[str, tuple[str, ...]] = field(default_factory=nothing)
    """Outcomes as text by selector: one for each attempt."""
    variables: Mapping[str, str] = field(default_factory=nothing)
    until: int | str | None = None
    """A time, or a place (`Stage` or `Stage/Action`) that the first run comes to."""
    expect: Mapping[str, str] = field(default_factory=nothing)

    @property
    def files(self) -> tuple[str, ...]:
        """Files that the steps name: definitions to update to, events to deliver."""
        return tuple(step.subject for step in self.steps if step.verb in ("update", "event"))


def expectation(text: str) -> tuple[str, str]:
    """Split `parked at Prod/Approve` into what and where; raises Broken for what no run can be."""
    word, _, place = text.partition(" at ")
    known = {each.lower(): each for each in EXPECTED}
    if word.strip().lower() not in known:
        raise Broken(f"{text!r} cannot be expected of a run{near(word, EXPECTED)}")
    return known[word.strip().lower()], place.strip()


def moment(text: int | str) -> int | str:
    """Give milliseconds for a duration, and a place such as `Prod/Approve` as it is."""
    return text if isinstance(text, str) and not text[:1].isdigit() else duration(text)


def instant(text: str) -> datetime:
    """Read a time such as `2026-01-05T08:00Z`; raises Broken for one without a time zone."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Broken(f"{text!r} is not a time; write 2026-01-05T08:00Z") from None
    if time.tzinfo is None:
        raise Broken(f"{text!r} has no time zone; write {text}Z for UTC")
    return time


def near(name: str, known: Iterable[str]) -> str:
    """Ask whether a known name is meant, as the end of a sentence; empty if none is near."""
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""

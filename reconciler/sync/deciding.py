"""What people may decide, checked and written down: suspend, resume, override, revoke, approve.

The command line and the HTTP API both come here; they say who decides, and nothing here can prove it.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler import scalars
from reconciler.errors import Broken
from reconciler.plan import holds
from reconciler.plan.holds import Decision, Ending, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from reconciler.settings import Settings
    from reconciler.sync.ports import Notebook

LONGEST = 300
"""Characters of a reason."""

LONGEST_NAME = 100
"""Characters of a principal: of a user, or a token's name."""

LONGEST_OVERRIDE = timedelta(days=7)
"""What lasts longer than a week is a setting, and belongs where others review it."""

_DIGEST = re.compile(rf"[0-9a-f]{{{holds.SHORTEST},64}}")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where decisions are taken: who takes them, when, and where they are written down."""

    settings: Settings
    memory: Notebook
    by: str
    now: datetime

    def suspend(self, name: str, reason: str, until: datetime | None) -> Decision:
        """Leave a pipeline alone until somebody resumes it, or until a time; replaces an earlier suspension."""
        self._known(name)
        self._later(until)
        decision = replace(self._decision(Kind.SUSPENSION, reason, until), name=name)
        self._close(each for each in self._open(Kind.SUSPENSION) if each.name == name)
        return self._decided(decision)

    def resume(self, name: str) -> tuple[Decision, ...]:
        """End the suspensions of a pipeline; raises Broken if there is none."""
        ended = self._close(each for each in self._open(Kind.SUSPENSION) if each.name == name)
        if not ended:
            there = ", ".join(sorted({each.name for each in self._open(Kind.SUSPENSION)})) or "none"
            raise Broken(f"{name} is not suspended here (suspended: {there}); a file may say so itself: `sync.suspend`")
        return ended

    def override(self, name: str, environment: str, reason: str, until: datetime) -> Decision:
        """Let changes of a pipeline or of an environment pass windows, approvals and suspensions until a time."""
        if bool(name) == bool(environment):
            raise Broken("an override is for one pipeline, or for one environment; name either")
        if name:
            self._known(name)
        elif environment not in self.settings.environments:
            raise Broken(f"there is no environment {environment!r}; {_near(environment, self.settings.environments)}")
        self._permitted()
        self._later(until)
        if until > self.now + LONGEST_OVERRIDE:
            raise Broken(f"an override lasts {LONGEST_OVERRIDE.days} days at most; what lasts longer is a setting")
        decision = self._decision(Kind.OVERRIDE, reason, until)
        return self._decided(replace(decision, name=name, environment=environment))

    def revoke(self, number: int) -> Decision:
        """End an override; raises Broken if it is not in force."""
        found = self._close(each for each in self._open(Kind.OVERRIDE) if each.id == number)
        if not found:
            raise Broken(f"override {number} is not in force; `reconciler override` lists those that are")
        return found[0]

    def approve(self, digest: str, reason: str) -> Decision:
        """Let the daemon apply the plan of an environment in manual mode whose digest begins so."""
        if not _DIGEST.fullmatch(digest):
            raise Broken(
                f"{digest[:80]!r} is no digest of a plan; it has {holds.SHORTEST} to 64 of the characters 0-9 and a-f: "
                "`reconciler plan` shows what waits for an approval"
            )
        until = self.now + timedelta(seconds=self.settings.sync.approval_expires)
        decision = replace(self._decision(Kind.APPROVAL, reason, until), digest=digest)
        self._close(each for each in self._open(Kind.APPROVAL) if each.digest == digest)
        return self._decided(decision)

    def _permitted(self) -> None:
        may = self.settings.sync.break_glass
        if not holds.permitted(self.by, may):
            raise Broken(f"{self.by} may not break glass (sync.break_glass: {', '.join(may) or 'nobody'})")

    def _later(self, until: datetime | None) -> None:
        if until is not None and until <= self.now:
            raise Broken(f"{holds.clock(until)} is past; name a time to come")

    def _known(self, name: str) -> None:
        """Raise Broken for a pipeline that no pass has met: a wrong name would give a false sense of safety."""
        known = {each.name for each in self.memory.statuses()}
        if name not in known:
            hint = _near(name, known) if known else "run `reconciler run --once` first, so that they are known"
            raise Broken(f"there is no pipeline {name[:LONGEST_NAME]!r}; {hint}")

    def _decision(self, kind: Kind, reason: str, until: datetime | None) -> Decision:
        checked(self.by, "the name of who decides", LONGEST_NAME)
        if kind is not Kind.APPROVAL or reason:
            checked(reason, "a reason", LONGEST)
        return Decision(kind=kind, by=self.by, reason=reason, at=self.now, until=until)

    def _decided(self, decision: Decision) -> Decision:
        number = self.memory.decide(decision)
        return next(each for each in self.memory.decisions() if each.id == number)

    def _open(self, kind: Kind) -> list[Decision]:
        return [each for each in self.memory.decisions() if each.kind is kind and each.counts(self.now)]

    def _close(self, found: Iterable[Decision]) -> tuple[Decision, ...]:
        checked(self.by, "the name of who decides", LONGEST_NAME)
        closed = (each for each in found if self.memory.close_decision(each.id, self.now, self.by, Ending.WITHDRAWN))
        return tuple(replace(each, ended=self.now, ended_by=self.by, ending=Ending.WITHDRAWN) for each in closed)


def end(now: datetime, length: str | None, until: str | None = None) -> datetime | None:
    """Give when something ends that lasts for `length`, such as `2h`, or `until` a time; None if neither is said."""
    if length is not None and until is not None:
        raise Broken("say how long it lasts, or until when; not both")
    try:
        if length is not None:
            return now + timedelta(seconds=scalars.seconds(length))
        return scalars.moment(until) if until is not None else None
    except (ValueError, OverflowError) as error:
        raise Broken(f"{str(length or until)[:40]}: {error}") from None


def checked(text: str, what: str, longest: int) -> str:
    """Give a text that people wrote; raises Broken if it is empty, too long, or would disturb a terminal or a log."""
    if not text.strip():
        raise Broken(f"{what} is missing")
    if len(text) > longest:
        raise Broken(f"{what} has {len(text)} characters, at most {longest} are taken")
    if not text.isprintable():
        raise Broken(f"{what} is one line of printable characters")
    return text


def _near(word: str, known: Iterable[str]) -> str:
    there = sorted(known)
    close = difflib.get_close_matches(word, there, n=3)
    return f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(there[:10]) or 'none'}"

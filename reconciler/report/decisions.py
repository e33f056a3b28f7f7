"""What people decided, as JSON and as cells of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.plan.holds import clock
from reconciler.report import wording

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.plan.holds import Decision

HEADERS = ("id", "decision", "about", "by", "at", "until", "state", "uses", "reason")


def document(decision: Decision, now: datetime) -> dict[str, Any]:
    """Give a decision as a JSON document."""
    return {
        "id": decision.id,
        "kind": decision.kind.value,
        "name": decision.name,
        "environment": decision.environment,
        "digest": decision.digest,
        "by": decision.by,
        "reason": decision.reason,
        "at": decision.at.isoformat(),
        "until": decision.until.isoformat() if decision.until else None,
        "state": state(decision, now),
        "uses": decision.uses,
        "used": decision.used.isoformat() if decision.used else None,
        "endedBy": decision.ended_by,
    }


def cells(decision: Decision, now: datetime) -> tuple[str, ...]:
    """Give a decision as the cells of a row, safe for a terminal."""
    about = decision.name or decision.environment or decision.digest[:12]
    until = clock(decision.until) if decision.until else ""
    ended = f" by {decision.ended_by}" if decision.ended_by else ""
    told = (str(decision.id), decision.kind.value, about, decision.by, clock(decision.at), until)
    rest = (state(decision, now) + ended, str(decision.uses), decision.reason)
    return tuple(wording.printable(each) for each in (*told, *rest))


def state(decision: Decision, now: datetime) -> str:
    """Say how a decision stands: in force, or how it ended."""
    return "in force" if decision.counts(now) else decision.ending or "expired"

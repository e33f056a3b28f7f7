"""What a commit came to, for the host of the repository: one line, and a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.pipeline import secrets
from reconciler.report import markup, notices, plans, wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.plan.changes import Plan
    from reconciler.plan.news import Fact

MOST = 50
"""Entries of a comment; the rest is counted."""


def status(plan: Plan, commit: str, outcome: str, applied: int) -> notices.Status:
    """Give the line about a commit; `outcome` is that of its pass: synced, changed, held or failed."""
    said = f"{outcome}: {plans.summary(plan)}" if plan.blocked or not applied else f"{outcome}: {_changed(applied)}"
    return notices.Status(commit, outcome in ("synced", "changed"), notices.cut(notices.line(said), notices.SHORT))


def comment(plan: Plan, commit: str, facts: Iterable[Fact]) -> notices.Comment | None:
    """Give the comment about a commit: what failed and what is held, None if nothing is to be said."""
    lines = list(_lines(plan, facts))
    if not lines:
        return None
    more = [f"* … and {len(lines) - MOST:,} more"] if len(lines) > MOST else []
    return notices.Comment(commit, "\n".join([f"**{markup.prose(plans.summary(plan))}**", "", *lines[:MOST], *more]))


def _lines(plan: Plan, facts: Iterable[Fact]) -> Iterator[str]:
    for problem in plan.problems:
        yield f"* {markup.prose(_safe(str(problem)))}"
    for fact in facts:
        if fact.sort in ("failed", "blocked") and fact.topic != "file":
            yield f"* {fact.sort} {markup.prose(_safe(fact.subject))}: {markup.prose(_safe(fact.text))}"


def _changed(applied: int) -> str:
    return f"{wording.count(applied, 'change')} applied"


def _safe(text: str) -> str:
    return notices.line(secrets.scrub(text))

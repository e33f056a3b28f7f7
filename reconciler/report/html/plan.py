"""A plan as a page: what would be changed where, field by field, what is held and why, what would be interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report import plans, wording
from reconciler.report.html import elements
from reconciler.report.html.elements import add, fact
from reconciler.report.html.entries import VALUE, shown

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

    from reconciler.plan.changes import Change, Plan


def page(plan: Plan) -> str:
    """Give a plan as one HTML file."""
    root, main = elements.page(f"Plan of commit {plan.commit[:12]}")
    head = add(main, "header")
    add(head, "h1", "Plan")
    add(head, "p", f"Commit {plan.commit[:12]}", kind="faint")
    add(head, "p", plans.summary(plan), kind="verdict")
    if plan.changes:
        add(main, "h2", "Changes")
    for change in plan.changes:
        _change(main, change)
    unread = {**{str(at): why for at, why in plan.unreadable.items()},
              **{f"{name} in {at}": why for (at, name), why in plan.unknown.items()}}  # fmt: skip
    elements.said(main, "Could not be read", (f"{what}: {why}" for what, why in sorted(unread.items())))
    elements.said(main, "Problems", map(str, plan.problems))
    return elements.html(root)


def _change(parent: ET.Element, change: Change) -> None:
    made = add(parent, "article")
    add(made, "h3", change.name)
    chips = add(made, "p")
    add(chips, "span", change.kind.value, kind="chip info")
    add(chips, "span", change.cause.value, kind="chip")
    if change.held:
        add(chips, "span", "held", kind="chip warning")
    add(chips, "span", " · ".join(filter(None, (str(change.target), change.environment, change.file))), kind="faint")
    facts = elements.facts(made)
    told = [("Held, because", change.held), ("Note", change.note)]
    for name, text in (*told, *(("Executions", each) for each in change.interrupts)):
        if text:
            fact(facts, name, text)
    if not change.differences:
        return
    label = f"Differences of {wording.printable(change.name)}"
    body = elements.table(made, label, "where", "live", "git", kind="wide even")
    for each in change.differences:
        row = add(body, "tr")
        add(row, "td", each.place)
        for side in (each.before, each.after):
            add(add(row, "td"), "code", shown(side), longest=VALUE)

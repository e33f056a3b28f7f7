"""One drift as an article: what, since when, by whom, where in the pipeline, and what healing it would do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.report import drifts, wording
from reconciler.report.html import drawing, elements
from reconciler.report.html.elements import add, fact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree import ElementTree as ET

    from reconciler.plan.drift import Drifted
    from reconciler.plan.health import Failure, Health

VALUE = 600
"""Characters of a value that are shown beside the other side's."""

WHOLE = 20_000
"""Characters of a whole declaration that are shown."""


def article(parent: ET.Element, entry: Drifted, anchor: str) -> ET.Element:
    """Add everything that is known about one drift."""
    made = add(parent, "article", id=anchor, aria_labelledby=f"{anchor}-name")
    add(made, "h3", entry.name or str(entry.target), id=f"{anchor}-name")
    chips = add(made, "p")
    add(chips, "span", entry.severity, kind=f"chip {entry.severity}")
    add(chips, "span", entry.kind.value, kind="chip")
    add(chips, "span", " · ".join(filter(None, (str(entry.target), entry.environment, entry.file))), kind="faint")
    if entry.reason:
        add(made, "p", entry.reason)
    _facts(made, entry)
    if entry.before or entry.after:
        drawing.draw(made, entry.before, entry.after, [each.place for each in entry.edits], drawing.DRIFT)
    if entry.edits:
        add(made, "h4", "Differences")
        edits(made, entry)
    if entry.health and entry.health.failures:
        failures(made, entry.health)
    if entry.findings:
        add(made, "h4", "What policy says of the live pipeline")
        found = add(made, "ul")
        for each in entry.findings:
            add(found, "li", str(each))
    _whole(made, entry.before, entry.after)
    return made


def _facts(parent: ET.Element, entry: Drifted) -> None:
    listed = elements.facts(parent)
    elements.time(fact(listed, "Since"), entry.onset)
    if entry.author:
        fact(listed, "Who", drifts.by(entry.author))
    if entry.version_before or entry.version_after:
        fact(listed, "Version", f"{entry.version_before or 'unknown'} → {entry.version_after or 'none'}")
    fact(listed, "Seen", wording.count(entry.seen, "time"))
    if entry.heal:
        fact(listed, "Healing it", entry.heal.does)
        if entry.heal.held:
            fact(listed, "Held, because", entry.heal.held)
        for each in entry.heal.interrupts:
            fact(listed, "Executions", each)
    if entry.health and entry.health.status:
        fact(listed, "Last execution", f"{entry.health.status} {entry.health.summary}".strip())


def edits(parent: ET.Element, entry: Drifted) -> None:
    """Add the differences side by side."""
    label = f"Differences of {wording.printable(entry.name)}"
    body = elements.table(parent, label, "where", "git", "live", kind="wide even")
    for each in entry.edits:
        row = add(body, "tr")
        add(row, "td", each.place)
        for side in (each.git, each.live):
            add(add(row, "td"), "code", shown(side), longest=VALUE)


def shown(value: Any) -> str:
    """Give a JSON value as text; None is an absent field."""
    if value is None:
        return "(absent)"
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, sort_keys=True)


def failures(parent: ET.Element, health: Health) -> None:
    """Add what failed in the last execution, with the way out."""
    add(parent, "h4", "The last execution failed")
    for each in health.failures:
        _failure(parent, each)


def _failure(parent: ET.Element, failure: Failure) -> None:
    line = add(parent, "p")
    add(line, "strong", f"{failure.stage}/{failure.action}")
    add(line, "span", f" {failure.code} {failure.message}".rstrip())
    if failure.url.startswith("https://"):
        add(add(parent, "p"), "a", "Its log", href=failure.url, rel="noreferrer noopener")
    if failure.remedy:
        add(parent, "p", failure.remedy)
    if failure.statement:
        elements.lines(parent, failure.statement, WHOLE, "IAM statement to add")


def _whole(parent: ET.Element, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> None:
    if before is None and after is None:
        return
    folded = add(parent, "details")
    add(folded, "summary", "Whole declarations")
    pair = add(folded, "div", kind="pair")
    for title, document in (("As it was in force", before), ("Live", after)):
        side = add(pair, "div")
        add(side, "h4", title)
        if document is None:
            add(side, "p", "There is none, or nobody has it.", kind="faint")
        else:
            elements.lines(side, json.dumps(document, indent=2, ensure_ascii=False), WHOLE, title)

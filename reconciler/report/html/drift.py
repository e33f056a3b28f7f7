"""A drift report as a page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.plan.drift import Kind
from reconciler.report import drifts
from reconciler.report.html import elements, entries, trend
from reconciler.report.html.elements import add

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree import ElementTree as ET

    from reconciler.plan.drift import Drifted, DriftReport
    from reconciler.report.html.trend import Span

BUDGET = 3_000_000
"""Characters of all articles together; drifts beyond are told in the table alone, so that a browser opens the page."""

HEADS = ("pipeline", "drift", "severity", "target", "since", "by")
"""What the table of drifts tells of each."""

SPAN = timedelta(days=30)
"""How far back the trend goes."""


def page(report: DriftReport, spans: Sequence[Span] = ()) -> str:
    """Give a report as one HTML file; `spans` are the times of all drifts that are remembered, for the trend."""
    root, main = elements.page(f"Drift of pipelines, {report.at:%Y-%m-%d %H:%M} UTC")
    _head(main, report)
    if spans:
        add(main, "h2", "Trend")
        trend.draw(main, spans, report.at - SPAN, report.at)
    _drifted(main, report)
    _targets(main, report)
    _failed(main, report)
    _ended(main, report)
    elements.said(main, "Definitions that could not be read", map(str, report.problems))
    elements.said(main, "Also", report.notes)
    return elements.html(root)


def _head(parent: ET.Element, report: DriftReport) -> None:
    head = add(parent, "header")
    add(head, "h1", "Drift of pipelines")
    line = add(head, "p", kind="faint")
    elements.time(line, report.at)
    add(line, "span", f" · compared with commit {report.commit[:12]}")
    add(head, "p", drifts.summary(report), kind="verdict")
    cards = add(head, "ul", kind="cards")
    for name, number in {**report.severities, "in sync": report.in_sync, "unmanaged": report.unmanaged}.items():
        card = add(cards, "li")
        add(card, "strong", f"{number:,}")
        add(card, "span", name)


def _drifted(parent: ET.Element, report: DriftReport) -> None:
    add(parent, "h2", "Drifted")
    if not report.entries:
        add(parent, "p", "Nothing: every pipeline that was read is as git says.")
        return
    told = _articles(report)
    for number, (row, entry) in enumerate(elements.rows(parent, "All drifts", HEADS, report.entries)):
        _fill(row, entry, f"d{number}" if number < len(told) else "")
    if len(told) < len(report.entries):
        add(
            parent, "p", f"Of {len(report.entries):,} drifts the {len(told):,} worst are told below; JSON has them all."
        )
    for each in told:
        parent.append(each)
    if report.young:
        add(parent, "h2", "Seen, and not counted yet")
        for row, entry in elements.rows(parent, "Not counted yet", HEADS, report.young):
            _fill(row, entry)


def _articles(report: DriftReport) -> list[ET.Element]:
    """Give the articles of the worst drifts, as many as there is room for."""
    holder, room, made = elements.page("")[1], BUDGET, []
    for number, entry in enumerate(report.entries):
        made.append(entries.article(holder, entry, f"d{number}"))
        room -= len(elements.fragment(made[-1]))
        if room < 0:
            made.pop()
            break
    return made


def _fill(row: ET.Element, entry: Drifted, anchor: str = "") -> None:
    name = add(row, "td")
    if anchor:
        add(name, "a", entry.name or str(entry.target), href=f"#{anchor}")
    else:
        add(name, "span", entry.name or str(entry.target))
    add(row, "td", entry.kind.value, kind="short")
    add(add(row, "td"), "span", entry.severity, kind=f"chip {entry.severity}")
    add(row, "td", str(entry.target), kind="short")
    elements.time(add(row, "td", kind="short"), entry.onset)
    add(row, "td", (entry.author and entry.author.principal) or "")


def _targets(parent: ET.Element, report: DriftReport) -> None:
    add(parent, "h2", "Where was looked")
    body = elements.table(parent, "Targets", "target", "environments", "pipelines", "result")
    for each in report.targets:
        row = add(body, "tr")
        add(row, "td", str(each.target))
        add(row, "td", ", ".join(each.environments))
        add(row, "td", "" if each.unreadable else f"{each.pipelines:,}")
        add(row, "td", f"{Kind.UNREADABLE}: {each.unreadable}" if each.unreadable else "read")


def _failed(parent: ET.Element, report: DriftReport) -> None:
    shown = {(each.target, each.name) for each in report.entries if each.health}
    left = [each for each in report.failures if (each.target, each.name) not in shown]
    if left:
        add(parent, "h2", "Executions that failed")
    for each in left:
        made = add(parent, "article")
        add(made, "h3", each.name)
        add(made, "p", str(each.target), kind="faint")
        entries.failures(made, each)


def _ended(parent: ET.Element, report: DriftReport) -> None:
    if not report.ended:
        return
    since = f" since {report.past:%Y-%m-%d %H:%M} UTC" if report.past else ""
    add(parent, "h2", f"Over{since}")
    heads = ("pipeline", "drift", "target", "from", "to", "ending", "by")
    for row, each in elements.rows(parent, "Drifts that are over", heads, report.ended):
        add(row, "td", each.name)
        add(row, "td", each.kind.value)
        add(row, "td", str(each.target))
        elements.time(add(row, "td"), each.since)
        elements.time(add(row, "td"), each.resolved)
        add(row, "td", each.ending)
        add(row, "td", (each.author and each.author.principal) or "")

"""A drift report as text and Markdown."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING

from reconciler.plan.drift import Kind
from reconciler.report import markup, wording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from reconciler.plan.drift import Author, Drifted, DriftReport, Edit, Past
    from reconciler.plan.health import Health

MEANS = {
    "console": "in the console",
    "cli": "with the AWS CLI",
    "sdk": "with an SDK",
    "tool": "with a tool",
    "aws": "through a service of AWS",
    "self": "by this reconciler",
    "unknown": "",
}
SIGNS = {"error": "!", "warning": "~", "info": "="}
"""Marks of severities in text."""


def text(report: DriftReport) -> str:
    """Give a report as lines for a terminal, the worst first, then what does not count yet, failed and past."""
    return "\n".join([*_lines(report), summary(report)])


def explained(report: DriftReport) -> str:
    """Give everything about the pipelines of a report: beside `text`, the declarations, git's and the live one."""
    return "\n".join(
        [*_lines(report), *(line for each in report.entries for line in _documents(each)), summary(report)]
    )


def summary(report: DriftReport) -> str:
    """Give a report in a sentence or two."""
    counts = [f"{number:,} {kind}" for kind, number in report.counts.items() if kind != Kind.UNREADABLE]
    counts += [wording.count(len(report.unreadable), "place") + " unreadable"] if report.unreadable else []
    counts += [f"{len(report.young)} not counted yet"] if report.young else []
    counts += [wording.count(len(report.failures), "last execution") + " failed"] if report.failures else []
    counts += [wording.count(len(report.problems), "problem")] if report.problems else []
    head = f"Drift: {', '.join(counts)}" if report.drifted else ", ".join(["No drift", *counts])
    tail = f"{report.in_sync:,} in sync" + (f", {report.unmanaged:,} unmanaged" if report.unmanaged else "")
    return f"{head}; {wording.count(report.pipelines, 'pipeline')} read, {tail}."


def markdown(report: DriftReport) -> str:
    """Give a report as Markdown, for a chat, a pull request or a job summary."""
    rows = [f"**{markup.prose(summary(report))}**"]
    if report.entries:
        rows += ["", "| | pipeline | target | drift | since | by | differences |", "|---|---|---|---|---|---|---|"]
    rows += [_row(each) for each in report.entries]
    for health in report.failures:
        rows += [
            "",
            *(f"* {markup.code(health.name)} in {health.target}: {markup.prose(line)}" for line in failed(health)),
        ]
    rows += ["", *(f"* {markup.prose(_past(each))}" for each in report.ended)] if report.ended else []
    rows += [f"* {markup.prose(str(problem))}" for problem in report.problems]
    rows += [f"* {markup.prose(note)}" for note in report.notes]
    return "\n".join(rows)


def heading(entry: Drifted) -> str:
    """Say in one line what drifted: kind, name, versions and since when."""
    name = f"{wording.said(entry.name)} " if entry.name else ""
    return f"{entry.kind} {name}{_versions(entry)}since {clock(entry.onset)}".replace("  ", " ")


def by(author: Author) -> str:
    """Say who did it, or why nobody can tell."""
    if author.how == "self":
        return wording.said(author.note)
    how = f"with {wording.said(author.tool)}" if author.tool and author.how != "cli" else MEANS[author.how]
    when = f"at {clock(author.at)}" if author.at else ""
    event = f"({wording.said(author.event)}, event {wording.said(author.event_id)})" if author.event_id else ""
    reason = f"reason: {wording.said(author.reason)}" if author.reason else ""
    who = f"by {wording.said(author.principal)}" if author.known else ""
    told = " ".join(filter(None, (who, how if author.known else "", when if author.known else "", event)))
    return "; ".join(filter(None, (told, reason, wording.said(author.note))))


def difference(edit: Edit) -> str:
    """Say what git says and what is live: `Build/Compile configuration.ProjectName: shop → hotfix`."""
    return f"{wording.said(edit.place)}: {wording.change(edit.git, edit.live)}"


def clock(time: datetime) -> str:
    """Write a time as people and programs read it: `2026-11-20 10:00:00Z`."""
    return time.strftime("%Y-%m-%d %H:%M:%SZ")


def _lines(report: DriftReport) -> Iterator[str]:
    for (environment, target), found in groupby(report.entries, key=lambda each: (each.environment, each.target)):
        yield " ".join(filter(None, (wording.said(environment), str(target))))
        for entry in found:
            yield from _entry(entry)
    for entry in report.young:
        seen = wording.count(entry.seen, "sighting")
        yield f"  . {heading(entry)} in {entry.target}: {seen}, does not count yet"
    for health in report.failures:
        yield from (f"  ! {wording.said(health.name)} in {health.target}: {line}" for line in failed(health))
    for past in report.ended:
        yield f"  . {_past(past)}"
    for problem in report.problems:
        yield f"  ! {wording.said(str(problem))}"
    yield from (f"  . {wording.said(note)}" for note in report.notes)


def _entry(entry: Drifted) -> Iterator[str]:
    seen = f", seen {entry.seen} times" if entry.seen > 1 else ""
    yield f"  {SIGNS[entry.severity]} {heading(entry)}  ({entry.severity}{seen})"
    yield from (f"      {line}" for line in _details(entry))


def _details(entry: Drifted) -> Iterator[str]:
    yield from map(difference, entry.edits)
    if entry.reason:
        yield wording.said(entry.reason)
    if entry.author:
        yield by(entry.author)
    if entry.heal:
        yield from (wording.said(line) for line in healing(entry))
    if entry.health and entry.health.execution:
        yield execution(entry.health)
    for finding in entry.findings:
        yield f"policy: {finding.severity} [{wording.said(finding.rule)}] {wording.said(finding.message)}"


def _documents(entry: Drifted) -> Iterator[str]:
    for title, document in (("in force before", entry.before), ("live now", entry.after)):
        if document is not None:
            yield f"{entry.kind} {wording.said(entry.name)} in {entry.target}, {title}:"
            written = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
            yield from (f"      {wording.said(line)}" for line in written.splitlines())


def healing(entry: Drifted) -> Iterator[str]:
    """Iterate over what healing would do, hold back and interrupt; nothing where nothing can be healed."""
    if entry.heal is None:
        return
    yield f"heal: {entry.heal.does}" if not entry.heal.held else f"heal: held: {entry.heal.held}"
    yield from entry.heal.interrupts


def execution(health: Health) -> str:
    """Say how the last execution stands."""
    when = f" at {clock(health.changed)}" if health.changed else ""
    return f"last execution {wording.said(health.execution)} {wording.said(health.status)}{when}"


def failed(health: Health) -> Iterator[str]:
    """Iterate over what is to be said about an execution that failed: each failure with its remedy."""
    yield execution(health)
    for each in health.failures:
        where = f"{wording.said(each.stage)}/{wording.said(each.action)}"
        yield f"{where} {wording.said(each.code)}: {wording.said(each.message)}"
        told = (each.remedy and f"remedy: {each.remedy}", each.statement and f"statement: {each.statement}", each.url)
        yield from (wording.said(line) for line in told if line)


def _versions(entry: Drifted) -> str:
    if entry.version_before and entry.version_after and entry.version_before != entry.version_after:
        return f"version {entry.version_before} → {entry.version_after} "
    return (
        f"version {entry.version_after or entry.version_before} " if entry.version_after or entry.version_before else ""
    )


def _past(past: Past) -> str:
    who = f"; {by(past.author)}" if past.author else ""
    span = f"{clock(past.since)} to {clock(past.resolved)}"
    return f"{past.kind} {wording.said(past.name)} in {past.target}: {span}, {past.ending}{who}"


def _row(entry: Drifted) -> str:
    edits = "<br>".join(markup.code(difference(each)) for each in entry.edits)
    edits = edits or markup.prose(wording.cut(entry.reason))
    heal = "".join(f"<br>{markup.prose(line)}" for line in healing(entry))
    who = markup.prose(by(entry.author)) if entry.author else ""
    name = markup.code(entry.name) if entry.name else ""
    kind = f"{entry.kind} ({entry.severity}){heal}"
    cells = (SIGNS[entry.severity].replace("~", "\\~"), name, str(entry.target), kind, clock(entry.onset), who, edits)
    return f"| {' | '.join(cells)} |"

"""A drift report for tools that know findings: as JUnit and as SARIF, through the one writer of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.errors import Problem
from reconciler.plan.drift import Kind
from reconciler.report import drifts, findings, wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.plan.drift import Drifted, DriftReport

TITLES = {
    Kind.MISSING: "A pipeline that was in force is not live any more",
    Kind.DEFINITION: "The live declaration is not what git says",
    Kind.EXTRA: "The live declaration has fields that git does not say",
    Kind.NORMALISED: "AWS made something else of what was written",
    Kind.TRANSITIONS: "A transition was opened or shut outside git",
    Kind.TAGS: "Tags are not what git says",
    Kind.OWNER: "The ownership tag names somebody else, or nobody",
    Kind.POLLING: "AWS switched polling off",
    Kind.UNMANAGED: "A pipeline that nobody owns and git does not name",
    Kind.UNREADABLE: "Something could not be read",
}


def problems(report: DriftReport) -> tuple[Problem, ...]:
    """Give every entry as a problem, sorted: of the definition's file if there is one, else of `live:…`."""
    return tuple(sorted(map(_problem, report.entries)))


def sarif(report: DriftReport, version: str) -> dict[str, Any]:
    """Give a report as SARIF 2.1.0; the rules are the kinds of drift. `version` is that of this program."""
    titles = {rule(kind): title for kind, title in TITLES.items()}
    return findings.sarif(problems(report), version, titles)


def junit(report: DriftReport) -> str:
    """Give a report as JUnit XML: a test case for each file and for each target that was read; drift fails it."""
    found = problems(report)
    return findings.junit(found, [f"live:{each.target}" for each in report.targets])


def rule(kind: Kind) -> str:
    """Give the id of the rule that a kind of drift is."""
    return f"drift-{kind}"


def _problem(entry: Drifted) -> Problem:
    place = f"live:{entry.target}/{entry.name}".removesuffix("/")
    message = ". ".join(_sentences(entry))
    hint = wording.said("; ".join(drifts.healing(entry)))
    path = wording.said(entry.edits[0].place) if entry.edits else ""
    return Problem(entry.file or place, 0, 0, path, message, hint, rule(entry.kind), entry.severity)


def _sentences(entry: Drifted) -> Iterator[str]:
    yield f"{drifts.heading(entry)} in {entry.target}"
    yield from map(drifts.difference, entry.edits)
    if entry.reason:
        yield wording.said(entry.reason)
    if entry.author:
        yield drifts.by(entry.author)

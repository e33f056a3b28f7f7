"""A plan as text, Markdown and JSON."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from reconciler.plan.changes import Change, Kind, Plan, change_document
from reconciler.plan.holds import SHORTEST
from reconciler.report import markup, wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.plan.changes import Difference

SCHEMA = "codepipeline-reconciler/plan/1"
SIGNS = {Kind.CREATE: "+", Kind.ADOPT: "=", Kind.UPDATE: "~", Kind.TAG: "~", Kind.DELETE: "-", Kind.TRANSITION: "~"}
HELD = "!"


def document(plan: Plan) -> dict[str, Any]:
    """Give a plan as a JSON document: stable, sorted, masked; the same plan gives the same bytes."""
    return {
        "schema": SCHEMA,
        "commit": plan.commit,
        "digest": plan.digest,
        "counts": plan.counts,
        "approvals": plan.approvals,
        "inSync": plan.in_sync,
        "unmanaged": plan.unmanaged,
        "changes": [change_document(change) for change in plan.changes],
        "problems": [
            {"file": each.file, "line": each.line, "column": each.column, "path": each.path, "message": each.message,
             "hint": each.hint} for each in plan.problems
        ],
        "unreadable": [
            {"account": target.account, "region": target.region, "reason": reason}
            for target, reason in sorted(plan.unreadable.items())
        ],
        "unknown": [
            {"account": target.account, "region": target.region, "name": name, "reason": reason}
            for (target, name), reason in sorted(plan.unknown.items())
        ],
    }  # fmt: skip


def text(plan: Plan) -> str:
    """Give a plan as lines for a terminal; a sign tells each kind: + create, ~ update, - delete, ! held."""
    return "\n".join([*_lines(plan), *_approvals(plan), summary(plan)])


def summary(plan: Plan) -> str:
    """Give a plan in one sentence, with the digest to apply it by."""
    counts = [f"{number:,} to {kind}" for kind, number in plan.counts.items() if kind != "held"]
    counts += [wording.count(len(plan.held), "change") + " held"] if plan.held else []
    counts += [wording.count(len(plan.problems), "problem")] if plan.problems else []
    counts += [wording.count(len(plan.unreadable), "unreadable target")] if plan.unreadable else []
    counts += [wording.count(len(plan.unknown), "unreadable pipeline")] if plan.unknown else []
    head = ", ".join(counts) or "nothing to do"
    tail = f" Plan {plan.digest[:12]}." if plan.open else ""
    return f"{head[0].upper()}{head[1:]}; {wording.count(plan.in_sync, 'pipeline')} in sync.{tail}"


def markdown(plan: Plan) -> str:
    """Give a plan as Markdown, for a pull request or a job summary."""
    rows = [f"**{summary(plan)}**", ""]
    if plan.changes:
        rows += ["| | pipeline | target | change | differences |", "|---|---|---|---|---|"]
    for change in plan.changes:
        cells = "<br>".join(markup.code(_difference(each)) for each in change.differences) or markup.prose(change.note)
        held = f"<br>**held**: {markup.prose(change.held)}" if change.held else ""
        ends = "".join(f"<br>{markup.prose(each)}" for each in change.interrupts)
        passes = f"<br>passes by {markup.prose(change.warrant)}" if change.warrant else ""
        kind = f"{change.kind} ({change.cause}){ends}{passes}{held}"
        rows.append(f"| {_sign(change)} | {markup.code(change.name)} | {change.target} | {kind} | {cells} |")
    rows += [f"* {markup.prose(line)}" for line in _approvals(plan)]
    rows += [f"* {markup.prose(str(problem))}" for problem in plan.problems]
    rows += [f"* {target}: {markup.prose(reason)}" for target, reason in sorted(plan.unreadable.items())]
    rows += [
        f"* {markup.prose(name)} in {target}: {markup.prose(reason)}"
        for (target, name), reason in sorted(plan.unknown.items())
    ]
    return "\n".join(rows)


def _approvals(plan: Plan) -> Iterator[str]:
    """Give a line for each environment that waits for somebody."""
    for environment, digest in plan.approvals.items():
        count = wording.count(len(plan.pending[environment]), "change")
        where = environment or "sync.mode"
        yield f"{where} is manual, with {count}: reconciler approve {digest[:SHORTEST]}"


def _lines(plan: Plan) -> Iterator[str]:
    for target, changes in groupby(plan.changes, key=lambda change: change.target):
        yield str(target)
        for change in changes:
            yield from _change_lines(change)
    for problem in plan.problems:
        yield f"{HELD} {wording.printable(str(problem))}"
    for target, reason in sorted(plan.unreadable.items()):
        yield f"{HELD} {target} could not be read: {wording.printable(reason)}"
    for (target, name), reason in sorted(plan.unknown.items()):
        yield f"{HELD} {wording.printable(name)} in {target} could not be read: {wording.printable(reason)}"


def _change_lines(change: Change) -> Iterator[str]:
    origin = f"  {wording.printable(change.file)}" if change.file else ""
    version = f"  version {change.version}" if change.version else ""
    name = wording.printable(change.name)
    yield f"  {_sign(change)} {change.kind:<6}  {name}{version}  ({change.cause}){origin}"
    for each in change.differences:
        yield f"      {_difference(each)}"
    for sentence in change.interrupts:
        yield f"      {wording.printable(sentence)}"
    if change.warrant:
        yield f"      passes by {wording.printable(change.warrant)}"
    if change.note:
        yield f"      note: {wording.printable(change.note)}"
    if change.held:
        yield f"      held: {wording.printable(change.held)}"


def _difference(difference: Difference) -> str:
    place = wording.printable(difference.place)
    return f"{place}: {wording.change(difference.before, difference.after)}"


def _sign(change: Change) -> str:
    return HELD if change.held else SIGNS[change.kind]

"""A comparison as rows, text, Markdown and JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.report import markup, wording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.plan.comparison import Comparison

SCHEMA = "codepipeline-reconciler/comparison/1"

Row = tuple[str, str, str]
"""Place, left side and right side."""


def document(comparison: Comparison) -> dict[str, Any]:
    """Give a comparison as a JSON document, masked."""
    return {
        "schema": SCHEMA,
        "left": comparison.left,
        "right": comparison.right,
        "same": comparison.same,
        "folded": {placeholder: list(pair) for placeholder, pair in comparison.folded.items()},
        "differences": [
            {"place": each.place, "left": each.before, "right": each.after} for each in comparison.differences
        ],
    }


def rows(comparison: Comparison) -> list[Row]:
    """Give one row for each difference, in words; nothing is cut."""
    return [(wording.printable(each.place), _cell(each.before), _cell(each.after)) for each in comparison.differences]


def text(comparison: Comparison) -> str:
    """Give a comparison as lines: `Build/Compile configuration.ProjectName: a | b`, then the summary."""
    lines = [f"{place}: {left} | {right}" for place, left, right in rows(comparison)]
    return "\n".join([*lines, summary(comparison)])


def summary(comparison: Comparison) -> str:
    """Give a comparison in a sentence or two, with what was folded."""
    pair = f"{wording.printable(comparison.left)} | {wording.printable(comparison.right)}"
    found = wording.count(len(comparison.differences), "difference") if comparison.differences else "no difference"
    folded = ", ".join(f"{placeholder} is {one} | {other}" for placeholder, (one, other) in comparison.folded.items())
    return f"{pair}: {found}." + (f" Folded: {folded}." if folded else "")


def markdown(comparison: Comparison) -> str:
    """Give a comparison as Markdown, for a pull request or a job summary."""
    lines = [f"**{markup.prose(summary(comparison))}**"]
    if comparison.differences:
        titles = f"| | {markup.code(comparison.left)} | {markup.code(comparison.right)} |"
        lines += ["", titles, "|---|---|---|"]
    lines += [f"| {' | '.join(markup.code(cell) for cell in row)} |" for row in rows(comparison)]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    match value:
        case None:
            return "(absent)"
        case str() if value:
            return wording.printable(value)
        case {"actionTypeId": dict(kind)}:
            return wording.printable(_kind(kind))
        case {"actions": dict(actions)}:
            named = (f"{name} ({_kind(action['actionTypeId'])})" for name, action in actions.items())
            return wording.printable(", ".join(named))
    return wording.printable(json.dumps(value, sort_keys=True, ensure_ascii=False))


def _kind(kind: Mapping[str, Any]) -> str:
    return f"{kind.get('category')}: {kind.get('provider')}"

"""The actions of runs over time: bars that text and drawings share, and the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.report import verdicts, wording
from reconciler.simulation.durations import spell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.simulation.trace import ActionRun, Run

NARROWEST = 40
"""Characters that a text timeline takes at least."""
_SIGNS = {"ok": "█", "failed": "▓", "waiting": "░", "running": "▒"}


class Bar(NamedTuple):
    """One attempt of one action: milliseconds since the first run's start."""

    label: str
    kind: str
    """`ok`, `failed`, `waiting` (an approval) or `running`."""
    start: int
    end: int
    open: bool
    """Whether it goes on beyond the picture."""


def bars(runs: Sequence[Run]) -> tuple[Bar, ...]:
    """Give a bar for each attempt of each action, run by run, in order of start."""
    begin = min((run.started for run in runs), default=0)
    several = len({run.pipeline for run in runs}) > 1
    heads = [f"{run.pipeline} " if several else "" for run in runs]
    heads = [f"{head}#{run.number} " if len(runs) > 1 else "" for head, run in zip(heads, runs, strict=True)]
    return tuple(
        _bar(run, action, head, begin)
        for head, run in zip(heads, runs, strict=True)
        for action in sorted(run.actions, key=lambda each: each.started)
    )


def length(runs: Sequence[Run]) -> int:
    """Give the milliseconds from the first start to the last end."""
    return max(run.started + run.elapsed for run in runs) - min(run.started for run in runs) if runs else 0


def text(runs: Sequence[Run], width: int = 80) -> str:
    """Give the timeline as lines of at most `width` characters (at least 40), each bar at least one wide."""
    drawn, width, total = bars(runs), max(width, NARROWEST), length(runs)
    if not drawn:
        return ""
    labels = [wording.printable(bar.label) for bar in drawn]
    margin = min(max(map(len, labels)), width // 3)
    room = width - margin - 2
    scale = f"{'':<{margin}}  0s{spell(total):>{room - 2}}"
    lines = [_line(*each, margin, room, total) for each in zip(labels, drawn, strict=True)]
    legend = "  ".join(f"{sign} {kind}" for kind, sign in _SIGNS.items() if any(bar.kind == kind for bar in drawn))
    return "\n".join([scale, *lines, f"{'':<{margin}}  {legend}"])


def _bar(run: Run, action: ActionRun, head: str, begin: int) -> Bar:
    label = head + action.place if len(run.attempts(action.place)) == 1 else f"{head}{action.place} {action.attempt}"
    end = verdicts.latest(run) if action.ended is None else action.ended
    return Bar(label, _kind(action), action.started - begin, end - begin, action.ended is None)


def _kind(action: ActionRun) -> str:
    if action.status in ("Failed", "Abandoned"):
        return "failed"
    if action.category == "Approval":
        return "waiting"
    return "running" if action.ended is None else "ok"


def _line(label: str, bar: Bar, margin: int, room: int, total: int) -> str:
    name = label if len(label) <= margin else f"…{label[len(label) - margin + 1 :]}"
    first, last = (min(room - 1, time * room // max(total, 1)) for time in (bar.start, max(bar.start, bar.end - 1)))
    return f"{name:<{margin}}  {'':<{first}}{_SIGNS[bar.kind] * (last - first + 1)}".rstrip()

"""What simulated runs have shown of a pipeline: outcomes of actions, transitions, conditions, retries and rollbacks.

Rules of this file:

* A point is what one pipeline can do at one place. Points come from the declaration, hits from runs.
* Tallies add up in any order, so that workers may count apart.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.pipeline.model import GATES, Pipeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.pipeline.model import Action, Stage
    from reconciler.simulation.trace import ActionRun, Run, StageRun

SCHEMA = "codepipeline-reconciler/coverage/1"
KINDS = ("action", "transition", "condition", "retry", "rollback")
TAKEN = "taken"
_HIDDEN = 5
"""Points of one pipeline that the table names; the rest is a number."""


class Point(NamedTuple):
    """One thing that a pipeline can do."""

    kind: str
    """One of `KINDS`."""
    place: str
    """`Stage/Action`, `Stage → Stage`, `Stage.beforeEntry` or `Stage`."""
    outcome: str

    def __str__(self) -> str:
        name = self.kind if self.kind in ("retry", "rollback") else ""
        return " ".join(filter(None, (name, self.place, "" if self.outcome == TAKEN else self.outcome)))


def points(document: Mapping[str, Any]) -> tuple[Point, ...]:
    """Give everything that a declaration in API shape can do, in order of its stages."""
    stages = Pipeline(document).stages
    found = [point for stage in stages for point in _points(stage)]
    moves = [Point("transition", f"{one.name} → {other.name}", TAKEN) for one, other in pairwise(stages)]
    return tuple(sorted((*found, *moves), key=lambda point: KINDS.index(point.kind)))


def reached(run: Run) -> Iterator[Point]:
    """Give what a run did; what it does not say, such as an action that is still under way, is no point."""
    for stage in run.stages:
        yield from (point for action in stage.actions if (point := _shown(action)))
        yield from _judged(stage)
        if stage.retry == "AutomatedStageRetry":
            yield Point("retry", stage.stage, TAKEN)
    if run.trigger.type == "AutomatedRollback":
        yield from (Point("rollback", stage.stage, TAKEN) for stage in run.stages[:1])
    entered = [stage.stage for stage in run.stages if stage.entered is not None]
    yield from (Point("transition", f"{one} → {other}", TAKEN) for one, other in pairwise(entered))


@dataclass(slots=True)
class Tally:
    """How often each point of each pipeline was reached."""

    counts: dict[str, Counter[Point]] = field(default_factory=dict)
    """By pipeline; points that nothing reached are there with 0."""

    def declare(self, document: Mapping[str, Any]) -> None:
        """Count a pipeline in, even if no test runs it."""
        counter = self.counts.setdefault(str(document["name"]), Counter())
        counter.update(dict.fromkeys(points(document), 0))

    def add(self, document: Mapping[str, Any], runs: Iterable[Run]) -> None:
        """Count what runs of a declaration reached; points that it does not have are left out."""
        self.declare(document)
        counter = self.counts[str(document["name"])]
        counter.update(point for run in runs for point in reached(run) if point in counter)

    def merge(self, rows: Iterable[Iterable[Any]]) -> None:
        """Add what another process counted, as `rows` gave it."""
        for name, kind, place, outcome, count in rows:
            self.counts.setdefault(name, Counter())[Point(kind, place, outcome)] += count

    @property
    def rows(self) -> list[list[str | int]]:
        """Everything as plain values: name, kind, place, outcome, count."""
        return [[name, *point, count] for name, counter in self.counts.items() for point, count in counter.items()]

    @property
    def percent(self) -> float:
        """How much of everything was reached; 100 where there is nothing to reach."""
        return _percent([count for counter in self.counts.values() for count in counter.values()])

    @property
    def document(self) -> dict[str, Any]:
        """The report as JSON: percentages and the count of every point, by pipeline."""
        return {
            "schema": SCHEMA,
            "percent": round(self.percent, 2),
            "pipelines": {
                name: {
                    "percent": round(_percent(counter.values()), 2),
                    "points": [{**point._asdict(), "count": count} for point, count in counter.items()],
                }
                for name, counter in sorted(self.counts.items())
            },
        }

    @property
    def table(self) -> list[str]:
        """The report as lines: a row for each pipeline, reached and all points by kind, and what is missing."""
        head = ("pipeline", *(f"{kind}s" for kind in KINDS[:-2]), "retries", "rollbacks", "cover", "missing")
        lines = [head, *(_line(name, counter) for name, counter in sorted(self.counts.items()))]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        rows = ["  ".join(_cells(line, widths)).rstrip() for line in lines]
        return [*rows, f"TOTAL {self.percent:.0f} %"]


def _points(stage: Stage) -> Iterator[Point]:
    for action in stage.actions:
        yield from (Point("action", action.place, outcome) for outcome in _outcomes(action))
    for kind in GATES:
        gate = stage.document.get(kind) or {}
        conditions = gate.get("conditions") or ()
        if conditions:
            yield from (Point("condition", f"{stage.name}.{kind}", outcome) for outcome in ("met", "not met"))
        results = {gate.get("result"), *(each.get("result") for each in conditions)}
        yield from (Point(result.lower(), stage.name, TAKEN) for result in ("RETRY", "ROLLBACK") if result in results)


def _outcomes(action: Action) -> tuple[str, ...]:
    return ("approved", "rejected", "timed out") if action.category == "Approval" else ("succeeded", "failed")


def _shown(action: ActionRun) -> Point | None:
    if action.status not in ("Succeeded", "Failed"):
        return None
    good = action.status == "Succeeded"
    if action.category == "Approval":
        return Point("action", action.place, "approved" if good else "rejected" if action.by else "timed out")
    return Point("action", action.place, "succeeded" if good else "failed")


def _judged(stage: StageRun) -> Iterator[Point]:
    for condition in stage.conditions:
        if condition.status in ("Succeeded", "Failed", "Errored"):
            met = "met" if condition.status == "Succeeded" else "not met"
            yield Point("condition", f"{stage.stage}.{condition.kind}", met)


def _percent(counts: Iterable[int]) -> float:
    hits = [count > 0 for count in counts]
    return 100 * sum(hits) / len(hits) if hits else 100.0


def _line(name: str, counter: Counter[Point]) -> tuple[str, ...]:
    missing = [str(point) for point, count in counter.items() if not count]
    more = [f"and {len(missing) - _HIDDEN} more"] if len(missing) > _HIDDEN else []
    cells = [_cell([count for point, count in counter.items() if point.kind == kind]) for kind in KINDS]
    return (name, *cells, f"{_percent(counter.values()):.0f} %", ", ".join(missing[:_HIDDEN] + more))


def _cell(counts: list[int]) -> str:
    return f"{sum(count > 0 for count in counts)}/{len(counts)}" if counts else "-"


def _cells(line: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    for number, (cell, width) in enumerate(zip(line, widths, strict=True)):
        text = number in (0, len(line) - 1)
        yield cell.ljust(width) if text else cell.rjust(width)

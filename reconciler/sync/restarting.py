"""Executions that an update ended, started again: the store knows them before the update is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.aws.starts import Start
from reconciler.pipeline.model import Pipeline
from reconciler.plan.changes import Kind
from reconciler.sync import interrupting, waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.aws.starts import Run
    from reconciler.simulation.interruption import Running
    from reconciler.sync.work import Work

ENDED = frozenset({"InProgress", "Cancelled", "Failed"})
"""Statuses of what an update ended: its running actions finish first, and what it is called then AWS's own pages tell
differently (reference E.7). What was superseded or stopped has been replaced by somebody."""

TYPES = {
    "CodeCommit": "COMMIT_ID",
    "CodeStarSourceConnection": "COMMIT_ID",
    "GitHub": "COMMIT_ID",
    "ECR": "IMAGE_DIGEST",
    "S3": "S3_OBJECT_VERSION_ID",
}
"""Type of a revision by source provider (reference E.2)."""


def remember(work: Work, lost: Iterable[Running]) -> None:
    """Write down what is to be started again, before the update ends it."""
    how = interrupting.handling(work.change, work.state, work.world)
    restart = "same" if how.interrupt == "drain" else how.restart
    again = tuple(run.id for run in lost if run.status == "InProgress")
    if not again or restart == "none" or work.change.kind is not Kind.UPDATE:
        return
    version = work.seen.stamp.version
    work.wait = replace(waiting.noted(work), again=again, restart=restart, version=version)
    work.world.memory.wait(work.wait)


def start_again(work: Work, document: Mapping[str, Any]) -> str:
    """Start what the update ended, as `document` is live now; give a sentence, empty if there was nothing to start."""
    wait = work.wait
    if wait is None or not wait.again:
        return ""
    known = work.world.cloud.runs(work.access, wait.name)
    runs = [run for run in known if run.id in wait.again and run.status in ENDED]
    same = wait.restart == "same" and document.get("pipelineType") == "V2"
    started = []
    for run in runs if same else runs[-1:]:
        started.append(f"{run.id} as {_started(work, run, document, same=same)}")
        work.wait = replace(work.wait or wait, again=tuple(each for each in wait.again if each != run.id))
        work.world.memory.wait(work.wait)
    work.wait = replace(work.wait or wait, again=())
    work.world.memory.wait(work.wait)
    how = "with its source revisions" if same else "afresh"
    return f"started again {how}: {', '.join(started)}" if started else ""


def _started(work: Work, run: Run, document: Mapping[str, Any], *, same: bool) -> str:
    start = Start(f"again-{run.id}")
    if same:
        values = work.world.cloud.variables(work.access, work.change.name, run.id)
        declared = {each["name"] for each in document.get("variables") or ()}
        kept = {name: value for name, value in values.items() if name in declared}
        start = replace(start, revisions=tuple(_revisions(run, document)), variables=kept)
    with work.journalled("start", f"restart: execution {run.id} was ended by the update"):
        return work.world.cloud.start(work.access, work.change.name, start)


def _revisions(run: Run, document: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Iterate over the revisions of source actions that there still are."""
    for action in Pipeline(dict(document)).actions:
        kind = TYPES.get(action.provider)
        if action.category == "Source" and kind and (revision := run.revisions.get(action.name)):
            yield {"actionName": action.name, "revisionType": kind, "revisionValue": revision}

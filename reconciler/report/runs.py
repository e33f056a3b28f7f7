"""A run, simulated or real, as a text tree, as one sentence and as JSON; times are relative to the run's start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.report import verdicts, wording
from reconciler.simulation.durations import spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.simulation.trace import ActionRun, ConditionRun, Run, StageRun, Start

SCHEMA = "codepipeline-reconciler/run/1"
DIGEST = 13
"""Hexadecimal characters from which on a revision is taken for a digest, and shortened."""
WORDS = {
    "Succeeded": "ok", "Failed": "failed", "InProgress": "runs", "Abandoned": "abandoned", "Stopping": "stopping",
    "Stopped": "stopped", "Cancelled": "cancelled", "Skipped": "skipped", "Errored": "error",
    "Overridden": "overridden", "Superseded": "superseded",
}  # fmt: skip
"""AWS's statuses in the words of the tree."""


@dataclass(frozen=True, slots=True)
class _Row:
    level: int
    name: str
    word: str
    span: str
    notes: tuple[str, ...] = ()


def tree(run: Run, others: Sequence[Run] = ()) -> str:
    """Give a run as a tree: a head, then a row for each stage, action attempt and condition, in aligned columns.

    A stage whose only action succeeded is one row. Role and Region stand where they differ from the first action's.
    `others` are the runs beside it, so that one which superseded it can be named by its number.
    """
    head = [f"{run.pipeline} #{run.number}", occasion(run.trigger), run.status, spell(run.elapsed)]
    rows = [row for stage in run.stages for row in _stage_rows(run, stage)]
    if run.waiting and run.waiting.at.partition("/")[0] not in {stage.stage for stage in run.stages}:
        rows.append(_Row(0, run.waiting.at, "waits", "", (verdicts.reason(run),)))
    before = f" before {run.waited_before}" if run.waited_before else ""
    notes = [] if not run.superseded_by else [f"superseded by {verdicts.number(run.superseded_by, others)}{before}"]
    return "\n".join(wording.printable(line) for line in ("  ".join([*head, *notes]), *_aligned(rows)))


def occasion(start: Start) -> str:
    """Say what started a run: `push main@3f2a`, `tag v1.2`, `pull request 7`, else AWS's trigger type and who."""
    commit = f"@{short(start.commit)}" if start.commit else ""
    if start.pull_request:
        return f"pull request {start.pull_request}{commit}"
    if start.tag or start.branch:
        return (f"tag {start.tag}" if start.tag else f"push {start.branch}") + commit
    return f"{start.type} by {start.by}" if start.by else start.type


def short(revision: str) -> str:
    """Shorten a commit id or a digest to seven characters; leave what a person chose."""
    digest = revision.rpartition(":")[2]
    is_digest = len(digest) >= DIGEST and all(letter in "0123456789abcdef-" for letter in digest)
    return digest[:7] if is_digest else revision


def document(run: Run) -> dict[str, Any]:
    """Give a run as JSON. Times are milliseconds since the run's start; its own `started` since the world's."""
    return {
        "schema": SCHEMA,
        "pipeline": run.pipeline,
        "id": run.id,
        "number": run.number,
        "version": run.version,
        "mode": run.mode,
        "kind": run.kind,
        "trigger": {"type": run.trigger.type, "detail": run.trigger.detail, "by": run.trigger.by,
                    "branch": run.trigger.branch, "tag": run.trigger.tag, "pullRequest": run.trigger.pull_request,
                    "commit": run.trigger.commit},
        "status": run.status,
        "verdict": verdicts.verdict(run),
        "parkedAt": run.parked_at or None,
        "waitsFor": run.waiting.reason if run.waiting else None,
        "supersededBy": run.superseded_by or None,
        "waitedBefore": run.waited_before or None,
        "rollbackOf": run.rollback_of or None,
        "started": run.started,
        "elapsed": run.elapsed,
        "variables": dict(run.variables),
        "revisions": dict(run.revisions),
        "stages": [_stage_document(run, stage) for stage in run.stages],
        "actions": [_action_document(run, attempts) for attempts in _by_place(run)],
        "events": [_plain(event) for event in run.events],
    }  # fmt: skip


def _stage_rows(run: Run, stage: StageRun) -> Iterator[_Row]:
    span = (
        ""
        if stage.entered is None
        else spell((verdicts.latest(run) if stage.ended is None else stage.ended) - stage.entered)
    )
    notes = [stage.retry] if stage.retry else []
    if run.waiting and run.waiting.at == stage.stage:
        notes.append(verdicts.reason(run))
    alone = stage.actions[0] if len(stage.actions) == 1 and not stage.conditions else None
    if alone and alone.status == stage.status == "Succeeded":
        notes += _notes(run, alone)
        yield _Row(0, stage.stage, WORDS["Succeeded"], span, tuple(notes))
        return
    yield _Row(0, stage.stage, _stage_word(run, stage), span, tuple(notes))
    yield from (_condition_row(run, each) for each in stage.conditions if each.kind == "beforeEntry")
    yield from (_action_row(run, each) for each in stage.actions)
    yield from (_condition_row(run, each) for each in stage.conditions if each.kind != "beforeEntry")


def _stage_word(run: Run, stage: StageRun) -> str:
    if stage.entered is None:
        return "waits" if run.ended is None else "not entered"
    waits = run.waiting and run.waiting.at.partition("/")[0] == stage.stage and stage.status == "InProgress"
    return "waits" if waits else _word(stage.status)


def _action_row(run: Run, action: ActionRun) -> _Row:
    ended = verdicts.latest(run) if action.ended is None else action.ended
    waits = run.waiting and run.waiting.at == action.place and action.ended is None
    word = "waits" if waits else _word(action.status)
    return _Row(1, action.action, word, spell(ended - action.started), tuple(_notes(run, action)))


def _notes(run: Run, action: ActionRun) -> Iterator[str]:
    if len(run.attempts(action.place)) > 1:
        yield f"attempt {action.attempt}"
    if run.waiting and run.waiting.at == action.place and action.ended is None:
        yield verdicts.reason(run)
    if action.by and action.category == "Approval":
        said = action.failure.message if action.failure else action.summary
        yield f"{'rejected' if action.failure else 'approved'} by {action.by}" + (f": {said}" if said else "")
    elif action.failure:
        yield verdicts.failure(action.failure)
    results = action.outputs if action.category == "Source" else action.variables
    yield from (f"{name}={wording.value(short(value))}" for name, value in sorted(results.items()))
    first = run.actions[0]
    if action.role != first.role and action.role:
        yield _role(action.role, first.role)
    if action.region != first.region and action.region:
        yield action.region


def _role(arn: str, usual: str) -> str:
    account, name = arn.split(":")[4:5], arn.rpartition(":")[2]
    return f"{name} in {account[0]}" if account and account != usual.split(":")[4:5] else name


def _condition_row(run: Run, condition: ConditionRun) -> _Row:
    ended = verdicts.latest(run) if condition.ended is None else condition.ended
    result = [f"→ {condition.result}"] if condition.result and condition.status in ("Failed", "Errored") else []
    rules = [f"{each.name}: {each.summary or _word(each.status)}" for each in condition.rules
             if each.status != "Succeeded"]  # fmt: skip
    return _Row(1, condition.kind, _word(condition.status), spell(ended - condition.started), (*result, *rules))


def _word(status: str) -> str:
    return WORDS.get(status, status)


def _aligned(rows: Sequence[_Row]) -> Iterator[str]:
    names = [f"{'  ' * (row.level + 1)}{row.name}" for row in rows]
    name, word, span = (
        max(map(len, column), default=0) for column in (names, [row.word for row in rows], [row.span for row in rows])
    )
    for title, row in zip(names, rows, strict=True):
        yield "  ".join([f"{title:<{name}}", f"{row.word:<{word}}", f"{row.span:>{span}}", *row.notes]).rstrip()


def _by_place(run: Run) -> Iterable[tuple[ActionRun, ...]]:
    return [run.attempts(place) for place in dict.fromkeys(action.place for action in run.actions)]


def _stage_document(run: Run, stage: StageRun) -> dict[str, Any]:
    return {
        "stage": stage.stage,
        "status": stage.status,
        "attempt": stage.attempt,
        "retry": stage.retry or None,
        "entered": _since(run, stage.entered),
        "ended": _since(run, stage.ended),
        "conditions": [
            {"kind": each.kind, "result": each.result or None, "status": each.status,
             "started": _since(run, each.started), "ended": _since(run, each.ended),
             "rules": [{"name": rule.name, "provider": rule.provider, "status": rule.status, "summary": rule.summary}
                       for rule in each.rules]}
            for each in stage.conditions
        ],
    }  # fmt: skip


def _action_document(run: Run, attempts: tuple[ActionRun, ...]) -> dict[str, Any]:
    last = attempts[-1]
    failure = last.failure
    return {
        "stage": last.stage,
        "action": last.action,
        "provider": last.provider,
        "region": last.region,
        "role": last.role,
        "status": last.status,
        "attempts": len(attempts),
        "started": _since(run, attempts[0].started),
        "ended": _since(run, last.ended),
        "by": last.by or None,
        "summary": last.summary,
        "failure": {"type": failure.type, "code": failure.code, "message": failure.message} if failure else None,
        "inputs": dict(last.inputs),
        "outputs": dict(last.outputs),
        "variables": dict(last.variables),
    }


def _since(run: Run, time: int | None) -> int | None:
    return None if time is None else time - run.started


def _plain(value: Any) -> Any:
    """Give mappings and sequences of any kind as those that JSON knows."""
    if hasattr(value, "items"):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value

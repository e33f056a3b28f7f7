"""What a world that runs for long lets go, if it was told what to `keep`: old executions, and lines of the log.

Rules of this file:

* Executions that run, and the last one of each stage, stay; what is still to happen to another one does not happen.
* It happens now and then, and costs what is dropped; so the log may show lines of what was dropped for a while.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Track
    from reconciler.simulation.trace import Record

LOOSE = 10_000
"""Lines of the log about no execution, such as refusals, that are kept at least."""


def forget(engine: Engine, pipeline: str) -> None:
    """Drop the oldest ended executions of a pipeline beyond `keep`; all of them if it was deleted for good."""
    keep = engine.keep or 0
    if pipeline in engine.deleted:
        _forget_deleted(engine, pipeline, keep)
    if pipeline in engine.tracks:
        track = engine.track(pipeline)
        if len(track.executions) - len(track.active) > 2 * keep:  # only now and then, so that it costs little
            _drop(engine, track, keep)
    tidy(engine)


def _forget_deleted(engine: Engine, pipeline: str, keep: int) -> None:
    track = engine.deleted[pipeline]
    if track.mark is not engine.mark:
        engine.deleted[pipeline] = track = track.owned(engine.mark)
    if engine.assumptions.history_survives_deletion:
        _drop(engine, track, keep)
        return
    if not track.active:
        track.gates.clear()
        del engine.deleted[pipeline]
    _drop(engine, track, 0)


def _drop(engine: Engine, track: Track, keep: int) -> None:
    ended = [each for each in track.executions if each not in track.active]
    spared = {each for gate in track.gates.values() for each in (gate.holder, gate.latest)}
    dropped = dict.fromkeys(each for each in ended[: max(0, len(ended) - keep)] if each not in spared)
    track.executions = [each for each in track.executions if each not in dropped]
    track.tokens = {token: each for token, each in track.tokens.items() if each not in dropped}
    _remove(engine, dropped)


def _remove(engine: Engine, identities: Iterable[str]) -> None:
    """Drop executions with their approvals and jobs; their lines of the log go later."""
    for identity in identities:
        execution = engine.runs.pop(identity)
        engine.outdated += len(execution.records)
        for visit in execution.visits.values():
            for attempt in visit.attempts:
                engine.approvals.pop(attempt.token, None)
                engine.jobs.pop(attempt.id, None)


def tidy(engine: Engine) -> None:
    """Drop lines from the log once most of them are outdated, or too many are about no execution."""
    if engine.outdated * 2 <= len(engine.records) and engine.loose <= 2 * LOOSE:
        return
    loose = [record.serial for record in engine.records if not record.execution]
    engine.records = list(_current(engine, loose[-LOOSE] if len(loose) > LOOSE else 0))
    engine.outdated, engine.loose = 0, sum(not record.execution for record in engine.records)


def _current(engine: Engine, least: int) -> Iterator[Record]:
    """Give the lines about executions that are there, and about pipelines since the oldest of those."""
    firsts = {name: _first(engine, track) for name, track in engine.tracks.items()}
    for record in engine.records:
        if record.execution:
            if record.execution in engine.runs:
                yield record
        elif record.serial >= max(least, firsts.get(record.pipeline, 0 if not record.pipeline else record.serial + 1)):
            yield record


def _first(engine: Engine, track: Track) -> int:
    return min((engine.runs[each].records[0].serial for each in track.executions), default=0)


HANDLERS: dict[str, Callable[..., None]] = {"forget": forget}

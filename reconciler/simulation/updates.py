"""Creating, updating and deleting a pipeline, and what that does to its runs (reference E.2.1, E.7, B.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.documents import path_text
from reconciler.pipeline import validity
from reconciler.pipeline.rules import Severity
from reconciler.simulation import compiling, conditions, endings, gates, jobs
from reconciler.simulation.refusals import (
    INVALID_STAGE,
    INVALID_STRUCTURE,
    INVALID_TAGS,
    TOO_MANY_TAGS,
    VALIDATION,
    Refused,
)  # fmt: skip
from reconciler.simulation.state import AT_GATE, Gate, Track
from reconciler.simulation.trace import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.pipeline.rules import Finding
    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Execution

MOST_TAGS = 50
_RETRY_ALONE, _UNKNOWN_KEY, _QUOTA, _WIRING = "retry-with-conditions", "config-unknown-key", "quota", "artifact-unknown"


def create(engine: Engine, document: Mapping[str, Any], tags: Mapping[str, str] | None) -> int:
    """Take CreatePipeline without its first run: gives the version. Raises `Refused` with the findings."""
    check(engine, document)
    name = document["name"]
    if name in engine.tracks:
        account = engine.target.account
        raise Refused(engine.assumptions.duplicate_name,
                      f"A pipeline with the name '{name}' already exists in account '{account}'")  # fmt: skip
    fault = _tag_fault(tags or NOTHING)
    if fault and engine.assumptions.failed_create_leaves_nothing:
        raise fault
    kept = engine.deleted.pop(name, None) if engine.assumptions.history_survives_deletion else None
    version = max(kept.versions) + 1 if kept else 1
    made = compiling.compiled(document, version, engine.site)
    track = Track(engine.mark, made, {} if fault else dict(tags or {}), engine.now)
    if kept:
        track.versions = {**kept.versions, version: made}
        track.executions, track.numbered = kept.executions.copy(), kept.numbered
    engine.tracks[name] = track
    if fault:
        raise fault
    return version


def update(engine: Engine, document: Mapping[str, Any]) -> int:
    """Take UpdatePipeline: gives the new version and ends the runs that it ends (reference E.7). Raises `Refused`."""
    check(engine, document)
    name = document["name"]
    if name not in engine.tracks:
        raise Refused(engine.assumptions.update_missing, f"there is no pipeline {name!r} to update; create it first")
    track = engine.track(name)
    version = track.blueprint.version
    if engine.assumptions.input_version_checked and document.get("version", version) != version:
        raise Refused(VALIDATION, f"version {document['version']} was sent, but the pipeline is at {version}")
    if not engine.assumptions.identical_update_counts and _same(document, track.blueprint.document):
        return version
    made = compiling.compiled(document, version + 1, engine.site)
    track.blueprint, track.versions[made.version], track.updated = made, made, engine.now
    _move_gates(engine, track)
    for identity in tuple(track.active):
        if not engine.runs[identity].blueprint.parallel:
            _cancel(engine, engine.execution(identity))
    return made.version


def _move_gates(engine: Engine, track: Track) -> None:
    """Keep the gates by name of the stage; one that is new is enabled (I29)."""
    for floor in track.blueprint.floors:
        track.gates.setdefault(floor.name, Gate())
    if not engine.assumptions.transitions_survive_update:
        for gate in track.gates.values():
            gate.enabled, gate.reason, gate.by = True, "", ""


def _cancel(engine: Engine, execution: Execution) -> None:
    """Let the actions that run end, and then the execution; one that waits ends at once."""
    execution.cancelling = True
    visit = execution.visit
    if execution.place == AT_GATE or visit is None:
        gates.leave(engine, execution)
        status = engine.assumptions.updated_status
        endings.finish(engine, execution, status, "The pipeline was updated while it waited")
        return
    conditions.close(engine, execution, visit, "Cancelled")
    if not visit.running:
        engine.soon("judged", execution.id, visit.floor.index, "", "Cancelled")


def delete(engine: Engine, name: str) -> None:
    """Take DeletePipeline: nothing happens if there is none (reference E.7, I6, I7)."""
    if name not in engine.tracks:
        return
    track = engine.track(name)
    for identity in tuple(track.active):
        if engine.assumptions.deletion == "abandons":
            _abandon(engine, engine.execution(identity))
            track.active.pop(identity)
    del engine.tracks[name]
    before = engine.deleted.get(name)
    engine.deleted[name] = track
    if engine.keep is not None:
        for identity in before.active if before else ():  # nothing would lead back to them
            _abandon(engine, engine.execution(identity))
        track.executions = [*(before.executions if before else ()), *track.executions]
        engine.soon("forget", name)


def _abandon(engine: Engine, execution: Execution) -> None:
    """End an execution without a word."""
    for visit in execution.visits.values():
        for attempt in visit.attempts:
            if attempt.status == "InProgress":
                attempt.status, attempt.ended, attempt.waits = "Abandoned", engine.now, ""
                jobs.time_out(engine, attempt.id)
        if visit.status in ("InProgress", "Stopping"):
            visit.status, visit.ended, visit.running = "Cancelled", engine.now, 0
    execution.status, execution.ended, execution.place = "Cancelled", engine.now, "ended"
    execution.summary = "The pipeline was deleted"


def check(engine: Engine, document: Mapping[str, Any]) -> None:
    """Raise `Refused` with every finding, if one of them keeps the service from taking a declaration."""
    findings = validity.check(document, engine.target.region, None, engine.catalogue)
    found = [finding for finding in findings if _counts(engine, document, finding)]
    if found:
        text = "; ".join(f"{path_text(each.fault.path)}: {each.fault.message}" for each in found)
        raise Refused(_code(engine, found[0]), text, tuple(found))


def _counts(engine: Engine, document: Mapping[str, Any], finding: Finding) -> bool:
    choices = engine.assumptions
    if finding.rule == _RETRY_ALONE:
        return choices.retry_with_conditions_refused
    if finding.rule == _UNKNOWN_KEY and not choices.unknown_keys_refused:
        return False
    if finding.rule == _QUOTA and finding.fault.path[-1] == "actions":
        return len(document["stages"][finding.fault.path[1]]["actions"]) > choices.actions_per_stage
    return finding.severity == Severity.ERROR


def _code(engine: Engine, finding: Finding) -> str:
    if finding.rule == _WIRING:
        return engine.assumptions.wiring_error
    return finding.error or (INVALID_STAGE if finding.rule == _RETRY_ALONE else INVALID_STRUCTURE)


def _tag_fault(tags: Mapping[str, str]) -> Refused | None:
    if len(tags) > MOST_TAGS:
        return Refused(TOO_MANY_TAGS, f"{len(tags)} tags; the limit is {MOST_TAGS}")
    reserved = next((key for key in tags if key.lower().startswith("aws:")), None)
    if reserved is not None:
        return Refused(INVALID_TAGS, f"the tag {reserved!r} is a system tag; choose another key")
    return None


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return {**one, "version": 0} == {**other, "version": 0}

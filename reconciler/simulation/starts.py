"""Starting an execution: variables, revisions, tokens and quotas (reference E.2, C)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.simulation import endings, revisions
from reconciler.simulation.refusals import LIMIT, VALIDATION, Refused
from reconciler.simulation.state import Execution

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.simulation.blueprint import Blueprint
    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Track
    from reconciler.simulation.trace import Start

MOST_RUNS = 50
"""Concurrent executions of a QUEUED or PARALLEL pipeline (reference C)."""

MOST_REVISIONS = 50
BY_API = "StartPipelineExecution"

TYPES = {
    "COMMIT_ID": ("CodeCommit", "CodeStarSourceConnection", "GitHub"),
    "IMAGE_DIGEST": ("ECR",),
    "S3_OBJECT_VERSION_ID": ("S3",),
    "S3_OBJECT_KEY": ("S3",),
}
"""Source providers by type of a revision override (reference E.2.5)."""


def start(engine: Engine, pipeline: str, wanted: Start, token: str = "") -> str:
    """Start an execution and give its id.

    A start over the API is refused where it cannot be (raises `Refused`); one by an event fails as an execution.
    """
    track = engine.track(pipeline)
    if token and engine.assumptions.same_token_same_run and token in track.tokens:
        return track.tokens[token]
    by_api = wanted.type in (BY_API, "PutActionRevision")
    crowded = track.blueprint.mode != "SUPERSEDED" and len(track.active) >= MOST_RUNS
    text = f"{pipeline} runs {len(track.active)} executions; the limit is {MOST_RUNS}" if crowded else ""
    if crowded and (by_api or not engine.assumptions.full_queue_fails_events):
        raise Refused(LIMIT, text)
    fault = _fault(track.blueprint, wanted)
    if fault and by_api:
        raise Refused(VALIDATION, fault)
    execution = make(engine, track, wanted)
    if token:
        track.tokens[token] = execution.id
    defaults = {name: value for name, value in track.blueprint.variables.items() if value is not None}
    execution.variables = {**defaults, **wanted.variables} if defaults or wanted.variables else defaults
    execution.heads = {**revisions.seen(engine, track.blueprint), **wanted.revisions}
    announce(engine, execution)
    if fault or crowded:
        # The service gives no status message beyond the quota, reference E.5.
        endings.finish(engine, execution, "Failed", fault)
    else:
        engine.soon("arrive", execution.id, 0)
    return execution.id


def make(engine: Engine, track: Track, wanted: Start) -> Execution:
    """Give a new execution of the present version, known to the world but not yet anywhere."""
    track.numbered += 1
    execution = Execution(engine.mark, engine.identity(), track.numbered, track.blueprint, wanted)
    execution.started = engine.now
    engine.runs[execution.id] = execution
    track.executions.append(execution.id)
    track.active[execution.id] = None
    return execution


def announce(engine: Engine, execution: Execution) -> None:
    """Write the start into the log."""
    engine.note(execution, "pipeline", "STARTED")


def _fault(blueprint: Blueprint, wanted: Start) -> str:
    return _variable_fault(blueprint, wanted) or _revision_fault(blueprint, wanted)


def _variable_fault(blueprint: Blueprint, wanted: Start) -> str:
    for name, value in wanted.variables.items():
        if name not in blueprint.variables:
            there = ", ".join(blueprint.variables) or "none"
            return f"the pipeline declares no variable {name!r}; declared: {there}"
        if not value:
            return f"the variable {name!r} is empty; give a value"
    for name, default in blueprint.variables.items():
        if default is None and name not in wanted.variables:
            return f"the variable {name!r} has no default and was not given"
    return ""


def _revision_fault(blueprint: Blueprint, wanted: Start) -> str:
    if len(wanted.revisions) > MOST_REVISIONS:
        return f"{len(wanted.revisions)} source revisions; the limit is {MOST_REVISIONS}"
    names = [step.name for step in blueprint.sources]
    unknown = next((name for name in wanted.revisions if name not in names), None)
    if unknown is not None:
        return f"there is no source action {unknown!r}; there are {', '.join(names)}"
    if wanted.type == BY_API and wanted.revisions and not blueprint.v2:
        return "source revision overrides need a V2 pipeline"
    return ""


def overridden(blueprint: Blueprint, wanted: Start, overrides: Any) -> Start:
    """Give a start with source revisions, by name or as the API lists them; raises `Refused` for types that misfit.

    The list holds {actionName, revisionType, revisionValue} (reference E.2.5).
    """
    if not isinstance(overrides, list | tuple):
        return replace(wanted, revisions={**wanted.revisions, **overrides})
    steps = {step.name: step for step in blueprint.sources}
    found: dict[str, str] = {}
    for each in overrides:
        step = steps.get(each["actionName"])
        if each["revisionType"] not in TYPES:
            raise Refused(VALIDATION, f"revisionType is one of {', '.join(TYPES)}, not {each['revisionType']!r}")
        if step and step.provider not in TYPES[each["revisionType"]]:
            raise Refused(VALIDATION, f"{step.name} is a {step.provider} source: {each['revisionType']} does not fit")
        if each["revisionType"] == "S3_OBJECT_KEY" and step and not _takes_keys(step.configuration):
            raise Refused(VALIDATION, f"{step.name} takes no object key; set AllowOverrideForS3ObjectKey to true")
        if each["revisionType"] != "S3_OBJECT_KEY" or each["actionName"] not in found:
            found[each["actionName"]] = each["revisionValue"]
    return replace(wanted, revisions={**wanted.revisions, **found})


def _takes_keys(configuration: Mapping[str, str]) -> bool:
    return configuration.get("AllowOverrideForS3ObjectKey", "false") == "true"

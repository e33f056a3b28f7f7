"""Rules about what a pipeline type allows, and quotas (reference A.8, C)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.documents import Fault
from reconciler.pipeline.model import GATES
from reconciler.pipeline.rules import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.documents import Path
    from reconciler.pipeline.subject import Subject


def _v2_members(subject: Subject) -> Iterator[tuple[Path, str]]:
    document = subject.pipeline.document
    if document.get("executionMode") in ("QUEUED", "PARALLEL"):
        yield ("executionMode",), f"executionMode {document['executionMode']}"
    for member in ("variables", "triggers"):
        if document.get(member):
            yield (member,), member
    for number, stage in enumerate(subject.pipeline.stages):
        for gate in GATES:
            if stage.document.get(gate):
                yield ("stages", number, gate), gate


def _needs_v2(subject: Subject) -> Iterator[Fault]:
    # Without a declared type the service takes any V2-only parameter as the wish for V2 (reference A.1).
    if subject.pipeline.document.get("pipelineType") == "V1":
        for path, what in _v2_members(subject):
            yield Fault(path, f"{what} needs pipelineType V2, this pipeline says V1", "write pipelineType: V2")


def _quotas(subject: Subject) -> Iterator[Fault]:
    quotas, stages = subject.quotas, subject.pipeline.stages
    if len(stages) > quotas.stages:
        yield Fault(("stages",), f"{len(stages)} stages; the quota is {quotas.stages}", "split the pipeline")
    for number, stage in enumerate(stages):
        if len(stage.actions) > quotas.actions_per_stage:
            yield Fault(("stages", number, "actions"), f"{len(stage.actions)} actions in {stage.name}; the quota is "
                        f"{quotas.actions_per_stage}", "split the stage")  # fmt: skip
    if len(subject.places) > quotas.actions:
        yield Fault(("stages",), f"{len(subject.places)} actions; the quota is {quotas.actions}", "split the pipeline")


RULES: tuple[Rule[Subject], ...] = (
    Rule("needs-v2", Severity.ERROR, "InvalidStructureException", "A.8, L", "V2 features need a V2 pipeline",
         _needs_v2),
    Rule("quota", Severity.ERROR, "LimitExceededException", "C, I21", "a pipeline stays below its quotas", _quotas),
)  # fmt: skip

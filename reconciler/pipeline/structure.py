"""The service's own rules about the structure of a pipeline, those that need nothing but the declaration.

One small function and one row each; the ids are those of the reference. They are checked on a document that
`schema.check` has passed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.documents import Fault
from reconciler.pipeline.model import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from reconciler.documents import Path
    from reconciler.pipeline.model import Action

VERSION = 1
"""Raised whenever a rule is added or changed, so that remembered readings are taken anew."""

RESERVED_NAMESPACES = frozenset({"codepipeline", "variables"})


class Rule(NamedTuple):
    """One rule: its id in the reference, and the function that yields what breaks it."""

    id: str
    check: Callable[[Pipeline], Iterator[Fault]]


def check(document: dict[str, Any]) -> tuple[Fault, ...]:
    """Give every fault in the structure of a declaration, in the order of the table."""
    pipeline = Pipeline(document)
    return tuple(fault for rule in RULES for fault in rule.check(pipeline))


def _places(pipeline: Pipeline) -> Iterator[tuple[Path, int, Action]]:
    for number, stage in enumerate(pipeline.stages):
        for index, action in enumerate(stage.actions):
            yield ("stages", number, "actions", index), number, action


def _repeated(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name, count in Counter(names).items() if count > 1)


def _two_stages(pipeline: Pipeline) -> Iterator[Fault]:
    if len(pipeline.stages) < 2:  # noqa: PLR2004  the rule itself
        yield Fault(("stages",), f"{len(pipeline.stages)} stage(s); a pipeline has at least 2", "add a stage")


def _no_empty_stage(pipeline: Pipeline) -> Iterator[Fault]:
    for number, stage in enumerate(pipeline.stages):
        if not stage.actions:
            yield Fault(("stages", number, "actions"), f"the stage {stage.name} has no action", "add one or remove it")


def _source_first(pipeline: Pipeline) -> Iterator[Fault]:
    for path, number, action in _places(pipeline):
        if number == 0 and action.category != "Source":
            yield Fault(path, f"{action.name} ({action.category}) stands in the first stage",
                        "the first stage holds Source actions only")  # fmt: skip


def _source_only_first(pipeline: Pipeline) -> Iterator[Fault]:
    for path, number, action in _places(pipeline):
        if number > 0 and action.category == "Source":
            yield Fault(path, f"{action.name} is a Source action in stage {action.stage}", "move it to the first stage")


def _stage_names(pipeline: Pipeline) -> Iterator[Fault]:
    repeated = _repeated(stage.name for stage in pipeline)
    for number, stage in enumerate(pipeline.stages):
        if stage.name in repeated:
            yield Fault(("stages", number, "name"), f"two stages are named {stage.name}", "stage names are unique")


def _action_names(pipeline: Pipeline) -> Iterator[Fault]:
    repeated = _repeated(action.place for action in pipeline.actions)
    for path, _, action in _places(pipeline):
        if action.place in repeated:
            yield Fault((*path, "name"), f"two actions of {action.stage} are named {action.name}",
                        "action names are unique in their stage")  # fmt: skip


def _output_names(pipeline: Pipeline) -> Iterator[Fault]:
    repeated = _repeated(name for action in pipeline.actions for name in action.outputs)
    for path, _, action in _places(pipeline):
        for index, name in enumerate(action.outputs):
            if name in repeated:
                yield Fault((*path, "outputArtifacts", index), f"the output artifact {name} has two producers",
                            "output names are unique in the pipeline")  # fmt: skip


def _inputs_exist(pipeline: Pipeline) -> Iterator[Fault]:
    produced = {name: (number, action.run_order) for _, number, action in _places(pipeline) for name in action.outputs}
    for path, number, action in _places(pipeline):
        for index, name in enumerate(action.inputs):
            if name not in produced:
                yield Fault((*path, "inputArtifacts", index), f"no action gives the artifact {name}",
                            "outputs here: " + (", ".join(sorted(produced)) or "none"))  # fmt: skip
            elif produced[name] >= (number, action.run_order):
                yield Fault((*path, "inputArtifacts", index), f"the artifact {name} is made after {action.place} runs",
                            "its producer must stand in an earlier stage or have a smaller runOrder")  # fmt: skip


def _artifacts_allowed(pipeline: Pipeline) -> Iterator[Fault]:
    for path, _, action in _places(pipeline):
        if action.inputs and action.category in ("Source", "Approval"):
            yield Fault((*path, "inputArtifacts"), f"{action.category} actions take no input artifacts", "remove them")
        if action.outputs and action.category == "Approval":
            yield Fault((*path, "outputArtifacts"), "Approval actions give no output artifacts", "remove them")


def _namespaces(pipeline: Pipeline) -> Iterator[Fault]:
    repeated = _repeated(action.namespace for action in pipeline.actions if action.namespace)
    artifacts = {name for action in pipeline.actions for name in action.outputs}
    for path, _, action in _places(pipeline):
        if action.namespace in RESERVED_NAMESPACES:
            yield Fault((*path, "namespace"), f"the namespace {action.namespace} is reserved", "choose another")
        elif action.namespace in repeated:
            yield Fault(
                (*path, "namespace"), f"the namespace {action.namespace} stands here twice", "namespaces are unique"
            )
        elif action.namespace in artifacts:
            yield Fault((*path, "namespace"), f"{action.namespace} is an artifact's name too", "rename the namespace")


def _one_store_kind(pipeline: Pipeline) -> Iterator[Fault]:
    kinds = [kind for kind in ("artifactStore", "artifactStores") if pipeline.document.get(kind)]
    if len(kinds) != 1:
        found = "both" if kinds else "neither"
        yield Fault(tuple(kinds[:1]), f"{found} of artifactStore and artifactStores", "declare exactly one of them")


def _store_per_region(pipeline: Pipeline) -> Iterator[Fault]:
    stores = pipeline.document.get("artifactStores")
    for path, _, action in _places(pipeline):
        if stores and action.region and action.region not in stores:
            yield Fault(
                (*path, "region"), f"artifactStores has no entry for {action.region}", "add one for every Region"
            )


RULES: tuple[Rule, ...] = (
    Rule("A.3", _no_empty_stage),
    Rule("B1", _two_stages),
    Rule("B2", _source_first),
    Rule("B3", _source_only_first),
    Rule("B5", _stage_names),
    Rule("B6", _action_names),
    Rule("B7", _output_names),
    Rule("B8", _inputs_exist),
    Rule("B12", _artifacts_allowed),
    Rule("B14", _namespaces),
    Rule("B16", _one_store_kind),
    Rule("B17", _store_per_region),
)

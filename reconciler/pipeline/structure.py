"""The service's own rules about the structure of a pipeline, those that need nothing but the declaration.

One small function and one row each; they are checked on a document that `schema.check` has passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.documents import Fault, path_text
from reconciler.pipeline.rules import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.documents import Path
    from reconciler.pipeline.subject import Subject

RESERVED_NAMESPACES = frozenset({"codepipeline", "variables"})


def again(named: Iterable[tuple[Path, str]]) -> Iterator[tuple[Path, str, str]]:
    """Give each name that stood at an earlier path already: its path, the name, and that earlier path in words."""
    first: dict[str, Path] = {}
    for path, name in named:
        if first.setdefault(name, path) is not path:
            yield path, name, path_text(first[name])


def _two_stages(subject: Subject) -> Iterator[Fault]:
    if len(subject.pipeline.stages) < 2:  # noqa: PLR2004  the rule itself
        yield Fault(("stages",), f"{len(subject.pipeline.stages)} stage(s); a pipeline has at least 2", "add a stage")


def _no_empty_stage(subject: Subject) -> Iterator[Fault]:
    for number, stage in enumerate(subject.pipeline.stages):
        if not stage.actions:
            yield Fault(("stages", number, "actions"), f"the stage {stage.name} has no action", "add one or remove it")


def _source_first(subject: Subject) -> Iterator[Fault]:
    for path, number, action in subject.places:
        if number == 0 and action.category != "Source":
            yield Fault(path, f"{action.name} ({action.category}) stands in the first stage",
                        "the first stage holds Source actions only")  # fmt: skip


def _source_only_first(subject: Subject) -> Iterator[Fault]:
    for path, number, action in subject.places:
        if number > 0 and action.category == "Source":
            yield Fault(path, f"{action.name} is a Source action in stage {action.stage}", "move it to the first stage")


def _stage_names(subject: Subject) -> Iterator[Fault]:
    names = ((("stages", number, "name"), stage.name) for number, stage in enumerate(subject.pipeline.stages))
    for path, name, there in again(names):
        yield Fault(path, f"two stages are named {name}", f"stage names are unique; the first stands at {there}")


def _action_names(subject: Subject) -> Iterator[Fault]:
    for number, stage in enumerate(subject.pipeline.stages):
        if len({each.name for each in stage.actions}) == len(stage.actions):
            continue  # paths cost more than this
        names = ((("stages", number, "actions", at, "name"), each.name) for at, each in enumerate(stage.actions))
        for path, name, there in again(names):
            yield Fault(path, f"two actions of {stage.name} are named {name}",
                        f"action names are unique in their stage; the first stands at {there}")  # fmt: skip


def _output_names(subject: Subject) -> Iterator[Fault]:
    names = (
        ((*path, "outputArtifacts", index), name)
        for path, action in subject for index, name in enumerate(action.outputs)
    )  # fmt: skip
    for path, name, there in again(names):
        yield Fault(path, f"the output artifact {name} has two producers",
                    f"output names are unique in the pipeline; the first stands at {there}")  # fmt: skip


def _inputs_exist(subject: Subject) -> Iterator[Fault]:
    produced = {name: (number, action.run_order) for _, number, action in subject.places for name in action.outputs}
    for path, number, action in subject.places:
        for index, name in enumerate(action.inputs):
            if name not in produced:
                yield Fault((*path, "inputArtifacts", index), f"no action gives the artifact {name}",
                            "outputs here: " + (", ".join(sorted(produced)) or "none"))  # fmt: skip
            elif produced[name] >= (number, action.run_order):
                yield Fault((*path, "inputArtifacts", index), f"the artifact {name} is made after {action.place} runs",
                            "its producer must stand in an earlier stage or have a smaller runOrder")  # fmt: skip


def _artifacts_allowed(subject: Subject) -> Iterator[Fault]:
    for path, _, action in subject.places:
        if action.inputs and action.category in ("Source", "Approval"):
            yield Fault((*path, "inputArtifacts"), f"{action.category} actions take no input artifacts", "remove them")
        if action.outputs and action.category == "Approval":
            yield Fault((*path, "outputArtifacts"), "Approval actions give no output artifacts", "remove them")


def _namespaces(subject: Subject) -> Iterator[Fault]:
    artifacts = {name for action in subject.pipeline.actions for name in action.outputs}
    named = [((*path, "namespace"), action.namespace) for path, action in subject if action.namespace]
    repeated = {path: there for path, _, there in again(named)}
    for path, name in named:
        if name in RESERVED_NAMESPACES:
            yield Fault(path, f"the namespace {name} is reserved", "choose another")
        elif path in repeated:
            yield Fault(path, f"the namespace {name} stands here twice",
                        f"namespaces are unique; the first stands at {repeated[path]}")  # fmt: skip
        elif name in artifacts:
            yield Fault(path, f"{name} is an artifact's name too", "rename the namespace")


def _one_store_kind(subject: Subject) -> Iterator[Fault]:
    kinds = [kind for kind in ("artifactStore", "artifactStores") if subject.pipeline.document.get(kind)]
    if len(kinds) != 1:
        found = "both" if kinds else "neither"
        remedy = "declare exactly one of them, such as artifactStore: {type: S3, location: <bucket>}"
        yield Fault(tuple(kinds[:1]), f"{found} of artifactStore and artifactStores", remedy)


def _store_per_region(subject: Subject) -> Iterator[Fault]:
    stores = subject.pipeline.document.get("artifactStores")
    own = subject.region
    if stores and own and own not in stores:
        yield Fault(("artifactStores",), f"there is no entry for {own}, where the pipeline lives", "add one")
    for path, _, action in subject.places:
        if not action.region or (own and (action.category == "Source" or action.owner != "AWS")):
            continue  # it cannot run elsewhere at all (B18): a store would not help
        if stores and action.region not in stores:
            yield Fault(
                (*path, "region"), f"artifactStores has no entry for {action.region}", "add one for every Region"
            )
        elif own and not stores and action.region != own:
            yield Fault((*path, "region"), f"{action.region} is another Region than the pipeline's, {own}",
                        "declare artifactStores with an entry for both")  # fmt: skip


_STRUCTURE, _ACTION = "InvalidStructureException", "InvalidActionDeclarationException"
_ERROR = Severity.ERROR

RULES: tuple[Rule[Subject], ...] = (
    Rule("stage-empty", _ERROR, "InvalidStageDeclarationException", "A.3", "a stage has an action", _no_empty_stage),
    Rule("stages-two", _ERROR, _STRUCTURE, "B1", "a pipeline has at least two stages", _two_stages),
    Rule("source-first", _ERROR, _STRUCTURE, "B2, B13", "the first stage holds source actions only", _source_first),
    Rule("source-only-first", _ERROR, _STRUCTURE, "B3", "only the first stage holds source actions",
         _source_only_first),
    Rule("stage-name-twice", _ERROR, _STRUCTURE, "B5", "stage names are unique in a pipeline", _stage_names),
    Rule("action-name-twice", _ERROR, _STRUCTURE, "B6", "action names are unique in a stage", _action_names),
    Rule("artifact-twice", _ERROR, _STRUCTURE, "B7, I23", "an artifact has one producer", _output_names),
    Rule("artifact-unknown", _ERROR, _ACTION, "B8, B9", "an input is the output of an earlier action", _inputs_exist),
    Rule("artifact-not-taken", _ERROR, _ACTION, "B12", "sources take and approvals exchange no artifacts",
         _artifacts_allowed),
    Rule("namespace-twice", _ERROR, _ACTION, "B14", "a namespace is unique, and no other name", _namespaces),
    Rule("store-one-kind", _ERROR, _STRUCTURE, "B16", "one of artifactStore and artifactStores", _one_store_kind),
    Rule("store-per-region", _ERROR, _STRUCTURE, "B17", "every Region of an action has a store", _store_per_region),
)  # fmt: skip

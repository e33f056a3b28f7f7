"""Rules about what flows through a pipeline: artifacts and variables, from the action that gives to those that take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.documents import Fault
from reconciler.pipeline import variables
from reconciler.pipeline.rules import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.pipeline.model import Action
    from reconciler.pipeline.providers import Provider
    from reconciler.pipeline.subject import Subject

FULL_CLONE = "CODEBUILD_CLONE_REF"
"""Output format of git sources that hands over a reference instead of files."""


def _malformed(subject: Subject) -> Iterator[Fault]:
    for path, _, reference in subject.references:
        if not reference.well_formed:
            yield Fault(path, f"{reference.text} is not a variable reference", "write #{namespace.key}")


def _unknown_namespace(subject: Subject) -> Iterator[Fault]:
    if subject.partly_unknown:
        return
    for path, _, reference in subject.named:
        if reference.namespace not in (*subject.producers, variables.PIPELINE, variables.SERVICE):
            there = ", ".join(sorted(subject.producers)) or "none"
            yield Fault(path, f"{reference.text}: no action has the namespace {reference.namespace}",
                        f"namespaces here: {there}")  # fmt: skip


def _produced_later(subject: Subject) -> Iterator[Fault]:
    for path, action, reference in subject.named:
        producer = subject.producers.get(reference.namespace)
        if producer and not subject.graph.precedes(producer.place, action.place):
            yield Fault(path, f"{reference.text} is not there when {action.place} runs",
                        f"{producer.place} must stand in an earlier stage or have a smaller runOrder")  # fmt: skip


def _producer_skipped(subject: Subject) -> Iterator[Fault]:
    for path, action, reference in subject.named:
        producer = subject.producers.get(reference.namespace)
        if producer and producer.stage != action.stage and subject.graph.may_be_skipped(producer.place):
            yield Fault(path, f"{reference.text} is missing when stage {producer.stage} is skipped",
                        "let both be skipped together, or take the variable from an earlier stage")  # fmt: skip


def _undeclared_variable(subject: Subject) -> Iterator[Fault]:
    declared = [each["name"] for each in subject.pipeline.document.get("variables") or ()]
    for path, _, reference in subject.named:
        if reference.namespace == variables.PIPELINE and reference.key not in declared:
            yield Fault(path, f"{reference.text}: the pipeline declares no variable {reference.key}",
                        "declared: " + (", ".join(declared) or "none"))  # fmt: skip
        if reference.namespace == variables.SERVICE and reference.key not in variables.SERVICE_KEYS:
            yield Fault(path, f"{reference.text}: the service gives no {reference.key}",
                        "it gives " + ", ".join(variables.SERVICE_KEYS))  # fmt: skip


def _undeclared_output(subject: Subject) -> Iterator[Fault]:
    for path, _, reference in subject.named:
        producer = subject.producers.get(reference.namespace)
        known = _output_variables(producer, subject) if producer else None
        if producer and known is not None and reference.key not in known:
            yield Fault(path, f"{reference.text}: {producer.provider} gives no variable {reference.key}",
                        "it gives " + (", ".join(sorted(known)) or "none"))  # fmt: skip


def _output_variables(producer: Action, subject: Subject) -> frozenset[str] | None:
    """Give the variables that an action can give; None where anything is possible or nothing is known."""
    if producer.provider == "Commands":
        return frozenset(producer.document.get("outputVariables") or ())
    kind = _kind(producer, subject)
    return kind.output_variables(producer.document) if kind else None


def _kind(action: Action, subject: Subject) -> Provider | None:
    kind = (action.category, action.owner, action.provider, action.version)
    return subject.catalogue.find(*kind) if subject.catalogue else None


def _variable_in_source(subject: Subject) -> Iterator[Fault]:
    for path, action, reference in subject.named:
        if action.category == "Source":
            yield Fault(path, f"{reference.text} stands in a Source action, where nothing is resolved yet",
                        "write the value itself")  # fmt: skip


def _artifact_unused(subject: Subject) -> Iterator[Fault]:
    taken = {name for action in subject.pipeline.actions for name in action.inputs}
    # An input that nobody gives may be this very artifact with a typing error.
    if subject.partly_unknown or any(name not in subject.graph.producers for name in taken):
        return
    for path, action in subject:
        if not action.outputs or action.category == "Source":
            continue
        kind = _kind(action, subject)
        if kind and len(action.outputs) <= kind.outputs[0]:
            continue  # it cannot have fewer
        for index, name in enumerate(action.outputs):
            if name not in taken:
                yield Fault((*path, "outputArtifacts", index), f"nobody uses the artifact {name}",
                            "remove it, or name it as an input where it is needed")  # fmt: skip


def _clone_consumers(subject: Subject) -> Iterator[Fault]:
    for path, action in subject:
        for index, name in enumerate(action.inputs):
            producer = subject.graph.producers.get(name)
            full = producer and producer.configuration.get("OutputArtifactFormat") == FULL_CLONE
            if producer and full and action.provider not in ("CodeBuild", "Commands"):
                yield Fault((*path, "inputArtifacts", index), f"{name} is a git reference ({FULL_CLONE} of "
                            f"{producer.place}), which only CodeBuild can read",
                            "take CODE_ZIP, or put a build in between")  # fmt: skip


RULES: tuple[Rule[Subject], ...] = (
    Rule("variable-malformed", Severity.ERROR, "InvalidActionDeclarationException", "A.6, L",
         "a reference is written #{namespace.key}", _malformed),
    Rule("variable-unknown", Severity.ERROR, "InvalidActionDeclarationException", "A.6, L",
         "a reference names a namespace of this pipeline", _unknown_namespace),
    Rule("variable-too-late", Severity.ERROR, "InvalidActionDeclarationException", "B15",
         "a variable is used after the action that gives it", _produced_later),
    Rule("variable-in-source", Severity.WARNING, "", "A.6", "source actions resolve no variables", _variable_in_source),
    Rule("variable-undeclared", Severity.WARNING, "", "A.6", "a pipeline variable is declared", _undeclared_variable),
    Rule("variable-not-given", Severity.WARNING, "", "D", "a provider gives the variable that is read from it",
         _undeclared_output),
    Rule("variable-may-be-missing", Severity.WARNING, "", "E.9", "the stage that gives a variable is not skipped",
         _producer_skipped),
    Rule("artifact-unused", Severity.INFO, "", "B10", "an artifact is used by somebody", _artifact_unused),
    Rule("clone-ref-consumer", Severity.WARNING, "", "D.1", "a full clone is read by builds only", _clone_consumers),
)  # fmt: skip

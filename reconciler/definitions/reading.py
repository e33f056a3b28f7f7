"""All files of a commit to all definitions, and all problems at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler import documents
from reconciler.definitions import cloudformation, declaration, native, sets, templates
from reconciler.definitions.basis import Basis
from reconciler.errors import Invalid, Problem
from reconciler.pipeline.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.definitions.declaration import Meet
    from reconciler.definitions.definition import Definition
    from reconciler.documents import Fault
    from reconciler.pipeline.arns import Target


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: definitions by identity, and what kept others from being read."""

    definitions: dict[tuple[Target, str], Definition]
    problems: tuple[Problem, ...]
    held: Mapping[tuple[Target, str], str] = field(default_factory=dict)
    """Pipelines that are defined and that a rule holds back, with the reason: they are neither applied nor absent."""

    @property
    def complete(self) -> bool:
        """Whether every file was understood. Half-read is not read: an incomplete reading prunes nothing."""
        return not self.problems


def read(data: bytes, file: str, context: native.Context, limit: int = documents.MAX_BYTES) -> tuple[Definition, ...]:
    """Give the definitions in one file, several only in a set; raises `Invalid` with every problem of the file."""
    source = documents.text(data, file, limit)
    definitions, faults = _read(documents.parse(source, file), source, file, context)
    if not definitions:
        raise Invalid(documents.locate(source, file, faults))
    return definitions


def judge(
    data: bytes,
    file: str,
    context: native.Context | None,
    basis: Basis | None = None,
    meet: Meet = declaration.overlook,
) -> tuple[tuple[Definition, ...], tuple[Problem, ...]]:
    """Give the definitions in one file, if it holds any, and everything that is to be said about it.

    Without a context only the declaration is judged, by `basis`: no environment, so no definition. A CloudFormation
    template is judged too, and defines nothing. `meet` is given every declaration without errors that defines nothing.
    """
    basis = context.basis if context else basis or Basis()
    try:
        source = documents.text(data, file)
        value = cloudformation.parse(source, file)
    except Invalid as error:
        return (), error.problems
    if cloudformation.is_template(value):
        return (), templates.judge(value, source, file, context.severities if context else {}, basis, meet=meet)
    definitions, faults = _read(value, source, file, context) if context else ((), _judge(value, basis, meet))
    return definitions, documents.locate(source, file, faults)


def collect(definitions: Iterable[Definition], problems: Iterable[Problem]) -> Reading:
    """Put definitions together; a pipeline that two files define is defined by neither."""
    by_identity: dict[tuple[Target, str], list[Definition]] = {}
    for definition in definitions:
        by_identity.setdefault(definition.identity, []).append(definition)
    single = {identity: found[0] for identity, found in by_identity.items() if len(found) == 1}
    doubles = [problem for found in by_identity.values() if len(found) > 1 for problem in _doubles(found)]
    return Reading(single, tuple(sorted((*problems, *doubles))))


def _read(
    value: Any, source: str, file: str, context: native.Context
) -> tuple[tuple[Definition, ...], tuple[Fault, ...]]:
    if sets.is_set(value):
        return sets.read(value, source, file, context)
    definition, faults = native.read(value, source, file, context)
    return (definition,) if definition else (), faults


def _judge(value: Any, basis: Basis, meet: Meet) -> tuple[Fault, ...]:
    whole = sets.is_set(value)
    faults = sets.judge(value, basis) if whole else native.judge(value, basis)
    if meet is not declaration.overlook and all(each.severity != Severity.ERROR for each in faults):
        for each in sets.declarations(value) if whole else native.declarations(value):
            meet(each)
    return faults


def _doubles(found: list[Definition]) -> Iterable[Problem]:
    for definition in found:
        others = ", ".join(f"{other.file}:{other.line}" for other in found if other is not definition)
        message = f"{definition.name} in {definition.target} is defined in {others} too"
        yield Problem(definition.file, definition.line, 0, "pipeline.name", message, "keep one of the files")

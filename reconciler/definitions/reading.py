"""All files of a commit to all definitions, and all problems at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler import documents
from reconciler.definitions import cloudformation, native, templates
from reconciler.errors import Invalid, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.definitions.definition import Definition
    from reconciler.pipeline.arns import Target


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: definitions by identity, and what kept others from being read."""

    definitions: dict[tuple[Target, str], Definition]
    problems: tuple[Problem, ...]

    @property
    def complete(self) -> bool:
        """Whether every file was understood. Half-read is not read: an incomplete reading prunes nothing."""
        return not self.problems


def read(data: bytes, file: str, context: native.Context, limit: int = documents.MAX_BYTES) -> Definition:
    """Give the definition in one file; raises `Invalid` with every problem of the file."""
    source = documents.text(data, file, limit)
    definition, faults = native.read(documents.parse(source, file), source, file, context)
    if definition is None:
        raise Invalid(documents.locate(source, file, faults))
    return definition


def judge(data: bytes, file: str, context: native.Context | None) -> tuple[Definition | None, tuple[Problem, ...]]:
    """Give the definition in one file, if it is one, and everything that is to be said about it.

    Without a context only the declaration is judged: no environment, so no definition. A CloudFormation template is
    judged too, and defines nothing.
    """
    try:
        source = documents.text(data, file)
        value = cloudformation.parse(source, file)
    except Invalid as error:
        return None, error.problems
    if cloudformation.is_template(value):
        return None, templates.judge(value, source, file, context.severities if context else {})
    definition, faults = native.read(value, source, file, context) if context else (None, native.judge(value))
    return definition, documents.locate(source, file, faults)


def collect(definitions: Iterable[Definition], problems: Iterable[Problem]) -> Reading:
    """Put definitions together; a pipeline that two files define is defined by neither."""
    by_identity: dict[tuple[Target, str], list[Definition]] = {}
    for definition in definitions:
        by_identity.setdefault(definition.identity, []).append(definition)
    single = {identity: found[0] for identity, found in by_identity.items() if len(found) == 1}
    doubles = [problem for found in by_identity.values() if len(found) > 1 for problem in _doubles(found)]
    return Reading(single, tuple(sorted((*problems, *doubles))))


def _doubles(found: list[Definition]) -> Iterable[Problem]:
    for definition in found:
        others = ", ".join(f"{other.file}:{other.line}" for other in found if other is not definition)
        message = f"{definition.name} in {definition.target} is defined in {others} too"
        yield Problem(definition.file, definition.line, 0, "pipeline.name", message, "keep one of the files")

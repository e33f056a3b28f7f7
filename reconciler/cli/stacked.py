"""Pipelines of CloudFormation templates, for verbs that need a declaration and no stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler import documents
from reconciler.definitions import cloudformation
from reconciler.definitions.cloudformation.parameters import ACCOUNT, REGION
from reconciler.errors import Broken, Invalid
from reconciler.pipeline.arns import Target
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.definitions.cloudformation import TemplatePipeline
    from reconciler.documents import Path

_INDIFFERENT = frozenset({"roleArn", "location", "id", "commands", "environmentVariables", "tags"})
"""Members whose value changes nothing in the course of a run; neither does a configured value of an action."""


@dataclass(frozen=True, slots=True)
class Stacked:
    """One pipeline of one template."""

    file: str
    pipeline: TemplatePipeline
    target: Target

    @property
    def names(self) -> tuple[str, ...]:
        """Give what it may be called: its name if that is known, and its logical id."""
        name = self.pipeline.document.get("name")
        known = () if name is None or isinstance(name, Unknown) else (str(name),)
        return (*known, self.pipeline.logical_id)

    @property
    def document(self) -> dict[str, Any]:
        """Give the declaration; raises Broken that names what shapes a run and is not known offline."""
        document = {**self.pipeline.document, "name": self.names[0]}
        if missing := list(dict.fromkeys(_missing(document, ()))):
            raise Broken(
                f"{self.file}: {', '.join(missing)} of {self.names[0]} must be known for this; give parameters values "
                "with --parameters FILE, or in the settings' `templates.parameters`"
            )
        return document


def pipelines(data: Mapping[str, bytes], given: Mapping[str, str], elsewhere: Target) -> Iterator[Stacked]:
    """Iterate over the pipelines of the templates among files; what cannot be read is left out.

    `given` holds values of parameters; `elsewhere` is where a pipeline lives that says nothing about it.
    """
    for name, content in data.items():
        try:
            value = cloudformation.parse(documents.text(content, name), name)
        except Invalid:
            continue
        if cloudformation.is_template(value):
            target = Target(given.get(ACCOUNT, elsewhere.account), given.get(REGION, elsewhere.region))
            template = cloudformation.read(value, given, target)
            yield from (Stacked(name, each, target) for each in template.pipelines)


def _missing(value: Any, path: Path) -> Iterator[str]:
    if isinstance(value, Unknown):
        if not _is_indifferent(path):
            yield f"{documents.path_text(path)} ({value})"
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _missing(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _missing(item, (*path, index))


def _is_indifferent(path: Path) -> bool:
    configured = "actions" in path and "configuration" in path[:-1]
    return configured or any(each in _INDIFFERENT for each in path)

"""Values for the parameters of templates: those of the settings, and files laid over them. No message shows a value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler import documents
from reconciler.definitions.cloudformation import given
from reconciler.definitions.cloudformation.parameters import ACCOUNT, REGION
from reconciler.errors import Invalid
from reconciler.pipeline import validity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.definitions.cloudformation.given import Value
    from reconciler.errors import Problem
    from reconciler.settings import Templates

BELOW = ("templates", "parameters")
"""Where they stand in the settings."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file with values; the names that stand in it are checked only where `checked`."""

    file: str
    text: str
    values: Mapping[str, Value]
    checked: bool = True


def of_settings(templates: Templates, file: str, text: str, *, checked: bool) -> Source:
    """Give the values in the group `templates` of the settings."""
    places = {REGION: templates.region, ACCOUNT: templates.account}
    values = {name: given.Value(value, ("templates",)) for name, value in places.items() if value}
    values |= {name: given.Value(value, (*BELOW, name)) for name, value in templates.parameters.items()}
    return Source(file, text, values, checked)


def of_file(data: bytes, file: str) -> tuple[Source, tuple[Problem, ...]]:
    """Give the values of one file in any of the shapes of `given.read`, and what is wrong with it."""
    try:
        text = documents.text(data, file)
        values, faults = given.read(documents.parse(text, file))
    except Invalid as error:
        return Source(file, "", {}), error.problems
    return Source(file, text, values), documents.locate(text, file, _ruled(faults))


def together(sources: Iterable[Source]) -> dict[str, str]:
    """Give the values by name; the last source that has one wins."""
    return {name: value.text for source in sources for name, value in source.values.items()}


def strange(sources: Iterable[Source], known: Iterable[str]) -> Iterator[Problem]:
    """Give a problem for each name that no template has."""
    there = frozenset(known)
    for source in sources:
        if source.checked:
            faults = given.strange({name: value.path for name, value in source.values.items()}, there)
            yield from documents.locate(source.text, source.file, _ruled(faults))


def _ruled(faults: Iterable[documents.Fault]) -> Iterator[documents.Fault]:
    return (replace(fault, rule=validity.PARAMETER) for fault in faults)

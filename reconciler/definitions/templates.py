"""What is to be said about the pipelines of a CloudFormation template, at the template's own lines.

A template is judged, not applied: CloudFormation keeps its pipelines, and two keepers of one pipeline would quarrel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler import documents
from reconciler.definitions import actiontypes, cloudformation
from reconciler.definitions.cloudformation.parameters import ACCOUNT, REGION
from reconciler.definitions.declaration import Declaration, overlook
from reconciler.errors import Invalid
from reconciler.pipeline import providers, validity
from reconciler.pipeline.arns import Target
from reconciler.pipeline.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.definitions.basis import Basis
    from reconciler.definitions.cloudformation import Template, TemplatePipeline, TemplateResource
    from reconciler.definitions.declaration import Meet
    from reconciler.documents import Fault, Path
    from reconciler.errors import Problem
    from reconciler.pipeline.providers import Catalogue, Provider

TYPE = b"AWS::CodePipeline::CustomActionType"
"""What a template holds that declares an action type."""


@dataclass(frozen=True, slots=True)
class Announced:
    """What a template has that matters to other files: names of parameters, and action types."""

    parameters: frozenset[str]
    types: tuple[Provider, ...]


def judge(  # noqa: PLR0913  a file, and all that it is judged by
    value: Any, source: str, file: str, severities: Mapping[str, str], basis: Basis, *, meet: Meet = overlook
) -> tuple[Problem, ...]:
    """Give every problem of a parsed template; what cannot be known offline is an info with its name.

    Its pipelines may use the action types that it declares itself, which stand before all others. `meet` is
    given each pipeline without errors.
    """
    template = cloudformation.read(value, basis.given, None)
    faults = [*template.faults, *(_note(fault) for fault in template.unresolved)]
    own = tuple(_own_types(template))
    catalogue = (basis.catalogue or providers.catalogue()).with_custom(*own) if own else basis.catalogue
    for kind in template.action_types:
        faults += (replace(fault, path=kind.place(fault.path)) for fault in actiontypes.check(kind.document))
    for pipeline in template.pipelines:
        found = list(_findings(pipeline, severities, basis.given.get(REGION), catalogue))
        faults += found
        if all(each.severity != Severity.ERROR for each in found):
            meet(_declaration(pipeline, basis))
    for resource in (*template.action_types, *template.pipelines):
        faults += (_note(fault) for fault in resource.unresolved)
    return cloudformation.locate(source, file, faults)


def announced(data: bytes, file: str, given: Mapping[str, str]) -> Announced | None:
    """Give what one file announces to others; None for what is no template, or cannot be read."""
    try:
        value = cloudformation.parse(documents.text(data, file), file)
    except Invalid:
        return None
    if not cloudformation.is_template(value):
        return None
    parameters = value.get("Parameters")
    names = frozenset(parameters if isinstance(parameters, dict) else ())
    types = _own_types(cloudformation.read(value, given, None)) if TYPE in data else ()
    return Announced(names, tuple(types))


def agreed(found: Iterable[Announced]) -> tuple[Provider, ...]:
    """Give the action types of many templates; where two disagree, neither counts: they may be for two accounts."""
    by_type: dict[tuple[str, ...], list[Provider]] = {}
    for each in found:
        for kind in each.types:
            by_type.setdefault(kind.type, []).append(kind)
    return tuple(kinds[0] for kinds in by_type.values() if all(kind == kinds[0] for kind in kinds))


def _own_types(template: Template) -> Iterator[Provider]:
    for resource in template.action_types:
        if not actiontypes.check(resource.document) and actiontypes.known(resource.document):
            yield providers.custom(resource.document)


def _findings(
    pipeline: TemplateResource, severities: Mapping[str, str], region: str | None, catalogue: Catalogue | None
) -> Iterator[Fault]:
    for each in validity.check(pipeline.document, region, severities, catalogue):
        place = pipeline.place(each.fault.path)
        yield replace(each.fault, path=place, rule=each.rule, severity=str(each.severity))


def _declaration(pipeline: TemplatePipeline, basis: Basis) -> Declaration:
    account, region = basis.given.get(ACCOUNT), basis.given.get(REGION)
    target = Target(account, region) if account and region else None
    return Declaration(pipeline.document, None, pipeline.transitions, target, partial(_written, pipeline))


def _written(pipeline: TemplatePipeline, path: Path) -> Path:
    """Give the place in the template; what the API keeps beside a declaration is a property of its own there."""
    if path[:1] == ("transitions",):
        return (*pipeline.place(()), "DisableInboundStageTransitions")
    return pipeline.place(path[1:] if path[:1] == ("pipeline",) else ())


def _note(fault: Fault) -> Fault:
    return replace(fault, rule=validity.UNRESOLVED, severity=str(Severity.INFO))

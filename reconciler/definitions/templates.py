"""What is to be said about the pipelines of a CloudFormation template, at the template's own lines.

A template is judged, not applied: CloudFormation keeps its pipelines, and two keepers of one pipeline would quarrel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.definitions import cloudformation
from reconciler.pipeline import validity
from reconciler.pipeline.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.definitions.cloudformation import TemplatePipeline
    from reconciler.documents import Fault
    from reconciler.errors import Problem


def judge(value: Any, source: str, file: str, severities: Mapping[str, str]) -> tuple[Problem, ...]:
    """Give every problem of a parsed template; what cannot be known offline is an info with its name."""
    template = cloudformation.read(value, {}, None)
    faults = [*template.faults, *(_note(fault) for fault in template.unresolved)]
    for pipeline in template.pipelines:
        faults += [_note(fault) for fault in pipeline.unresolved]
        faults += _findings(pipeline, severities)
    return cloudformation.locate(source, file, faults)


def _findings(pipeline: TemplatePipeline, severities: Mapping[str, str]) -> Iterator[Fault]:
    for each in validity.check(pipeline.document, None, severities):
        place = pipeline.place(each.fault.path)
        yield replace(each.fault, path=place, rule=each.rule, severity=str(each.severity))


def _note(fault: Fault) -> Fault:
    return replace(fault, rule=validity.UNRESOLVED, severity=str(Severity.INFO))

"""Text of a template to its value: short forms written out, and duplicate keys where CloudFormation takes them.

CloudFormation takes the last of two equal keys. That is followed where it does no harm; inside a pipeline, and for a
whole resource, it is refused, because half of what was written would be lost without a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler import documents
from reconciler.documents import Fault
from reconciler.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.documents import Path
    from reconciler.errors import Problem

OURS = "AWS::CodePipeline::"
"""What the types of the resources that are read here start with."""

_FUNCTIONS = (
    "And", "Base64", "Cidr", "Contains", "EachMemberEquals", "EachMemberIn", "Equals", "FindInMap", "GetAtt", "GetAZs",
    "If", "ImportValue", "Join", "Length", "Not", "Or", "RefAll", "Select", "Split", "Sub", "ToJsonString", "Transform",
    "ValueOf", "ValueOfAll",
)  # fmt: skip
_TRUE, _FALSE = (("yes", "Yes", "YES", "on", "On", "ON"), ("no", "No", "NO", "off", "Off", "OFF"))

DIALECT = documents.Dialect(
    tags={f"!{name}": f"Fn::{name}" for name in _FUNCTIONS} | {"!Ref": "Ref", "!Condition": "Condition"},
    words=dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False),
)
"""CloudFormation's YAML: its short forms, and the booleans of YAML 1.1."""


def is_template(value: Any) -> bool:
    """Whether a parsed file is a CloudFormation template: it says so, or it has resources with types."""
    if not isinstance(value, dict):
        return False
    resources = value.get("Resources")
    typed = isinstance(resources, dict) and any(kind(resource) for resource in resources.values())
    return typed or "AWSTemplateFormatVersion" in value


def kind(resource: Any) -> str:
    """Give the type of a resource; empty for what is none."""
    found = resource.get("Type") if isinstance(resource, dict) else None
    return found if isinstance(found, str) else ""


def parse(source: str, file: str) -> Any:
    """Give the value of a file, whether it is a template or not; only a template is read in CloudFormation's dialect.

    Raises `Invalid` with every problem found.
    """
    if "Resources" not in source and "AWSTemplateFormatVersion" not in source:
        return documents.parse(source, file)
    repeated: list[Path] = []
    value = documents.parse(source, file, DIALECT, repeated)
    if not is_template(value):
        return documents.parse(source, file)
    if faults := tuple(_repetitions(value, repeated)):
        raise Invalid(locate(source, file, faults))
    return value


def locate(source: str, file: str, faults: Iterable[Fault]) -> tuple[Problem, ...]:
    """Turn faults in a template's value into problems at lines."""
    return documents.locate(source, file, faults, DIALECT)


def _repetitions(template: dict[str, Any], repeated: list[Path]) -> Iterator[Fault]:
    for path in dict.fromkeys(repeated):
        if path[0] == "Resources" and (not path[2:] or kind(template["Resources"].get(path[1])).startswith(OURS)):
            yield Fault(path, f"the key {path[-1]!r} stands here twice", "keep one of them")

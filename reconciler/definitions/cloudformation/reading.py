"""Reads the CodePipeline resources of a template, and nothing else in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.definitions.cloudformation import conditions, pipelines, syntax
from reconciler.definitions.cloudformation.calls import Malformed
from reconciler.definitions.cloudformation.declarations import Declaration
from reconciler.definitions.cloudformation.nodes import Node
from reconciler.definitions.cloudformation.resolver import Resolver
from reconciler.definitions.cloudformation.template import Template, TemplateResource
from reconciler.documents import Fault
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.pipeline.arns import Target

SECTIONS = ("Conditions", "Mappings", "Parameters", "Resources")
HARMLESS = frozenset({
    "AWS::CodeDeployBlueGreen", "AWS::CodeStar", "AWS::LanguageExtensions", "AWS::SecretsManager-2020-07-23",
    "AWS::SecretsManager-2024-09-16", "AWS::Serverless-2016-10-31",
})  # fmt: skip
"""Transforms that add resources or functions but leave pipelines as they are."""

_PIPELINE, _WEBHOOK, _ACTION_TYPE = (f"{syntax.OURS}{name}" for name in ("Pipeline", "Webhook", "CustomActionType"))


def read(value: Any, given: Mapping[str, object], target: Target | None) -> Template:
    """Give what a parsed template says about CodePipeline in one target.

    `given` holds values of parameters, and of pseudo parameters such as `AWS::StackName`. Never raises: faults and
    notes come with paths of the template, for `syntax.locate`. A resource whose condition is false is not there.
    """
    template: dict[str, Any] = value if isinstance(value, dict) else {}
    resolver = Resolver(template, given, target)
    resolver.faults += _section_faults(template)
    unresolved = [*_macros(template), *_loops(resolver)]
    found: dict[str, list[Any]] = {_PIPELINE: [], _WEBHOOK: [], _ACTION_TYPE: []}
    for logical, resource in resolver.section("Resources").items():
        if (kind := syntax.kind(resource)) in found:
            one, notes = _resource(resolver, logical, resource)
            found[kind] += [one] if one else []
            unresolved += () if one else notes
    return Template(
        pipelines=tuple(found[_PIPELINE]),
        webhooks=tuple(found[_WEBHOOK]),
        action_types=tuple(found[_ACTION_TYPE]),
        faults=tuple(dict.fromkeys(resolver.faults)),
        unresolved=tuple(unresolved),
    )


def _resource(
    resolver: Resolver, logical: str, resource: dict[str, Any]
) -> tuple[TemplateResource | None, tuple[Fault, ...]]:
    """Give the resource, unless it is not there or nothing of it is known; and what was noted."""
    resolver.notes = []
    node = _properties(resolver, logical, resource) if _exists(resolver, logical, resource) else None
    notes = tuple(dict.fromkeys(resolver.notes))
    if node is None:
        return None, notes
    declaration = Declaration()
    if syntax.kind(resource) == _PIPELINE:
        one: TemplateResource = pipelines.pipeline(logical, node, declaration, notes)
    else:
        one = TemplateResource(logical, declaration.write(node), declaration.origins, notes)
    resolver.faults += declaration.faults
    return one, notes


def _exists(resolver: Resolver, logical: str, resource: dict[str, Any]) -> bool:
    """Whether the condition of a resource lets it be there; one that is unknown does, with a note."""
    if "Condition" not in resource:
        return True
    name, path = resource["Condition"], ("Resources", logical, "Condition")
    try:
        truth = conditions.holds(resolver, name, path)
    except Malformed as error:
        truth = resolver.refused(error, logical)
    if isinstance(truth, Unknown):
        resolver.unknown(logical, path, f"whether {logical} is there depends on what is not known here")
    return truth is not False


def _properties(resolver: Resolver, logical: str, resource: dict[str, Any]) -> Node | None:
    """Give the resolved properties, with a name; None if they are no mapping, or unknown as a whole."""
    path = ("Resources", logical, "Properties")
    node = resolver.node(resource.get("Properties", {}), path)
    if node is None or not isinstance(node.value, dict):
        if node is None or not isinstance(node.value, Unknown):
            resolver.faults.append(Fault(path, f"the Properties of {logical} are not a mapping"))
        return None
    if node.value.keys() & {"Name", "name"} or syntax.kind(resource) == _ACTION_TYPE:
        return node
    name = resolver.unknown(logical, path, f"CloudFormation makes up a name for {logical}", "give it a Name")
    return Node({**node.value, "Name": Node(name, path)}, path)


def _section_faults(template: dict[str, Any]) -> Iterator[Fault]:
    for name in SECTIONS:
        if name in template and not isinstance(template[name], dict):
            yield Fault((name,), f"{name} is not a mapping", f"write `{name}:` with one key for each of them")
    if "Resources" not in template:
        yield Fault((), "the template has no Resources", "add the section")


def _macros(template: dict[str, Any]) -> Iterator[Fault]:
    transforms = template.get("Transform", ())
    for transform in transforms if isinstance(transforms, list) else [transforms] if transforms else ():
        name = transform.get("Name") if isinstance(transform, dict) else transform
        if str(name) not in HARMLESS:
            yield Fault(("Transform",), f"the macro {name} may change what is written here")


def _loops(resolver: Resolver) -> Iterator[Fault]:
    """Tell of what adds resources when the stack is made, if they may be ours."""
    for key, value in resolver.section("Resources").items():
        if key == "Fn::Transform" or (key.startswith("Fn::ForEach") and _names_ours(value)):
            yield Fault(("Resources", key), f"{key} makes resources when the stack is made; they are not read")


def _names_ours(value: Any) -> bool:
    if isinstance(value, dict):
        return syntax.kind(value).startswith(syntax.OURS) or any(map(_names_ours, value.values()))
    return isinstance(value, list) and any(map(_names_ours, value))

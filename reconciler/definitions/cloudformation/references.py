"""What `Ref` and `Fn::GetAtt` give: parameters, pseudo parameters, and the few names of resources known beforehand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.definitions.cloudformation import nodes, parameters, syntax
from reconciler.definitions.cloudformation.calls import Malformed
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.definitions.cloudformation.resolver import Resolver
    from reconciler.documents import Path

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_PLACE = "${AWS::Region}:${AWS::AccountId}"

KINDS: dict[str, dict[str, str]] = {
    "AWS::CodeBuild::Project": {
        "Ref": "${Name}",
        "Arn": f"arn:${{AWS::Partition}}:codebuild:{_PLACE}:project/${{Name}}",
    },
    "AWS::CodeCommit::Repository": {
        "Name": "${RepositoryName}",
        "Arn": f"arn:${{AWS::Partition}}:codecommit:{_PLACE}:${{RepositoryName}}",
    },
    "AWS::CodeDeploy::Application": {"Ref": "${ApplicationName}"},
    "AWS::CodeDeploy::DeploymentGroup": {"Ref": "${DeploymentGroupName}"},
    "AWS::CodePipeline::Pipeline": {"Ref": "${Name}"},
    "AWS::ECR::Repository": {"Ref": "${RepositoryName}"},
    "AWS::ECS::Cluster": {"Ref": "${ClusterName}"},
    "AWS::IAM::Role": {
        "Ref": "${RoleName}",
        "Arn": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role${Path}${RoleName}",
    },
    "AWS::KMS::Alias": {"Ref": "${AliasName}"},
    "AWS::Lambda::Function": {
        "Ref": "${FunctionName}",
        "Arn": f"arn:${{AWS::Partition}}:lambda:{_PLACE}:function:${{FunctionName}}",
    },
    "AWS::S3::Bucket": {"Ref": "${BucketName}", "Arn": "arn:${AWS::Partition}:s3:::${BucketName}"},
    "AWS::SNS::Topic": {"Ref": f"arn:${{AWS::Partition}}:sns:{_PLACE}:${{TopicName}}", "TopicName": "${TopicName}"},
}
"""By type of resource: what `Ref` and attributes give, out of pseudo parameters and the resource's own properties."""

_DEFAULTS = {"Path": "/"}
REF = "Ref"


def reference(resolver: Resolver, name: str, path: Path) -> Any:
    """Give what `Ref` of a name gives, unknown where AWS alone knows it; raises `Malformed` for an absent name."""
    if name.startswith("AWS::"):
        return _pseudo(resolver, name, path)
    if name in resolver.section("Parameters"):
        return parameters.value(resolver, name, path)
    return attribute(resolver, name, REF, path)


def attribute(resolver: Resolver, logical: str, name: str, path: Path) -> str:
    """Give an attribute of a resource, `Ref` included, as `reference` does."""
    resources = resolver.section("Resources")
    if logical not in resources:
        what, more = ("parameter or resource", resolver.section("Parameters")) if name == REF else ("resource", ())
        return resolver.absent(logical, path, f"the template has no {what} {logical}", [*resources, *more])
    key = (logical, name)
    if key not in resolver.named:
        resolver.named[key] = _named(resolver, logical, name)
    found = resolver.named[key]
    return _unnamed(resolver, logical, name, path) if isinstance(found, Unknown) else found


def filled(text: str, lookup: Callable[[str], str]) -> list[str]:
    """Give the parts of a text whose `${name}` were looked up; `${!name}` is `${name}`, literally."""
    return [_part(part, lookup) if index % 2 else part for index, part in enumerate(_VARIABLE.split(text))]


def _part(name: str, lookup: Callable[[str], str]) -> str:
    return f"${{{name[1:]}}}" if name.startswith("!") else lookup(name.strip())


def _pseudo(resolver: Resolver, name: str, path: Path) -> Any:
    if name in resolver.pseudo:
        return resolver.pseudo[name]
    if name not in parameters.PSEUDO:
        return resolver.absent(name, path, f"CloudFormation has no pseudo parameter {name}", parameters.PSEUDO)
    return resolver.unknown(name, path, f"{name} is not known here")


def _pattern(resolver: Resolver, logical: str, name: str) -> str:
    return KINDS.get(syntax.kind(resolver.section("Resources")[logical]), {}).get(name, "")


def _named(resolver: Resolver, logical: str, name: str) -> str:
    pattern = _pattern(resolver, logical, name)
    if not pattern:
        return Unknown(logical)
    try:
        with resolver.inside(("Resources", logical), f"the name of {logical}"):
            return nodes.together(filled(pattern, lambda part: _fact(resolver, logical, part)))
    except Malformed as error:
        return resolver.refused(error, logical)


def _fact(resolver: Resolver, logical: str, name: str) -> str:
    """Give a pseudo parameter or a property of a resource as text."""
    place = ("Resources", logical, "Properties")
    properties = resolver.section("Resources")[logical].get("Properties")
    if name.startswith("AWS::"):
        found = _pseudo(resolver, name, place)
    else:
        own = resolver.node(properties[name], (*place, name)) if _has(properties, name) else None
        found = _DEFAULTS.get(name) if own is None else own.value
    return nodes.text(found) or Unknown(name)  # CloudFormation makes up a name where an empty one is given


def _has(properties: Any, name: str) -> bool:
    return isinstance(properties, dict) and name in properties


def _unnamed(resolver: Resolver, logical: str, name: str, path: Path) -> Unknown:
    variables = _VARIABLE.findall(_pattern(resolver, logical, name))
    own = [each for each in variables if not each.startswith("AWS::") and each not in _DEFAULTS]
    label = logical if name == REF else f"{logical}.{name}"
    return resolver.unknown(label, path, f"AWS alone knows {label}", f"give {logical} a known {own[0]}" if own else "")

"""Values of parameters and pseudo parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.definitions.cloudformation import nodes
from reconciler.definitions.cloudformation.calls import Malformed
from reconciler.pipeline import arns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.definitions.cloudformation.resolver import Resolver
    from reconciler.documents import Path
    from reconciler.pipeline.arns import Target

NO_VALUE = "AWS::NoValue"
ACCOUNT, REGION = "AWS::AccountId", "AWS::Region"
PSEUDO = frozenset({
    "AWS::AccountId", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId", "AWS::StackName",
    "AWS::URLSuffix",
})  # fmt: skip

_SUFFIXES = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}
"""Domain names by partition; the other partitions' are left unknown."""


def pseudo(target: Target | None, given: Mapping[str, object]) -> dict[str, Any]:
    """Give the pseudo parameters that are known: from the target, and the given ones such as `AWS::StackName`.

    A Region says its partition, and that says the domain name.
    """
    known: dict[str, Any] = {name: value for name, value in given.items() if name in PSEUDO}
    if target is not None:
        known |= {ACCOUNT: target.account, REGION: target.region}
    if REGION in known and (target is not None or "AWS::Partition" not in known):
        known["AWS::Partition"] = arns.partition(str(known[REGION]))
        suffix = _SUFFIXES.get(known["AWS::Partition"])
        known |= {"AWS::URLSuffix": suffix} if suffix else {}
    return known


def value(resolver: Resolver, name: str, path: Path) -> str | list[str]:
    """Give the value of a parameter: what was given, or its default; a list for the types that are lists.

    Unknown if there is none, for parameters that CloudFormation reads from SSM, and for those with NoEcho: nobody can
    tell in which message a value ends up. Conditions may compare it, because all that comes out is yes or no.
    """
    declaration, place = resolver.section("Parameters")[name], ("Parameters", name)
    if not isinstance(declaration, dict):
        raise Malformed(place, f"the parameter {name} is not a mapping", "write `Type: String`")
    form = str(declaration.get("Type"))
    if form.startswith("AWS::SSM::"):
        return resolver.unknown(name, path, f"the parameter {name} is read from SSM when the stack is made")
    if _hidden(declaration) and not _compared(path) and (name in resolver.given or "Default" in declaration):
        return resolver.unknown(name, path, f"the parameter {name} has NoEcho, so its value is not looked at")
    if name in resolver.given:
        return _typed(resolver.given[name], form, name, place)
    if "Default" not in declaration:
        hint = f"give a value for {name}, or a Default"
        return resolver.unknown(name, path, f"the parameter {name} has no value", hint)
    return _typed(declaration["Default"], form, name, (*place, "Default"))


def _hidden(declaration: Mapping[str, Any]) -> bool:
    return (nodes.text(declaration.get("NoEcho")) or "").lower() == "true"


def _compared(path: Path) -> bool:
    """Tell whether a `Ref` stands at `path` as one side of a comparison: `Conditions.C.Fn::Equals[0].Ref`."""
    return path[0] == "Conditions" and path[-3:-2] == ("Fn::Equals",)


def _typed(found: object, form: str, name: str, place: Path) -> str | list[str]:
    if form == "CommaDelimitedList" or form.startswith("List<"):
        items = found if isinstance(found, list) else [found]
        return [item.strip() for each in items for item in _text(each, name, place).split(",")]
    return _text(found, name, place)


def _text(found: object, name: str, place: Path) -> str:
    if (written := nodes.text(found)) is None:
        raise Malformed(place, f"the value of the parameter {name} is not plain text", "functions cannot stand here")
    return written

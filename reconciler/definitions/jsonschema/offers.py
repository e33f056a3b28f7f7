"""What editors may offer from the catalogue of providers: their names, their configuration keys, values of these.

Nothing here refuses anything: whether a configuration is right is for the rules to say, which a team may turn off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.pipeline import providers

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema = dict[str, Any]

TYPED = {"ActionDeclaration": ("actionTypeId", False), "RuleDeclaration": ("ruleTypeId", True)}
"""The member that says the type, and whether it is one of a rule, by shape."""

_NAMED = {"ActionProvider": False, "RuleProvider": True}


def key(shape: str) -> str:
    """Give the name under which the offers for a shape stand."""
    return f"offers.{shape}"


def types(shape: str) -> Schema:
    """Give the providers to offer where a shape is the name of one."""
    if shape not in _NAMED:
        return {}
    return {"examples": sorted({each.provider for each in _catalogued(rule=_NAMED[shape])})}


def definitions() -> dict[str, Schema]:
    """Give the configuration keys of each provider, by the shape that has a configuration."""
    return {
        key(shape): {"allOf": [_configuration(member, each) for each in _catalogued(rule=rule) if each.keys]}
        for shape, (member, rule) in TYPED.items()
    }


def _catalogued(*, rule: bool) -> Iterator[providers.Provider]:
    return (each for each in providers.catalogue() if (each.category == "Rule") == rule)


def _configuration(member: str, provider: providers.Provider) -> Schema:
    kind = {"category": {"const": provider.category}, "provider": {"const": provider.provider}}
    given = {member: {"properties": kind, "required": list(kind)}}
    offered = {"configuration": {"properties": {name: _key(each, provider) for name, each in provider.keys.items()}}}
    return {"if": {"properties": given, "required": [member]}, "then": {"properties": offered}}


def _key(found: providers.Key, provider: providers.Provider) -> Schema:
    text = f"{'Required' if found.required else 'Optional'} for {provider.category}/{provider.provider}."
    secret = " A secret: AWS masks it when it is read back." if found.secret else ""
    values = found.values or (("true", "false") if found.boolean else ())
    return {"description": text + secret} | ({"examples": list(values)} if values else {})

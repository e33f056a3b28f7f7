"""The intrinsic functions: one small function and one row each; what gives up raises `Malformed` or `Undecided`."""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.definitions.cloudformation import nodes, references
from reconciler.definitions.cloudformation.parameters import NO_VALUE

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.definitions.cloudformation.calls import Call
    from reconciler.pipeline.unknown import Unknown

_NAME = re.compile(r"[A-Za-z0-9_.:]+")
_SHOWN = 10
_INDEX = re.compile(r"[0-9]{1,9}")


class Function(NamedTuple):
    """What a function does, and how it is written."""

    apply: Callable[[Call], Any]
    usage: str


def _ref(call: Call) -> Any:
    if not isinstance(call.argument, str):
        raise call.malformed("Ref takes a name")
    return references.reference(call.resolver, call.argument, call.path)


def _get_att(call: Call) -> str:
    match call.argument.split(".", 1) if isinstance(call.argument, str) else call.argument:
        case [str(logical), str(attribute)]:
            pass
        case [str(logical), _]:
            attribute = call.known_text(1)
        case _:
            raise call.malformed("Fn::GetAtt takes a resource and an attribute")
    return references.attribute(call.resolver, logical, attribute, call.path)


def _sub(call: Call) -> str:
    template, variables = (call.argument, {}) if isinstance(call.argument, str) else call.arguments(2)
    if not isinstance(template, str) or not isinstance(variables, dict):
        raise call.malformed("Fn::Sub takes text, and a mapping of variables")
    lookup = cache(lambda name: _variable(call, variables, name))  # once each: nested ones would take exponential time
    return _whole(call, references.filled(template, lookup))


def _variable(call: Call, variables: dict[str, Any], name: str) -> str:
    if name in variables:
        place = (*call.path, 1, name)
        return call.as_text(call.resolver.value(variables[name], place), place)
    if not _NAME.fullmatch(name):
        raise call.malformed("Fn::Sub has a variable without a proper name", "write ${!...} for what stays as it is")
    if name == NO_VALUE:
        return ""
    logical, _, attribute = name.partition(".")
    if attribute:
        return references.attribute(call.resolver, logical, attribute, call.path)
    return call.as_text(references.reference(call.resolver, name, call.path), call.path)


def _join(call: Call) -> str:
    call.arguments(2)
    delimiter = call.text(0)
    parts = [call.as_text(item, (*call.path, 1)) for item in call.items(1)]
    between = [part for each in parts for part in (delimiter, each)][1:]
    return _whole(call, between)


def _whole(call: Call, parts: list[str]) -> str:
    call.resolver.spend(sum(map(len, parts)))  # before the string exists: nested functions could double it each time
    return nodes.together(parts)


def _split(call: Call) -> list[str]:
    call.arguments(2)
    delimiter, text = call.known_text(0), call.known_text(1)
    if not delimiter:
        raise call.malformed("Fn::Split needs a delimiter")
    return text.split(delimiter)


def _select(call: Call) -> Any:
    call.arguments(2)
    index, items = call.known_text(0), call.items(1)
    if not _INDEX.fullmatch(index) or int(index) >= len(items):
        raise call.malformed(f"the list has {len(items)} items, counted from 0; the number is not one of theirs")
    return items[int(index)]


def _find_in_map(call: Call) -> Any:
    arguments = call.arguments(3, 4)
    keys = [call.known_text(index) for index in range(3)]
    found: Any = call.resolver.section("Mappings")
    for index, key in enumerate(keys):
        if isinstance(found, dict) and "Fn::Transform" in found:
            return call.resolver.unknown(keys[0], call.path, "a macro fills this mapping")
        if not isinstance(found, dict) or key not in found:
            return _default(call, arguments[3:], index, found)
        found = found[key]
    return found


def _default(call: Call, options: list[Any], index: int, known: Any) -> Any:
    """Give the DefaultValue of a look-up that found nothing; the key is not shown, it may come from a secret."""
    if options and isinstance(options[0], dict) and "DefaultValue" in options[0]:
        return call.resolver.value(options[0]["DefaultValue"], (*call.path, 3, "DefaultValue"))
    what = ("mapping", "key", "second key")[index]
    keys = ", ".join(list(known)[:_SHOWN]) if isinstance(known, dict) else ""
    raise call.malformed(f"Fn::FindInMap finds nothing under this {what}", f"known here: {keys or 'none'}")


def _base64(call: Call) -> str:
    return base64.b64encode(call.known_text().encode(errors="replace")).decode()


def _length(call: Call) -> int | Unknown:
    value = call.known()
    if not isinstance(value, list):
        raise call.malformed("Fn::Length counts a list")
    missing = nodes.missing(value)  # an unknown item may turn out to be AWS::NoValue
    return len(value) if missing is None else missing


def _to_json(call: Call) -> str | Unknown:
    value = call.value()
    missing = nodes.missing(value)
    return json.dumps(value, separators=(",", ":")) if missing is None else missing


def _import_value(call: Call) -> Unknown:
    return call.resolver.unknown(call.name, call.path, "the value is exported by another stack")


def _elsewhere(call: Call) -> Unknown:
    return call.resolver.unknown(call.name, call.path, f"{call.name} is evaluated by CloudFormation alone")


FUNCTIONS: dict[str, Function] = {
    "Ref": Function(_ref, "Ref: name"),
    "Fn::Base64": Function(_base64, "Fn::Base64: text"),
    "Fn::Cidr": Function(_elsewhere, "Fn::Cidr: [block, count, bits]"),
    "Fn::FindInMap": Function(_find_in_map, "Fn::FindInMap: [mapping, key, second key]"),
    "Fn::GetAZs": Function(_elsewhere, "Fn::GetAZs: Region"),
    "Fn::GetAtt": Function(_get_att, "Fn::GetAtt: [resource, attribute]"),
    "Fn::ImportValue": Function(_import_value, "Fn::ImportValue: name"),
    "Fn::Join": Function(_join, "Fn::Join: [delimiter, [value, ...]]"),
    "Fn::Length": Function(_length, "Fn::Length: [value, ...]"),
    "Fn::Select": Function(_select, "Fn::Select: [number, [value, ...]]"),
    "Fn::Split": Function(_split, "Fn::Split: [delimiter, text]"),
    "Fn::Sub": Function(_sub, "Fn::Sub: text, or Fn::Sub: [text, {variable: value}]"),
    "Fn::ToJsonString": Function(_to_json, "Fn::ToJsonString: mapping or list"),
    "Fn::Transform": Function(_elsewhere, "Fn::Transform: {Name: macro}"),
}

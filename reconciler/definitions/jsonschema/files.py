"""The JSON Schema of a definition file, whichever of its forms it has.

An editor is told one form at a time (`if`, `then`), so that it speaks of the mistake and not of the other forms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.definitions import drafts, native, suspension, tags, transitions
from reconciler.definitions.jsonschema import offers, shapes
from reconciler.definitions.jsonschema.shapes import EXACT, NULL, PATCH, ROOT, SET, Schema, Style, described
from reconciler.definitions.sets import outline, overlay
from reconciler.pipeline import schema

if TYPE_CHECKING:
    from collections.abc import Collection

DRAFT = "https://json-schema.org/draft/2020-12/schema"
ACTION_TYPE = "CreateCustomActionTypeInput"

_BESIDE = ("AWSRegionName", "DisabledReason", "TagKey", "TagValue")
_SET_ONLY = sorted({*outline.MEMBERS} - {*native.MEMBERS})
_RESERVED = f"^(?![aA][wW][sS]:|{tags.OWNER}$)"
_TEXT: Schema = {"type": "string"}


def definitions() -> Schema:
    """Give the schema of a definition file; raises `Broken` if botocore's model cannot be read."""
    single = {"if": _has(*_SET_ONLY), "then": _reference("set"), "else": _single()}
    return {
        "$schema": DRAFT,
        "title": "Pipeline definition",
        "description": f"A definition file of codepipeline-reconciler; shapes as in botocore {schema.sdk()}.",
        "type": "object",
        "if": _has("Resources", "AWSTemplateFormatVersion"),
        "then": _reference("template"),
        "else": single,
        "$defs": {
            "template": {
                "type": "object",
                "description": "A CloudFormation template, which is judged and not applied.",
            },
            "native": _native(),
            "set": _set(),
            "facts": _facts(),
            "override": _override(),
            **shapes.definitions(EXACT, ROOT, ACTION_TYPE, *_BESIDE),
            **shapes.definitions(SET, ROOT, *_BESIDE),
            **shapes.definitions(PATCH, ROOT),
            **offers.definitions(),
        },
    }


def _reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _has(*members: str) -> Schema:
    """Match a mapping that has one of these members."""
    return {"anyOf": [{"required": [member]} for member in members]}


def _or_null(value: Schema) -> Schema:
    """Match a member with nothing behind it, too: it is as good as absent."""
    return {"anyOf": [value, NULL]}


def _single() -> Schema:
    """Match what has one pipeline, or declares an action type.

    A bare declaration is known by what only it has; everything else is read as the native form, which has a frame.
    """
    bare = {"not": {"required": ["pipeline"]}, **_has(*sorted(native.BARE), "roleArn")}
    declares = _has("inputArtifactDetails", "outputArtifactDetails", "configurationProperties")
    other = {"if": bare, "then": EXACT.reference(ROOT), "else": _reference("native")}
    return {"if": declares, "then": EXACT.reference(ACTION_TYPE), "else": other}


def _mapping(name: str, members: dict[str, Schema], *required: str) -> Schema:
    properties = {member: described(name, member, value) for member, value in members.items()}
    whole = {"type": "object", "properties": properties, "additionalProperties": False}
    return whole | ({"required": list(required)} if required else {})


def _native() -> Schema:
    place = {"environment": _or_null(_TEXT), "region": _or_null(EXACT.reference("AWSRegionName"))}
    members = {"pipeline": EXACT.reference(ROOT), **place, "metadata": {}}
    return _mapping("Native", members | _beside(EXACT), "pipeline")


def _set() -> Schema:
    names: Schema = {"type": "array", "items": _TEXT, "minItems": 1, "uniqueItems": True}
    members = {
        "project": _TEXT,
        "purpose": _TEXT,
        "environments": names,
        "regions": _by_environment(names),
        "facts": _by_environment(_reference("facts")),
        "pipeline": SET.reference(ROOT),
        "overrides": _by_environment(_reference("override")),
    }
    return _mapping("Set", members | _beside(SET), "environments", "pipeline")


def _by_environment(value: Schema) -> Schema:
    return _or_null({"type": "object", "additionalProperties": _or_null(value)})


def _facts() -> Schema:
    """Match names for `${…}`: a text each, or one for each Region."""
    fact: Schema = {"type": ["string", "number"]}
    by_region = {"type": "object", "additionalProperties": fact}
    given = {"pattern": "^[A-Za-z][A-Za-z0-9_-]*$", "not": {"enum": list(outline.GIVEN)}}
    return {"type": "object", "propertyNames": given, "additionalProperties": {"anyOf": [fact, by_region]}}


def _override() -> Schema:
    """Match what is laid over a pipeline, and over what stands beside it."""
    whole = shapes.definitions(PATCH, ROOT)[f"{PATCH.prefix}{ROOT}"]
    return whole | {"properties": whole["properties"] | _beside(PATCH)}


def _beside(style: Style) -> dict[str, Schema]:
    """Give what may stand beside a pipeline in every form."""
    return {"tags": _tags(style), "sync": _sync(style), "transitions": _moves(style)}


def _sync(style: Style) -> Schema:
    choices = {member: style.member(_choice(style, values)) for member, values in drafts.SYNC_MEMBERS.items()}
    reason = {"type": "string", "minLength": 1, "maxLength": suspension.LONGEST}
    quiet = {"reason": style.member(reason), "until": style.member({"type": ["string", "null"]})}
    required = () if style.laid_over else ("reason",)
    choices["suspend"] = _or_null(_mapping("Suspend", quiet | _words(style), *required))
    return _or_null(_mapping("Sync", choices | _words(style)))


def _choice(style: Style, values: Collection[Any]) -> Schema:
    """Match one of a few values, or a number in between."""
    if isinstance(values, range):
        return {"type": "integer", "minimum": values[0], "maximum": values[-1]}
    return {"type": "boolean"} if {*values} == {True, False} else style.choice(*values)


def _words(style: Style) -> dict[str, Schema]:
    return shapes.words(*overlay.OF_MAPPINGS) if style.laid_over else {}


def _moves(style: Style) -> Schema:
    members = {direction: style.member(style.choice(*transitions.STATES)) for direction in transitions.DIRECTIONS}
    members |= {transitions.REASON: style.member(_read(style).reference("DisabledReason"))} | _words(style)
    stage = _mapping("Transition", members) | ({} if style.laid_over else _has(*transitions.DIRECTIONS))
    return _or_null(_free(style, _read(style).reference("StageName"), stage))


def _free(style: Style, names: Schema, values: Schema) -> Schema:
    """Match a mapping with any keys of a kind."""
    own: Schema = {"properties": _words(style)} if style.laid_over else {}
    keys = {"anyOf": [names, {"enum": list(overlay.OF_MAPPINGS)}]} if style.laid_over else names
    return {"type": "object", **own, "propertyNames": keys, "additionalProperties": style.member(values)}


def _read(style: Style) -> Style:
    """Give the style of texts."""
    return SET if style.laid_over else style


def _tags(style: Style) -> Schema:
    """Match tags as a mapping or as AWS's list; one place is kept for the ownership tag (reference C)."""
    key = {"allOf": [_read(style).reference("TagKey"), {"pattern": _RESERVED}]}
    value, most = _read(style).reference("TagValue"), tags.MOST - 1
    pair = {"type": "object", "properties": {"key": key, "value": value}, "additionalProperties": False}
    listed = {"type": "array", "items": pair | {"required": ["key", "value"]}, "maxItems": most}
    return _or_null({"anyOf": [_free(style, key, value) | {"maxProperties": most}, listed]})

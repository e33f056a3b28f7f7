"""The shapes of a declaration as JSON Schemas: types, members, sizes, patterns, values, as `pipeline.schema` has them.

Rules of this file:

* A shape is written in up to three styles: as AWS takes it; as it stands in a set, with `${…}` in texts; and as it is
  laid over a set, where nothing is required, `null` takes a member out, and words with `$` say what becomes of it.
* Only mappings and lists by name are laid over; everything else is replaced, so it is written as in a set.
* Nothing is copied by hand but descriptions; a member that is newer than they are has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from reconciler import documents
from reconciler.definitions.jsonschema import offers, patterns
from reconciler.definitions.sets import overlay
from reconciler.pipeline import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.pipeline.schema import Shape

Schema = dict[str, Any]

ROOT = "PipelineDeclaration"
FILE = "descriptions.yaml"
FILLED: Schema = {"type": "string", "pattern": r"\$\{"}
"""A text with a spot to fill in: what it will be is not known yet."""
NULL: Schema = {"type": "null"}


@dataclass(frozen=True, slots=True)
class Style:
    """How shapes are written: the prefix of their names, and what they admit."""

    prefix: str = ""
    filled: bool = False
    laid_over: bool = False

    def reference(self, name: str) -> Schema:
        """Give the reference to a shape in this style."""
        return {"$ref": f"#/$defs/{self.prefix}{name}"}

    def choice(self, *values: Any) -> Schema:
        """Give a value that is one of these."""
        return self.text({"enum": list(values)})

    def text(self, value: Schema) -> Schema:
        """Give a text, or in a set one that is still to be filled in."""
        return {"anyOf": [value, FILLED]} if self.filled else value

    def member(self, value: Schema) -> Schema:
        """Give a member, or nothing where that takes it out."""
        return {"anyOf": [value, NULL]} if self.laid_over else value


EXACT = Style()
SET = Style("set.", filled=True)
PATCH = Style("patch.", filled=True, laid_over=True)


@cache
def descriptions() -> dict[str, dict[str, str]]:
    """Give what is said about members, in our own words, by shape and member."""
    source = resources.files(__package__).joinpath(FILE).read_bytes().decode()
    table: dict[str, dict[str, str]] = documents.parse(source, FILE)
    return table


def described(shape: str, member: str, value: Schema) -> Schema:
    """Put the description of a member beside its schema, if there is one."""
    text = descriptions().get(shape, {}).get(member)
    return value | {"description": text} if text else value


def words(*allowed: str) -> dict[str, Schema]:
    """Give the words of ours that may stand in something that is laid over."""
    kinds = dict.fromkeys(overlay.OF_MAPPINGS, "boolean")
    return {word: described("Patch", word, {"type": kinds.get(word, "string")}) for word in allowed}


def definitions(style: Style, *roots: str) -> dict[str, Schema]:
    """Give the schemas of these shapes and of all that they are made of, by name; raises as `schema.shapes` does."""
    writer, found = _Writer(schema.amended()), dict[str, Schema]()
    pending = [(style, root) for root in roots]
    while pending:
        each, name = pending.pop()
        if (key := f"{each.prefix}{name}") not in found:
            found[key] = writer.write(name, each)
            pending += [(writer.style(part, each), part) for part in _parts(writer.shapes[name])]
    return found


def _parts(shape: Shape) -> Iterator[str]:
    inner = (*shape.get("members", {}).values(), *(shape[part] for part in ("member", "key", "value") if part in shape))
    return (each["shape"] for each in inner)


class _Writer:
    """Writes shapes, one at a time, with references to others."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.shapes = shapes
        members = (pair for shape in shapes.values() for pair in shape.get("members", {}).items())
        self.by_name = {part["shape"] for member, part in members if member in overlay.BY_NAME}
        self.items = {shapes[name]["member"]["shape"] for name in self.by_name if shapes[name]["type"] == "list"}

    def style(self, name: str, style: Style) -> Style:
        """Give the style in which a part of something in this style is written."""
        merged = self.shapes[name]["type"] in {"structure", "map"} or name in self.by_name
        return SET if style.laid_over and not merged else style

    def write(self, name: str, style: Style) -> Schema:
        """Give the schema of one shape."""
        kinds: dict[str, Callable[[str, Shape, Style], Schema]] = {
            "structure": self._structure,
            "list": self._list,
            "map": self._map,
            "string": _string,
            "integer": _integer,
            "long": _integer,
            "boolean": lambda *_: {"type": "boolean"},
        }
        return kinds[self.shapes[name]["type"]](name, self.shapes[name], style)

    def _reference(self, part: Mapping[str, str], style: Style) -> Schema:
        return self.style(part["shape"], style).reference(part["shape"])

    def _structure(self, name: str, shape: Shape, style: Style) -> Schema:
        listed, required = style.laid_over and name in self.items, list(shape.get("required", ()))
        members = {}
        for member, part in shape["members"].items():
            value = self._reference(part, style)
            members[member] = described(name, member, value if listed and member == "name" else style.member(value))
        if style.laid_over:
            required = ["name"] if listed else []
            members |= words(*(overlay.OF_ITEMS if listed else overlay.OF_MAPPINGS))
        needed = {"required": required} if required else {}
        offered = {"allOf": [EXACT.reference(offers.key(name))]} if name in offers.TYPED else {}
        return {"type": "object", "properties": members, **needed, "additionalProperties": False, **offered}

    def _list(self, _: str, shape: Shape, style: Style) -> Schema:
        return {"type": "array", "items": self._reference(shape["member"], style)} | _bounds(shape, "Items")

    def _map(self, _: str, shape: Shape, style: Style) -> Schema:
        keys, values = (self._reference(shape[part], style) for part in ("key", "value"))
        own: Schema = {"properties": words(*overlay.OF_MAPPINGS)} if style.laid_over else {}
        names = {"anyOf": [keys, {"enum": list(overlay.OF_MAPPINGS)}]} if style.laid_over else keys
        rest = {"propertyNames": names, "additionalProperties": style.member(values)}
        return {"type": "object", **own, **rest} | _bounds(shape, "Properties")


def _string(name: str, shape: Shape, style: Style) -> Schema:
    rules = _bounds(shape, "Length")
    if "enum" in shape:
        rules["enum"] = list(shape["enum"])
    if pattern := patterns.ecma(shape.get("pattern", "")):
        rules["pattern"] = pattern
    also = [_ALSO[each] for each in shape.get("also", ())]
    return style.text({"type": ["string", *also] if also else "string", **rules}) | offers.types(name)


def _integer(_: str, shape: Shape, __: Style) -> Schema:
    return {"type": "integer"} | {f"{end}imum": shape[end] for end in ("min", "max") if end in shape}


def _bounds(shape: Shape, counted: str) -> Schema:
    return {f"{end}{counted}": shape[end] for end in ("min", "max") if end in shape}


_ALSO = {bool: "boolean", int: "number"}
"""What editors take a value for that is written without quotes; a fraction is a text to `documents`."""

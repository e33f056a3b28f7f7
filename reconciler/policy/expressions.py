"""JMESPath over one declaration: compiled once, and each result traced back to its place.

An expression sees the declaration in the API's own shape, secrets masked, with `facts` beside its members. Five
functions are there beside JMESPath's own: `matches(text, 'regular expression')`, `lower(text)`, `json(text)`,
`gates('Stage/Action')`, which gives the places that every path to there passes, and `repeated(list, &expression)`,
which gives the elements whose value another element has, too.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import jmespath
from jmespath import Options, exceptions, functions

from reconciler.pipeline import canonical, secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jmespath.parser import ParsedResult

    from reconciler.documents import Path
    from reconciler.pipeline.graph import Graph

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_TEXT = 60
"""Characters of a value that a message shows."""


class Wrong(ValueError):
    """An expression that cannot be used; the text shows it with the position of what is wrong."""


class Failed(ValueError):
    """An expression that failed on one declaration."""


@dataclass(frozen=True, slots=True)
class Expression:
    """One compiled expression."""

    text: str
    parsed: ParsedResult = field(repr=False)

    def __call__(self, value: Any, graph: Graph | None = None) -> Any:
        """Give what it says of a value; raises Failed where JMESPath or a regular expression does."""
        try:
            return self.parsed.search(value, Options(custom_functions=_Functions(graph)))
        except (exceptions.JMESPathError, re.error, KeyError) as error:
            raise Failed(f"{_first_line(error)}: {self.text}") from None


@dataclass(frozen=True, slots=True)
class Message:
    """A text with placeholders, each an expression over what was found: `{name}`, `{configuration.BucketName}`."""

    text: str
    parts: Mapping[str, Expression] = field(repr=False)

    def __call__(self, context: Any, graph: Graph | None = None) -> str:
        """Fill in the placeholders; what is not there stays empty, and no text grows long."""
        return _PLACEHOLDER.sub(lambda match: _shown(self.parts[match[1]](context, graph)), self.text)


def expression(text: str) -> Expression:
    """Compile an expression; raises Wrong."""
    try:
        parsed = jmespath.compile(text)
    except exceptions.JMESPathError as error:
        raise Wrong(_pointed(text, error)) from None
    if _negated(parsed.parsed):
        raise Wrong(f"`!a.b` is read as `(!a).b`, which is nothing; write `!(a.b)` in `{text}`")
    for name in _called(parsed.parsed):
        if name not in _Functions.FUNCTION_TABLE:
            near = get_close_matches(name, _Functions.FUNCTION_TABLE, 1)
            where = text.find(name)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise Wrong(_at(text, where, f"there is no function {name}{hint}"))
    return Expression(text, parsed)


def message(text: str) -> Message:
    """Compile the placeholders of a text; raises Wrong."""
    return Message(text, {part: expression(part) for part in _PLACEHOLDER.findall(text)})


def places(document: Any) -> dict[int, Path]:
    """Give the path of every mapping and list of a document by its identity, as long as the document lives."""
    found: dict[int, Path] = {}
    waiting: list[tuple[Path, Any]] = [((), document)]
    for path, value in waiting:  # grows while it is read
        if isinstance(value, dict | list):
            found[id(value)] = path
            inside = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += (((*path, key), item) for key, item in inside)
    return found


def results(value: Any) -> Iterator[Any]:
    """Give what an expression found, one by one: nothing for null, false, and what is empty."""
    if isinstance(value, list):
        for item in value:
            yield from results(item)
    elif value not in (None, False, "", {}):
        yield value


def place(result: Any, known: Mapping[int, Path]) -> Path:
    """Give the path of a result, or of the first thing inside it that the document holds; else of the whole."""
    if id(result) in known:
        return known[id(result)]
    inside = result.values() if isinstance(result, dict) else result if isinstance(result, list) else ()
    return next((known[id(item)] for item in inside if id(item) in known), ())


class _Functions(functions.Functions):  # type: ignore[misc]
    """The functions of JMESPath and those of this module."""

    def __init__(self, graph: Graph | None) -> None:
        self._graph = graph

    @functions.signature({"types": ["string", "null"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_matches(self, text: str | None, pattern: str) -> bool:
        return text is not None and re.search(pattern, text) is not None

    @functions.signature({"types": ["string", "null"]})  # type: ignore[untyped-decorator]
    def _func_lower(self, text: str | None) -> str | None:
        return text if text is None else text.lower()

    @functions.signature({"types": ["string", "null"]})  # type: ignore[untyped-decorator]
    def _func_json(self, text: str | None) -> Any:
        return text if text is None else secrets.parse_json(text)

    @functions.signature({"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_gates(self, place: str) -> list[str]:
        return [] if self._graph is None else [action.place for action in self._graph.gates(place)]

    @functions.signature({"types": ["array"]}, {"types": ["expref"]})  # type: ignore[untyped-decorator]
    def _func_repeated(self, elements: list[Any], by: Any) -> list[Any]:
        values = [by.visit(by.expression, each) for each in elements]
        counted = Counter(canonical.text(value) for value in values if value not in _EMPTY)
        return [one for one, value in zip(elements, values, strict=True) if counted[canonical.text(value)] > 1]


_EMPTY: tuple[Any, ...] = (None, "", [], {})


def _negated(node: Mapping[str, Any]) -> bool:
    """Tell whether something is looked up in a negation: JMESPath binds `!` closer than the dot."""
    inside = [child for child in node["children"] if isinstance(child, dict) and "type" in child]
    looked_up = node["type"] == "subexpression" and inside[0]["type"] == "not_expression"
    return looked_up or any(map(_negated, inside))


def _called(node: Mapping[str, Any]) -> Iterator[str]:
    if node["type"] == "function_expression":
        yield node["value"]
    for child in node["children"]:
        if isinstance(child, dict) and "type" in child:
            yield from _called(child)


def _pointed(text: str, error: Exception) -> str:
    if isinstance(error, exceptions.EmptyExpressionError):
        return "the expression is empty"
    where = getattr(error, "lex_position", None)
    what = getattr(error, "message", "") or _first_line(error).removesuffix(":")
    return _at(text, len(text) if where is None else where, what)


def _at(text: str, where: int, what: str) -> str:
    return f"{what}, at character {where + 1} of `{text[:where]}⟨here⟩{text[where:]}`"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]


def _shown(value: Any) -> str:
    written = value if isinstance(value, str) else "" if value is None else canonical.text(value)
    return written if len(written) <= _TEXT else f"{written[:_TEXT]}…"

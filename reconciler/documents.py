"""YAML and JSON text to plain values, safely; the position of every node on demand.

Rules of this file:

* Only what JSON can say comes out: mappings with string keys, lists, strings, integers, booleans, null. A number
  with a fraction stays the text that was written: CodePipeline wants strings and `1.10` must not become `1.1`.
* Scalars follow YAML 1.2: `on`, `no`, `012` and `2026-01-01` are strings; only `true`, `false`, `null` and plain
  decimal integers are more.
* Duplicate keys, several documents in one file, self-references, alias bombs and foreign tags are errors.
* Positions cost a second parse, so they are computed only for a text that has a problem to show.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from reconciler.errors import Invalid, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Path = tuple[str | int, ...]
Position = tuple[int, int]

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 200_000

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Scalars(_Loader):  # type: ignore[misc]
    """Composes nodes; its resolvers know the scalars of YAML 1.2's JSON schema, without fractions."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


_BOOL, _INT, _NULL, _MERGE = (f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "null", "merge"))
_STR, _MAP, _SEQ = (f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq"))
_TRUE = frozenset({"true", "True", "TRUE"})

_Scalars.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Scalars.add_implicit_resolver(_INT, re.compile(r"^(?:0|-?[1-9][0-9]{0,17})$"), list("-0123456789"))
_Scalars.add_implicit_resolver(_NULL, re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Scalars.add_implicit_resolver(_MERGE, re.compile(r"^<<$"), ["<"])


class _Fault(Exception):
    """A defect at a mark; turned into a Problem by the one caller that knows the file."""

    def __init__(self, mark: yaml.Mark, path: Path, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.mark, self.path, self.message, self.hint = mark, path, message, hint


def text(data: bytes, file: str, limit: int = MAX_BYTES) -> str:
    """Decode one file's bytes (UTF-8, a byte order mark is dropped); raises `Invalid` for anything else."""
    if len(data) > limit:
        raise _invalid(file, f"the file has {len(data):,} bytes; the limit is {limit:,}", "split the file")
    if b"\0" in data:
        raise _invalid(file, "this is a binary file", "keep only definitions in this folder")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _invalid(file, "the file is not UTF-8", "save it as UTF-8", line) from None


def parse(source: str, file: str) -> Any:
    """Give the value of a YAML or JSON text; raises `Invalid` with one problem (file, line, column, path, hint)."""
    if source.lstrip().startswith(("{", "[")):
        try:
            return _parse_json(source)
        except (ValueError, RecursionError):
            pass  # YAML's parser says where; and it reads what JSON refuses, such as a trailing comma
    try:
        node = _compose(source)
        return None if node is None else _construct(node, ())
    except _Fault as fault:
        line, column = fault.mark.line + 1, fault.mark.column + 1
        problem = Problem(file, line, column, path_text(fault.path), fault.message, fault.hint)
        raise Invalid((problem,)) from None
    except yaml.YAMLError as error:
        raise Invalid((_syntax_problem(error, source, file),)) from None
    except RecursionError:
        raise _invalid(file, "the document is nested too deeply", f"stay below {MAX_DEPTH} levels") from None


def positions(source: str) -> dict[Path, Position]:
    """Give (line, column), from 1, for every node of a text that `parse` accepts; a key stands for its value."""
    node = _compose(source)
    return dict(_positions(node, ())) if node is not None else {}


def locate(source: str, file: str, faults: Iterable[Fault]) -> tuple[Problem, ...]:
    """Turn faults in a value into problems at lines; a path that is absent is placed at its nearest ancestor."""
    places = positions(source)
    return tuple(_located(places, file, fault) for fault in faults)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at a path inside a value, before the line is known."""

    path: Path
    message: str
    hint: str = ""


def path_text(path: Path) -> str:
    """Write a path as people do: `stages[1].actions[0].name`."""
    parts = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return parts.removeprefix(".")


def _located(places: dict[Path, Position], file: str, fault: Fault) -> Problem:
    known = next((fault.path[:size] for size in range(len(fault.path), -1, -1) if fault.path[:size] in places), ())
    line, column = places.get(known, (0, 0))
    return Problem(file, line, column, path_text(fault.path), fault.message, fault.hint)


def _invalid(file: str, message: str, hint: str, line: int = 0) -> Invalid:
    return Invalid((Problem(file, line, 0, "", message, hint),))


def _parse_json(source: str) -> Any:
    return json.loads(source, object_pairs_hook=_unique, parse_float=str, parse_constant=str)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError
    return value


def _syntax_problem(error: yaml.YAMLError, source: str, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    message = str(getattr(error, "problem", None) or error).splitlines()[0]
    row = source.splitlines()[line - 1] if mark and mark.line < len(source.splitlines()) else ""
    hint = "indent with spaces, YAML forbids tabs" if "\t" in row else "check indentation, quotes and brackets here"
    if "single document" in str(error):
        message, hint = "more than one document in the file", "one file, one document: split it at `---`"
    return Problem(file, line, column, "", message, hint)


def _compose(source: str) -> yaml.Node | None:
    loader = _Scalars(source)
    try:
        node: yaml.Node | None = loader.get_single_node()
    finally:
        loader.dispose()
    if node is not None:
        _weigh(node, {}, 0)
    return node


def _weigh(node: yaml.Node, known: dict[int, int], depth: int) -> int:
    """Count the nodes that a tree has once aliases are expanded; raises on cycles, depth and size."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if depth > MAX_DEPTH:
        raise _Fault(node.start_mark, (), "the document is nested too deeply", f"stay below {MAX_DEPTH} levels")
    if id(node) in known:
        if not (weight := known[id(node)]):
            raise _Fault(node.start_mark, (), "the anchor contains itself", "remove the alias")
        return weight
    known[id(node)] = 0
    weight = 1 + sum(_weigh(child, known, depth + 1) for child in _children(node))
    if weight > MAX_NODES:
        raise _Fault(node.start_mark, (), "aliases expand to too much", f"stay below {MAX_NODES:,} nodes")
    known[id(node)] = weight
    return weight


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _construct(node: yaml.Node, path: Path) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, path)
    if isinstance(node, yaml.SequenceNode):
        _expect(node, _SEQ, path)
        return [_construct(item, (*path, index)) for index, item in enumerate(node.value)]
    _expect(node, _MAP, path)
    return _mapping(node, path)


def _mapping(node: yaml.Node, path: Path) -> dict[str, Any]:
    own: dict[str, Any] = {}
    inherited: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if key_node.tag == _MERGE:
            inherited = _merged(value_node, path) | inherited
            continue
        if not isinstance(key_node, yaml.ScalarNode):
            raise _Fault(key_node.start_mark, path, "a key must be a plain string")
        key = key_node.value
        if key in own:
            raise _Fault(key_node.start_mark, (*path, key), f"the key {key!r} stands here twice", "keep one of them")
        own[key] = _construct(value_node, (*path, key))
    return inherited | own


def _merged(node: yaml.Node, path: Path) -> dict[str, Any]:
    sources: list[yaml.Node] = node.value if isinstance(node, yaml.SequenceNode) else [node]
    merged: dict[str, Any] = {}
    for source in reversed(sources):
        if not isinstance(source, yaml.MappingNode):
            raise _Fault(source.start_mark, (*path, "<<"), "only mappings can be merged")
        merged |= _mapping(source, path)
    return merged


def _scalar(node: yaml.ScalarNode, path: Path) -> str | int | bool | None:
    value: str = node.value
    match node.tag:
        case tag if tag == _STR:
            return value
        case tag if tag == _BOOL:
            return value in _TRUE
        case tag if tag == _INT:
            return int(value)
        case tag if tag == _NULL:
            return None
    raise _foreign(node, path)


def _expect(node: yaml.Node, tag: str, path: Path) -> None:
    if node.tag != tag:
        raise _foreign(node, path)


def _foreign(node: yaml.Node, path: Path) -> _Fault:
    tag = node.tag.replace("tag:yaml.org,2002:", "!!")
    return _Fault(node.start_mark, path, f"the YAML tag {tag} is not read here", "write the plain value")


def _positions(node: yaml.Node, path: Path) -> Iterator[tuple[Path, Position]]:
    mark = node.start_mark
    if not path:
        yield path, (mark.line + 1, mark.column + 1)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield (*path, index), (item.start_mark.line + 1, item.start_mark.column + 1)
            yield from _positions(item, (*path, index))
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                yield (*path, key.value), (key.start_mark.line + 1, key.start_mark.column + 1)
                yield from _positions(value, (*path, key.value))

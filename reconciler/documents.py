"""YAML and JSON text to plain values, safely; the position of every node on demand.

Rules of this file:

* Only what JSON can say comes out: mappings with string keys, lists, strings, integers, booleans, null. A number
  with a fraction stays the text that was written: CodePipeline wants strings and `1.10` must not become `1.1`.
* Scalars follow YAML 1.2: `on`, `no`, `012` and `2026-01-01` are strings; only `true`, `false`, `null` and plain
  decimal integers are more.
* Duplicate keys, several documents in one file, self-references, alias bombs and foreign tags are errors. A dialect
  says what foreign tags stand for; and a caller may ask for the duplicate keys instead of being refused.
* Positions cost a second parse, so they are computed only for a text that has a problem to show.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import yaml

from reconciler.errors import Invalid, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Path = tuple[str | int, ...]
Position = tuple[int, int]
_Pair = tuple[yaml.Node, yaml.Node]

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 200_000
_SAFE_DEPTH = 1_000
"""Levels that libyaml's composer takes without harm: it recurses in C, where too many end the process."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Scalars(_Loader):  # type: ignore[misc]
    """Composes nodes; its resolvers know the scalars of YAML 1.2's JSON schema, without fractions."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


_BOOL, _INT, _NULL, _MERGE = (f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "null", "merge"))
_STR, _MAP, _SEQ = (f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq"))
_UNTAGGED = {yaml.ScalarNode: _STR, yaml.MappingNode: _MAP, yaml.SequenceNode: _SEQ}
_TRUE = frozenset({"true", "True", "TRUE"})
_FORMS: dict[str, tuple[re.Pattern[str], list[str]]] = {
    _BOOL: (re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")),
    _INT: (re.compile(r"^(?:0|-?[1-9][0-9]{0,17})$"), list("-0123456789")),
    _NULL: (re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
}
"""The scalars that are more than strings, and the signs that they start with."""

for _tag, (_form, _first) in _FORMS.items():
    _Scalars.add_implicit_resolver(_tag, _form, _first)
_Scalars.add_implicit_resolver(_MERGE, re.compile(r"^<<$"), ["<"])

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_JSON_ONLY = re.compile(rf"{_SURROGATE.pattern}|[\t\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON may hold and YAML refuses, or counts as the end of a line."""
_RUN = re.compile(r"[ \t?:-]+")


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


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a family of YAML files may say beyond the rules above."""

    tags: Mapping[str, str] = field(default_factory=dict)
    """Foreign tag to the key of the mapping that it stands for: with `{"!Ref": "Ref"}`, `!Ref x` is `{"Ref": "x"}`."""
    words: Mapping[str, bool] = field(default_factory=dict)
    """Unquoted words that are booleans."""


PLAIN = Dialect()


def parse(source: str, file: str, dialect: Dialect = PLAIN, repeated: list[Path] | None = None) -> Any:
    """Give the value of a YAML or JSON text; raises `Invalid` with one problem (file, line, column, path, hint).

    `repeated` takes the paths of keys that stand twice; then the last one counts, and it is no error.
    """
    if source.lstrip()[:1] in ("{", "[", '"'):
        try:
            return strict_json(source, str, str)
        except (ValueError, RecursionError):
            pass  # YAML's parser says where; and it reads what JSON refuses, such as a trailing comma
    try:
        source.encode()
        node = _compose(source, _Rewriting(dialect, repeated))
        return None if node is None else _whole_characters(source, _construct(node, ()))
    except _Fault as fault:
        line, column = fault.mark.line + 1, fault.mark.column + 1
        problem = Problem(file, line, column, path_text(fault.path), fault.message, fault.hint)
        raise Invalid((problem,)) from None
    except yaml.YAMLError as error:
        raise Invalid((_syntax_problem(error, source, file),)) from None
    except RecursionError:  # only without libyaml
        raise _invalid(file, "the document is nested too deeply", f"stay below {MAX_DEPTH} levels") from None
    except UnicodeEncodeError:
        raise _invalid(file, "the text holds half a character, which UTF-8 cannot", "save it as UTF-8") from None


def strict_json(source: str, number: Callable[[str], Any], constant: Callable[[str], Any]) -> Any:
    """Give the value of a JSON text; `number` reads a fraction, `constant` what JSON does not have, such as `NaN`.

    Raises ValueError, or RecursionError, also for a key that stands there twice, for half a surrogate pair (which no
    file and no database takes) and for more than `MAX_DEPTH` levels.
    """
    value = json.loads(source, object_pairs_hook=_unique, parse_float=number, parse_constant=constant)
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        if not (level := [item for node in level for item in _items(node)]):
            return _whole_characters(source, value)
    raise ValueError


def positions(source: str, dialect: Dialect = PLAIN) -> dict[Path, Position]:
    """Give (line, column), from 1, for every node of a text that `parse` accepts; a key stands for its value.

    Empty for the rare JSON text that YAML cannot read, such as one with a key of 2,000 characters.
    """
    if source.lstrip()[:1] in ("{", "["):
        source = _JSON_ONLY.sub(lambda match: " " * len(match[0]), source)
    try:
        node = _compose(source, _Rewriting(dialect, None))
    except (yaml.YAMLError, _Fault):
        return {}
    return dict(_positions(node, ())) if node is not None else {}


def locate(source: str, file: str, faults: Iterable[Fault], dialect: Dialect = PLAIN) -> tuple[Problem, ...]:
    """Turn faults in a value into problems at lines; a path that is absent is placed at its nearest ancestor."""
    found = tuple(faults)
    places = positions(source, dialect) if found else {}
    return tuple(_located(places, file, fault) for fault in found)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at a path inside a value, before the line is known."""

    path: Path
    message: str
    hint: str = ""
    rule: str = "definition"
    """Id of the rule that is broken; `definition` where it is about the file, not about the pipeline."""
    severity: str = "error"


def path_text(path: Path) -> str:
    """Write a path as people do: `stages[1].actions[0].name`."""
    parts = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return parts.removeprefix(".")


def _located(places: dict[Path, Position], file: str, fault: Fault) -> Problem:
    known = next((fault.path[:size] for size in range(len(fault.path), -1, -1) if fault.path[:size] in places), ())
    line, column = places.get(known, (0, 0))
    return Problem(file, line, column, path_text(fault.path), fault.message, fault.hint, fault.rule, fault.severity)


def _invalid(file: str, message: str, hint: str, line: int = 0) -> Invalid:
    return Invalid((Problem(file, line, 0, "", message, hint),))


def _whole_characters(source: str, value: Any) -> Any:
    """Give the value back; raises UnicodeEncodeError for half a surrogate pair."""
    if _SURROGATE.search(source) or not source.isascii():
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _items(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError
    return value


def _syntax_problem(error: yaml.YAMLError, source: str, file: str) -> Problem:
    if isinstance(error, yaml.reader.ReaderError):
        line = source.encode()[: error.position].count(b"\n") + 1
        return Problem(file, line, 0, "", f"the character U+{error.character:04X} is not allowed", "remove it")
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    message = str(getattr(error, "problem", None) or error).splitlines()[0]
    row = source.splitlines()[line - 1] if mark and mark.line < len(source.splitlines()) else ""
    hint = "indent with spaces, YAML forbids tabs" if "\t" in row else "check indentation, quotes and brackets here"
    if "single document" in str(error):
        message, hint = "more than one document in the file", "one file, one document: split it at `---`"
    return Problem(file, line, column, "", message, hint)


def _compose(source: str, rewriting: _Rewriting) -> yaml.Node | None:
    if 2 * (max(map(len, _RUN.findall(source)), default=0) + source.count("[") + source.count("{")) > _SAFE_DEPTH:
        _measure(source)  # indentation, `- - -` and brackets are all that nests, two levels each at most
    loader = _Scalars(source)
    try:
        node: yaml.Node | None = loader.get_single_node()
    finally:
        loader.dispose()
    if node is not None:
        _weigh(node, {}, 0)
        node = rewriting.of(node, ()) if rewriting.needed else node
    return node


def _measure(source: str) -> None:
    """Refuse what is nested too deeply before it is composed; events are read without recursion."""
    loader, depth = _Scalars(source), 0
    try:
        while event := loader.get_event():
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH + 1:
                raise _too_deep(event.start_mark)
    finally:
        loader.dispose()


def _weigh(node: yaml.Node, known: dict[int, tuple[int, int]], depth: int) -> tuple[int, int]:
    """Give the nodes and the levels that a tree has once aliases are expanded; raises on cycles, depth and size."""
    if isinstance(node, yaml.ScalarNode):
        return 1, 0
    if id(node) not in known:
        if depth > MAX_DEPTH:
            raise _too_deep(node.start_mark)
        known[id(node)] = (0, 0)
        weights, heights = zip((1, 0), *(_weigh(child, known, depth + 1) for child in _children(node)), strict=True)
        known[id(node)] = (sum(weights), 1 + max(heights))
    weight, height = known[id(node)]
    if not weight:
        raise _Fault(node.start_mark, (), "the anchor contains itself", "remove the alias")
    if weight > MAX_NODES:
        raise _Fault(node.start_mark, (), "aliases expand to too much", f"stay below {MAX_NODES:,} nodes")
    if depth + height > MAX_DEPTH + 1:
        raise _too_deep(node.start_mark)
    return weight, height


def _too_deep(mark: yaml.Mark) -> _Fault:
    return _Fault(mark, (), "the document is nested too deeply", f"stay below {MAX_DEPTH} levels")


def _children(node: yaml.Node) -> Iterable[yaml.Node]:
    return chain.from_iterable(node.value) if isinstance(node, yaml.MappingNode) else node.value


class _Rewriting:
    """Nodes of a dialect to what `_construct` takes, in place: tags written out, words and repeated keys resolved."""

    def __init__(self, dialect: Dialect, repeated: list[Path] | None) -> None:
        self.tags, self.words, self.repeated = dialect.tags, dialect.words, repeated
        self.needed = dialect is not PLAIN or repeated is not None
        self.done: dict[int, yaml.Node] = {}

    def of(self, node: yaml.Node, path: Path) -> yaml.Node:
        """Give the node that stands for this one; an alias gets what its anchor got."""
        if id(node) not in self.done:
            key = self.tags.get(node.tag)
            self.done[id(node)] = self._word(node) if key is None else _written_out(node, key)
            self._rewrite_inside(node, path if key is None else (*path, key))
        return self.done[id(node)]

    def _rewrite_inside(self, node: yaml.Node, path: Path) -> None:
        if isinstance(node, yaml.SequenceNode):
            node.value = [self.of(item, (*path, index)) for index, item in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            node.value = [(key, self.of(item, (*path, key.value))) for key, item in self._once(node.value, path)]

    def _word(self, node: yaml.Node) -> yaml.Node:
        if isinstance(node, yaml.ScalarNode) and node.tag == _STR and not node.style and node.value in self.words:
            return yaml.ScalarNode(_BOOL, str(self.words[node.value]), node.start_mark, node.end_mark)
        return node

    def _once(self, pairs: list[_Pair], path: Path) -> list[_Pair]:
        if self.repeated is None:
            return pairs
        last = {_identity(key): index for index, (key, _) in enumerate(pairs)}
        self.repeated += [(*path, key.value) for index, (key, _) in enumerate(pairs) if index != last[_identity(key)]]
        return [pairs[index] for index in last.values()]


def _written_out(node: yaml.Node, key: str) -> yaml.Node:
    node.tag = next(tag for kind, tag in _UNTAGGED.items() if isinstance(node, kind))
    name = yaml.ScalarNode(_STR, key, node.start_mark, node.end_mark)
    return yaml.MappingNode(_MAP, [(name, node)], node.start_mark, node.end_mark)


def _identity(key: yaml.Node) -> object:
    """Give what makes keys the same; a merge may stand there many times, and what is no key is refused elsewhere."""
    return key.value if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE else id(key)


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
        _scalar(key_node, path)  # refuses foreign tags; the text is the key, whatever it would be as a value
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
        _expect(source, _MAP, (*path, "<<"))
        merged |= _mapping(source, path)
    return merged


def _scalar(node: yaml.ScalarNode, path: Path) -> str | int | bool | None:
    value: str = node.value
    if node.tag == _STR:
        return value
    if node.tag not in _FORMS or not _FORMS[node.tag][0].match(value):
        raise _foreign(node, path)  # `!!int x` is as foreign as `!Ref x`
    if node.tag == _BOOL:
        return value in _TRUE
    return int(value) if node.tag == _INT else None


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

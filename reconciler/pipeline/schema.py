"""The shape of a declaration: members, types, sizes, patterns and values, read out of botocore's service model.

Rules of this file:

* Nothing is copied by hand: the check is exactly as new as the installed botocore. What differs stands in `_EXTRAS`.
* A shape is compiled once, on its first use, to a function that appends faults; a fine value allocates nothing.
* What is unknown is fine, whatever should stand there.
* A fault never shows a value that may be secret: configuration, environment variables, defaults of variables.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module, resources
from math import inf
from typing import Any

from reconciler.documents import Fault, Path, path_text
from reconciler.errors import Broken
from reconciler.pipeline.unknown import Unknown

Shape = Mapping[str, Any]
_Trail = list[str | int]
"""The path of what is looked at; one list for a whole declaration, because a path for each value costs too much."""

_Check = Callable[[Any, _Trail, list[Fault]], None]

_EXTRAS: dict[str, dict[str, Any]] = {
    # The service takes 50,000 characters where its model says 1,000 (reference L).
    "ActionConfigurationValue": {"max": 50_000, "also": (bool, int), "secret": True},
    "RuleConfigurationValue": {"also": (bool, int), "secret": True},
    "EnvironmentVariableValue": {"secret": True},
    "PipelineVariableValue": {"secret": True},
    "RoleArn": {"hint": "write arn:aws:iam::<12 digits of the account>:role/<name>"},
    "ActionProvider": {"hint": "a provider is one word, such as CodeStarSourceConnection"},
}
"""What is changed in the model, by shape: `also` lists types that are taken because writing makes strings of them,
`hint` says how to write what does not match the pattern."""

_BESIDE = {
    "metadata": "this is the answer of get-pipeline: `metadata` must stand beside `pipeline`, or be removed",
    "tags": "`tags` must stand beside `pipeline`, not inside it",
}
_ELSEWHERE = {"cloudWatchLogsEnabled": "remove it: a build's log is a setting of its CodeBuild project"}
"""Members that tutorials put where the API has none."""
_UNPACK: dict[str, Callable[[bytes], bytes]] = {"service-2.json.gz": gzip.decompress, "service-2.json": bytes}
_ONE_CLASS = re.compile(r"\[[^\[\]]+\]\+")
_UNQUOTED = {"an integer": re.compile(r"-?[0-9]{1,18}"), "a boolean": re.compile("true|false")}
_WORDS = {dict: "a mapping", list: "a list", str: "a string", bool: "a boolean", int: "an integer", float: "a number"}
_SHOWN = 60
_FAR = 1 << 20_000
"""Beyond every number that can be read, and an integer: comparing with a float's infinity takes twice as long."""
_PRINTABLE_BITS = 64  # Python refuses to print integers of thousands of digits


def check(document: object) -> tuple[Fault, ...]:
    """Give all faults of a declaration in API shape (reference A), in document order; () when its shape is fine.

    A missing member is a fault at the path where it should stand. Raises `Broken` if botocore's model cannot be read.
    """
    return _declaration()(document)


def checker(shapes: Mapping[str, Shape], root: str, origin: str) -> Callable[[object], tuple[Fault, ...]]:
    """Compile a check of values of the shape `root`; `origin` names what may be too old, such as `botocore 1.40.0`."""
    checks = _Checks(shapes, origin)

    def run(value: object) -> tuple[Fault, ...]:
        faults: list[Fault] = []
        checks[root](value, [], faults)
        return tuple(faults)

    return run


def sdk() -> str:
    """Give the version of the installed botocore, and so of the model."""
    return str(import_module("botocore").__version__)


@cache
def shapes() -> dict[str, dict[str, Any]]:
    """Give CodePipeline's shapes by name, as the installed botocore states them; raises `Broken` if they are absent.

    Reads the one data file: importing botocore's own loader costs several times as much.
    """
    package = import_module("botocore")
    try:
        versions = (resources.files(package) / "data" / "codepipeline").iterdir()
        newest = max((version for version in versions if version.is_dir()), key=lambda version: version.name)
        file = next(file for file in newest.iterdir() if file.name in _UNPACK)
        model: dict[str, dict[str, Any]] = json.loads(_UNPACK[file.name](file.read_bytes()))["shapes"]
    except (OSError, EOFError, ValueError, StopIteration, KeyError) as error:
        remedy = "pip install --force-reinstall botocore"
        raise Broken(f"botocore {package.__version__} has no readable model of CodePipeline: {remedy}") from error
    return model


def amended() -> dict[str, dict[str, Any]]:
    """Give the shapes that `check` goes by: the model's, with what `_EXTRAS` changes; raises as `shapes` does."""
    return {name: shape | _EXTRAS.get(name, {}) for name, shape in shapes().items()}


@cache
def _declaration() -> Callable[[object], tuple[Fault, ...]]:
    return checker(amended(), "PipelineDeclaration", f"botocore {sdk()}")


class _Checks(dict[str, _Check]):
    """Checks by the name of the shape, compiled when first asked for; so a shape may hold itself."""

    def __init__(self, shapes: Mapping[str, Shape], origin: str) -> None:
        super().__init__()
        self.shapes, self.origin = shapes, origin

    def __missing__(self, name: str) -> _Check:
        shape = self.shapes[name]
        kind = _KINDS.get(shape["type"], _OTHER)
        types, counted, also = kind.types, kind.counted, (*shape.get("also", ()), Unknown)
        inside, bounded = kind.inside and kind.inside(shape, self), "min" in shape or "max" in shape
        least, most = shape.get("min", -_FAR), shape.get("max", _FAR)

        def run(value: Any, trail: _Trail, faults: list[Fault]) -> None:
            if type(value) not in types:
                if type(value) not in also:
                    faults.append(_mistyped(value, tuple(trail), kind.words, shape))
                return
            if bounded and not least <= (size := len(value) if counted else value) <= most:
                faults.append(_outside(size, tuple(trail), counted, shape))
            if inside:
                inside(value, trail, faults)

        self[name] = run
        return run


def _structure(shape: Shape, checks: _Checks) -> _Check:
    members = {name: member["shape"] for name, member in shape["members"].items()}
    required = tuple(shape.get("required", ()))
    compiled: dict[str, _Check] = {}  # not at once: a shape may hold itself

    def run(value: dict[str, Any], trail: _Trail, faults: list[Fault]) -> None:
        for name in required:
            if name not in value:
                faults.append(Fault((*trail, name), f"{name} is missing", f"add `{name}`"))  # noqa: PERF401  hardly ever
        trail.append("")
        for name, item in value.items():
            trail[-1] = name
            check = compiled.get(name)
            if check is None:
                if name not in members:
                    faults.append(_unknown(tuple(trail), members, checks.origin))
                    continue
                check = compiled[name] = checks[members[name]]
            check(item, trail, faults)
        trail.pop()

    return run


def _list(shape: Shape, checks: _Checks) -> _Check:
    member = shape["member"]["shape"]

    def run(value: list[Any], trail: _Trail, faults: list[Fault]) -> None:
        check = checks[member]
        trail.append(0)
        for index, item in enumerate(value):
            trail[-1] = index
            check(item, trail, faults)
        trail.pop()

    return run


def _map(shape: Shape, checks: _Checks) -> _Check:
    key, member = shape["key"]["shape"], shape["value"]["shape"]

    def run(value: dict[str, Any], trail: _Trail, faults: list[Fault]) -> None:
        check_key, check = checks[key], checks[member]
        own: list[Fault] = []
        trail.append("")
        for name, item in value.items():
            trail[-1] = name
            check_key(name, trail, own)
            if own:
                faults.extend(Fault(fault.path, f"as a key, {fault.message}", fault.hint) for fault in own)
                own.clear()
            check(item, trail, faults)
        trail.pop()

    return run


def _string(shape: Shape, _checks: _Checks) -> _Check | None:
    allowed, matches = shape.get("enum"), _matcher(shape.get("pattern"))
    if not allowed and not matches:
        return None

    def run(value: str, trail: _Trail, faults: list[Fault]) -> None:
        if allowed and value not in allowed:
            faults.append(_not_allowed(value, tuple(trail), allowed))
        if matches and value and not matches(value):
            faults.append(_mismatch(value, tuple(trail), shape, matches))

    return run


@dataclass(frozen=True, slots=True)
class _Kind:
    """A type of the model: in words, as plain values, what its bounds count (itself if empty), and the check inside."""

    words: str
    types: tuple[type, ...]
    counted: str = ""
    inside: Callable[[Shape, _Checks], _Check | None] | None = None


_KINDS = {
    "structure": _Kind("a mapping", (dict,), "item", _structure),
    "list": _Kind("a list", (list,), "item", _list),
    "map": _Kind("a mapping", (dict,), "item", _map),
    "string": _Kind("a string", (str,), "character", _string),
    "integer": _Kind("an integer", (int,)),
    "long": _Kind("an integer", (int,)),
    "boolean": _Kind("a boolean", (bool,)),
    "timestamp": _Kind("a timestamp", (str, int, float)),
}
_OTHER = _Kind("a value", tuple(_WORDS))


def _unknown(path: Path, known: Iterable[str], origin: str) -> Fault:
    name = str(path[-1])
    old = f"{origin} may be too old to know it: pip install -U botocore"
    hint = f"did you mean {near!r}?" if (near := _nearest(name, known)) else f"known here: {', '.join(known)}; {old}"
    better = {**_ELSEWHERE, **(_BESIDE if len(path) == 1 else {})}
    return Fault(path, f"{_clip(repr(name))} is not known here", better.get(name, hint))


def _mistyped(value: object, path: Path, wanted: str, shape: Shape) -> Fault:
    if value is None:
        return Fault(path, f"{_label(path)} is null", "remove the key or give a value")
    what = _WORDS.get(type(value), f"a {type(value).__name__}")
    return Fault(path, f"{_label(path)} is {what}; AWS wants {wanted}", _conversion(value, wanted, shape))


def _conversion(value: object, wanted: str, shape: Shape) -> str:
    """Say how to write a value that has the wrong type; show it only where it is short and no secret."""
    if wanted == "a string" and isinstance(value, bool | int | float):
        return "write it as a string" + (", in quotes" if shape.get("secret") else f': "{_literal(value)}"')
    if wanted == "a string" and shape.get("secret"):
        return "write it as JSON text in one string"
    if wanted in _UNQUOTED and isinstance(value, str) and _UNQUOTED[wanted].fullmatch(value):
        return f"write it without quotes: {value}"
    return f"write {wanted} here"


def _outside(size: int, path: Path, counted: str, shape: Shape) -> Fault:
    least, most = _range(shape)
    fact = f"has {size} {counted}{'s' * (size != 1)}" if counted else f"is {_literal(size)}"
    edge = f"the least is {least}" if size < least else f"the most is {most}"
    hint = f"allowed: {least} to {most}" if least > -inf and most < inf else ""
    return Fault(path, f"{_label(path)} {fact}; {edge}", hint)


def _not_allowed(value: str, path: Path, allowed: list[str]) -> Fault:
    near = allowed[0] if len(allowed) == 1 else _nearest(value, allowed)
    hint = f"did you mean {near!r}?" if near else "write one of them"
    return Fault(path, f"{_clip(repr(value))} is not one of {', '.join(allowed)}", hint)


def _mismatch(value: str, path: Path, shape: Shape, matches: Callable[[str], object]) -> Fault:
    if "\n" in value:  # a dot stops there, so this is all that the frequent pattern `.*` refuses
        return Fault(path, f"{_label(path)} has a line break", "write it on one line")
    pattern = shape["pattern"]
    if shape.get("secret"):
        return Fault(path, f"{_label(path)} does not match {pattern}")
    strange = dict.fromkeys(repr(sign) for sign in value if not matches(sign)) if _ONE_CLASS.fullmatch(pattern) else ()
    hints = [_clip(f"not allowed: {' '.join(strange)}")] if strange else []
    hint = "; ".join([*hints, *([shape["hint"]] if "hint" in shape else [])])
    return Fault(path, f"{_clip(repr(value))} does not match {pattern}", hint)


def _matcher(pattern: str | None) -> Callable[[str], object] | None:
    """Give the full match of a pattern of Java's dialect (its classes are ASCII); None where Python cannot read it."""
    try:
        return re.compile(pattern, re.ASCII).fullmatch if pattern else None
    except re.error:
        return None


def _range(shape: Shape) -> tuple[float, float]:
    return shape.get("min", -inf), shape.get("max", inf)


def _nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that is most alike; capitals do not count, because CloudFormation's spelling is common."""
    lowered = {name.lower(): name for name in known}
    return next((lowered[near] for near in get_close_matches(word.lower(), lowered, 1)), None)


def _label(path: Path) -> str:
    """Name a place by its last key: `runOrder`, `commands[2]`."""
    start = max((index for index, part in enumerate(path) if not isinstance(part, int)), default=0)
    return _clip(path_text(path[start:]) or "''") if path else "the declaration"


def _literal(value: float) -> str:
    huge = isinstance(value, int) and value.bit_length() > _PRINTABLE_BITS
    return "a huge number" if huge else json.dumps(value)


def _clip(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"

"""Values by the shapes of a service model: what comes in is checked as AWS checks it, what goes out gets its times.

Rules of this file:

* Nothing is copied by hand: shapes are botocore's, and a shape is compiled to a function when it is first used.
* A wrong type is a `SerializationException` at once; broken bounds are told all together in one `ValidationException`.
* Members that a model does not know are dropped, and null is absent, as the service does.
* Inside the emulator a timestamp is an integer: milliseconds since 1970.
* A message never shows a value that may be secret.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from reconciler.emulator.faults import Fault, invalid

Shape = Mapping[str, Any]
Parse = Callable[[Any, str, list[str]], Any]
Encode = Callable[[Any], Any]

_SHOWN = 200
_SHARED = 200
"""Characters up to which equal texts are one: names, types and ARNs repeat from pipeline to pipeline."""
_FOUND: dict[type, str] = {
    dict: "Start of structure or map found where not expected.",
    list: "Start of list found where not expected",
    str: "STRING_VALUE can not be converted to {}",
    int: "NUMBER_VALUE can not be converted to {}",
    float: "NUMBER_VALUE can not be converted to {}",
    bool: "{}",
}
_WORDS = {"string": "a String", "integer": "an Integer", "long": "a Long", "boolean": "a Boolean",
          "timestamp": "milliseconds since epoch"}  # fmt: skip


class Shapes:
    """The shapes of one service, compiled to parsers and encoders by name."""

    def __init__(self, shapes: Mapping[str, Shape], moment: Callable[[int], Any]) -> None:
        """`moment` writes milliseconds since 1970 as the protocol does."""
        self.shapes, self.moment = shapes, moment
        self._parsers: dict[str, Parse] = {}
        self._encoders: dict[str, Encode | None] = {}
        self._compiling = threading.RLock()
        self._inputs: dict[str, Parse] = {}
        self._outputs: dict[str, Encode | None] = {}
        """Those that are whole; requests in other threads must not meet one that is being compiled."""

    def parse(self, name: str, value: Any) -> Any:
        """Give the input in a JSON value; raises `Fault` as the service does (reference B.2)."""
        wrong: list[str] = []
        if name not in self._inputs:
            with self._compiling:
                self._inputs[name] = self.parser(name)
        parsed = self._inputs[name](value, "", wrong)
        if wrong:
            count = f"{len(wrong)} validation error{'s' * (len(wrong) > 1)} detected: "
            raise invalid(count + "; ".join(wrong))
        return parsed

    def encode(self, name: str, value: Any) -> Any:
        """Give a JSON value for an output whose timestamps are milliseconds since 1970."""
        if name not in self._outputs:
            with self._compiling:
                self._outputs[name] = self.encoder(name)
        encoder = self._outputs[name]
        return encoder(value) if encoder else value

    def parser(self, name: str) -> Parse:
        """Give the compiled check of a shape; a shape may hold itself."""
        if name not in self._parsers:
            self._parsers[name] = self._later(name)
            self._parsers[name] = _PARSERS[self.shapes[name]["type"]](self, self.shapes[name])
        return self._parsers[name]

    def _later(self, name: str) -> Parse:
        """Stand for a parser that is being compiled."""

        def run(value: Any, path: str, wrong: list[str]) -> Any:
            return self._parsers[name](value, path, wrong)

        return run

    def encoder(self, name: str) -> Encode | None:
        """Give the compiled writer of a shape; None if nothing in it has to be written otherwise."""
        if name not in self._encoders:
            self._encoders[name] = None  # a shape that holds itself has no timestamps in any model here
            make = _ENCODERS.get(self.shapes[name]["type"])
            self._encoders[name] = make(self, self.shapes[name]) if make else None
        return self._encoders[name]


def _mistyped(value: Any, shape: Shape) -> Fault:
    text = _FOUND.get(type(value), "Unexpected value").format(_WORDS.get(shape["type"], "a structure"))
    return Fault("SerializationException", text)


def _complaint(value: Any, path: str, shape: Shape, constraint: str) -> str:
    hidden = shape.get("sensitive") or shape.get("secret") or isinstance(value, dict | list)
    shown = "" if hidden else f" '{value if len(str(value)) <= _SHOWN else str(value)[:_SHOWN] + '…'}'"
    return f"Value{shown} at '{path}' failed to satisfy constraint: Member must {constraint}"


def _structure(shapes: Shapes, shape: Shape) -> Parse:
    members = {name: (name, shapes.parser(member["shape"])) for name, member in shape["members"].items()}
    required = shape.get("required", ())

    def run(value: Any, path: str, wrong: list[str]) -> Any:
        if type(value) is not dict:
            raise _mistyped(value, shape)
        dot = f"{path}." if path else ""
        wrong += [
            f"Value null at '{dot}{name}' failed to satisfy constraint: Member must not be null"
            for name in required
            if value.get(name) is None
        ]
        return {
            known[0]: known[1](item, dot + name, wrong)
            for name, item in value.items()
            if item is not None and (known := members.get(name))
        }

    return run


def _list(shapes: Shapes, shape: Shape) -> Parse:
    member = shapes.parser(shape["member"]["shape"])

    def run(value: Any, path: str, wrong: list[str]) -> Any:
        if type(value) is not list:
            raise _mistyped(value, shape)
        _sized(value, path, shape, wrong)
        return [member(item, f"{path}.{number}.member", wrong) for number, item in enumerate(value, 1)]

    return run


def _map(shapes: Shapes, shape: Shape) -> Parse:
    key, member = shapes.parser(shape["key"]["shape"]), shapes.parser(shape["value"]["shape"])

    def run(value: Any, path: str, wrong: list[str]) -> Any:
        if type(value) is not dict:
            raise _mistyped(value, shape)
        _sized(value, path, shape, wrong)
        return {
            sys.intern(key(name, path, wrong)): member(item, f"{path}.{name}.member", wrong)
            for name, item in value.items()
        }

    return run


def _string(_: Shapes, shape: Shape) -> Parse:
    allowed, matches = shape.get("enum"), _matcher(shape.get("pattern"))

    def run(value: Any, path: str, wrong: list[str]) -> Any:
        if type(value) is not str:
            raise _mistyped(value, shape)
        _sized(value, path, shape, wrong)
        if allowed and value not in allowed:
            wrong.append(_complaint(value, path, shape, f"satisfy enum value set: [{', '.join(allowed)}]"))
        if matches and not matches(value):
            wrong.append(_complaint(value, path, shape, f"satisfy regular expression pattern: {shape['pattern']}"))
        return sys.intern(value) if len(value) <= _SHARED else value

    return run


def _number(_: Shapes, shape: Shape) -> Parse:
    def run(value: Any, path: str, wrong: list[str]) -> Any:
        if type(value) is not int:
            raise _mistyped(value, shape)
        for bound, edge, word in (("min", value < shape.get("min", value), "greater"),
                                  ("max", value > shape.get("max", value), "less")):  # fmt: skip
            if edge:
                wrong.append(_complaint(value, path, shape, f"have value {word} than or equal to {shape[bound]}"))
        return value

    return run


def _boolean(_: Shapes, shape: Shape) -> Parse:
    def run(value: Any, _path: str, _wrong: list[str]) -> Any:
        if type(value) is not bool:
            raise _mistyped(value, shape)
        return value

    return run


def _timestamp(_: Shapes, shape: Shape) -> Parse:
    def run(value: Any, _path: str, _wrong: list[str]) -> Any:
        if type(value) not in (int, float) or not abs(value) < 1e11:  # noqa: PLR2004 - year 5138, and no NaN
            raise _mistyped(value, shape)
        return round(value * 1000)

    return run


def _sized(value: Any, path: str, shape: Shape, wrong: list[str]) -> None:
    size = len(value)
    if size < shape.get("min", 0):
        wrong.append(_complaint(value, path, shape, f"have length greater than or equal to {shape['min']}"))
    if size > shape.get("max", size):
        wrong.append(_complaint(value, path, shape, f"have length less than or equal to {shape['max']}"))


def _matcher(pattern: str | None) -> Callable[[str], object] | None:
    """Give the full match of a pattern of Java's dialect; None where Python cannot read it."""
    try:
        return re.compile(pattern, re.ASCII).fullmatch if pattern else None
    except re.error:
        return None


def _encoded_structure(shapes: Shapes, shape: Shape) -> Encode | None:
    members = {name: made for name, each in shape["members"].items() if (made := shapes.encoder(each["shape"]))}
    if not members:
        return None

    def run(value: Any) -> Any:
        return {name: members[name](item) if name in members else item for name, item in value.items()}

    return run


def _encoded_list(shapes: Shapes, shape: Shape) -> Encode | None:
    member = shapes.encoder(shape["member"]["shape"])
    return (lambda value: [member(item) for item in value]) if member else None


def _encoded_map(shapes: Shapes, shape: Shape) -> Encode | None:
    member = shapes.encoder(shape["value"]["shape"])
    return (lambda value: {name: member(item) for name, item in value.items()}) if member else None


_PARSERS: dict[str, Callable[[Shapes, Shape], Parse]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _number,
    "long": _number,
    "boolean": _boolean,
    "timestamp": _timestamp,
}

_ENCODERS: dict[str, Callable[[Shapes, Shape], Encode | None]] = {
    "structure": _encoded_structure,
    "list": _encoded_list,
    "map": _encoded_map,
    "timestamp": lambda shapes, _: shapes.moment,
}

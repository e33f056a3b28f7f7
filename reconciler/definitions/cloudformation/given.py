"""Files with values for the parameters of templates, in the three shapes that people have them in.

- {ParameterKey: Project, ParameterValue: shop}     what the AWS CLI takes; as a list
Parameters: {Project: shop}                         the template configuration of CodePipeline, with Tags beside it
Project: shop                                       a plain mapping
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.definitions.cloudformation import nodes
from reconciler.definitions.cloudformation.parameters import PSEUDO
from reconciler.documents import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.documents import Path

_KEY, _VALUE, _KEPT = "ParameterKey", "ParameterValue", "UsePreviousValue"
_SHAPES = "write `Name: value`, `Parameters: {Name: value}`, or the list that the AWS CLI takes"


class Value(NamedTuple):
    """What is given for one parameter, as CloudFormation's text; and where."""

    text: str
    path: Path


def read(document: Any) -> tuple[dict[str, Value], tuple[Fault, ...]]:
    """Give the values of a parsed file by name, and every fault. No fault shows a value: it may be a secret.

    A parameter that keeps its previous value has none that is known here.
    """
    faults: list[Fault] = []
    values: dict[str, Value] = {}
    for name, value, path in _entries(document, (), faults):
        if (written := text(value)) is None:
            hint = "write text, a number, true or false, or a list of them"
            faults.append(Fault(path, f"the value of the parameter {name} is not text", hint))
        else:
            values[name] = Value(written, path)
    return values, tuple(faults)


def text(value: Any) -> str | None:
    """Write a value as CloudFormation takes it, lists with commas; None for what it cannot be."""
    if isinstance(value, list):
        parts = [nodes.text(item) for item in value]
        return None if any(part is None for part in parts) else ",".join(part or "" for part in parts)
    return nodes.text(value)


def strange(places: Mapping[str, Path], known: Iterable[str]) -> Iterator[Fault]:
    """Give a fault for every name that is none of the `known` parameters and no pseudo parameter."""
    there = sorted({*known, *PSEUDO})
    for name, path in places.items():
        if name not in there:
            near = get_close_matches(name, there, 1)
            hint = f"did you mean {near[0]}?" if near else "correct the name, or remove it"
            yield Fault(path, f"no template that is judged here has the parameter {name}", hint)


def _entries(document: Any, path: Path, faults: list[Fault]) -> Iterator[tuple[str, Any, Path]]:
    if isinstance(document, dict):
        inner = document.get("Parameters")
        if isinstance(inner, dict | list):
            yield from _entries(inner, (*path, "Parameters"), faults)
        else:
            yield from ((name, value, (*path, name)) for name, value in document.items())
    elif isinstance(document, list):
        for index, entry in enumerate(document):
            yield from _pair(entry, (*path, index), faults)
    elif document is not None:
        faults.append(Fault(path, "this holds no parameters", _SHAPES))


def _pair(entry: Any, path: Path, faults: list[Fault]) -> Iterator[tuple[str, Any, Path]]:
    members = entry if isinstance(entry, dict) else {}
    if not isinstance(members.get(_KEY), str) or not members.keys() & {_VALUE, _KEPT}:
        faults.append(Fault(path, f"an entry has {_KEY} and {_VALUE}", _SHAPES))
    elif _VALUE in members:
        yield members[_KEY], members[_VALUE], (*path, _VALUE)

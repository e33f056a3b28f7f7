"""Values of one template for one set of given values: functions evaluated, and what stays unknown named.

Rules of this file:

* What CloudFormation would refuse is a fault, what cannot be known offline is `Unknown` with a note; the caller of
  `node` sees no exception.
* A value is resolved when somebody asks for it; the rest of a template is nobody's business here.
* Depth and the size of what functions make are bounded, because a small text can ask for a huge value.
"""

from __future__ import annotations

from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from reconciler.definitions.cloudformation import conditions, nodes, parameters
from reconciler.definitions.cloudformation.calls import Call, Malformed, Undecided
from reconciler.definitions.cloudformation.functions import FUNCTIONS
from reconciler.definitions.cloudformation.nodes import Node
from reconciler.documents import Fault
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.documents import Path
    from reconciler.pipeline.arns import Target

MAX_DEPTH = 60
"""Levels of values, functions, conditions and names; each takes about ten of Python's own 1,000."""
MAX_CHARACTERS = 4 * 1024 * 1024
"""Characters that the functions of one template may make; a template itself has at most one million bytes."""

_IF = "Fn::If"
_USAGE = "Fn::If: [condition, value if true, value if false]"
_DYNAMIC = "{{resolve:"


class Resolver:
    """Evaluates values on demand and keeps what it learned: `faults`, and `notes` about what is unknown."""

    def __init__(self, template: Mapping[str, Any], given: Mapping[str, object], target: Target | None) -> None:
        self.template, self.given = template, given
        self.pseudo = parameters.pseudo(target, given)
        self.faults: list[Fault] = []
        self.notes: list[Fault] = []
        self.decided: dict[str, conditions.Truth] = {}
        self.named: dict[tuple[str, str], str] = {}
        self._open: set[Path] = set()
        self._depth = 0
        self._too_deep: Path = ()
        self._left = MAX_CHARACTERS

    def section(self, name: str) -> dict[str, Any]:
        """Give a section of the template, such as `Parameters`; empty if it is absent or no mapping."""
        found = self.template.get(name)
        return found if isinstance(found, dict) else {}

    def node(self, value: Any, path: Path) -> Node | None:
        """Give the resolved value with the places of its parts; None for `AWS::NoValue`."""
        try:
            with self.deeper(path):
                if isinstance(value, dict):
                    return self._mapping(value, path)
                if isinstance(value, list):
                    items = (self.node(item, (*path, index)) for index, item in enumerate(value))
                    return Node([item for item in items if item is not None], path)
        except Malformed as error:
            return Node(self.refused(error, str(path[-1])), path)
        return Node(self._scalar(value, path), path)

    def value(self, value: Any, path: Path) -> Any:
        """Give the resolved value; raises `Malformed` for `AWS::NoValue`."""
        node = self.node(value, path)
        if node is None:
            raise Malformed(path, "AWS::NoValue cannot stand here", "give a value")
        return nodes.plain(node)

    def _mapping(self, value: dict[str, Any], path: Path) -> Node | None:
        function = next((key for key in value if key.startswith("Fn::")), "")
        if len(value) == 1 and (function or "Ref" in value):
            return self._called(function or "Ref", value, path)
        if function.startswith(("Fn::Transform", "Fn::ForEach")):
            return Node(self.unknown(function, path, f"{function} makes this when the stack is made"), path)
        if function:
            raise Malformed(path, f"{function} stands beside other keys", "a function is the only key of its mapping")
        items = {key: self.node(item, (*path, key)) for key, item in value.items()}
        return Node({key: item for key, item in items.items() if item is not None}, path)

    def _called(self, name: str, mapping: dict[str, Any], path: Path) -> Node | None:
        argument, place = mapping[name], (*path, name)
        try:
            if name == _IF:
                return self._chosen(Call(self, name, argument, place, _USAGE))
            if argument == parameters.NO_VALUE and name == "Ref":
                return None
            if name not in FUNCTIONS:
                return Node(self.unknown(name, path, f"{name} is not evaluated here"), path)
            function = FUNCTIONS[name]
            found = function.apply(Call(self, name, argument, place, function.usage))
            return self._made(found, path)
        except Malformed as error:
            return Node(self.refused(error, name), path)
        except Undecided as error:
            return Node(error.value, path)

    def _chosen(self, call: Call) -> Node | None:
        """Give the branch of an Fn::If; all of it is unknown if its condition is, because either may come true."""
        name = call.arguments(3)[0]
        truth = conditions.holds(self, name, (*call.path, 0))
        if isinstance(truth, Unknown):
            message = f"the condition {name} depends on what is not known here"
            return Node(self.unknown(name, call.path, message, "give values to the parameters in it"), call.path)
        return self.node(*call.at(1 if truth else 2))

    def _made(self, value: Any, path: Path) -> Node:
        """Give the node of what a function made: all of it comes from one place."""
        if isinstance(value, dict):
            return Node({key: self._made(item, path) for key, item in value.items()}, path)
        if isinstance(value, list):
            return Node([self._made(item, path) for item in value], path)
        self.spend(len(value) if isinstance(value, str) else 1)
        return Node(self._scalar(value, path), path)

    def _scalar(self, value: Any, path: Path) -> Any:
        if isinstance(value, str) and _DYNAMIC in value and not isinstance(value, Unknown):
            self.notes.append(Fault(path, "CloudFormation resolves this dynamic reference"))
            return Unknown(value)
        return value

    def unknown(self, name: str, path: Path, message: str, hint: str = "") -> Unknown:
        """Note that something cannot be known offline, and give the value that says so."""
        self.notes.append(Fault(path, message, hint))
        return Unknown(f"${{{name}}}")

    def refused(self, error: Malformed, name: str) -> Unknown:
        """Keep a fault, and give the value that stands for what could not be made."""
        self.faults.append(error.fault)
        return Unknown(f"${{{name}}}")

    def absent(self, name: str, path: Path, message: str, known: Iterable[str]) -> Unknown:
        """Say that a name is not there; raises `Malformed`, unless a macro may add it to the template."""
        if "Transform" in self.template:
            return self.unknown(name, path, f"{message}; a macro may add it")
        near = get_close_matches(name, list(known), 1)
        raise Malformed(path, message, f"did you mean {near[0]}?" if near else "define it, or correct the name")

    def spend(self, characters: int) -> None:
        """Count what a function makes; raises `Malformed` when the template makes too much."""
        self._left -= characters
        if self._left < 0:
            raise Malformed((), f"the template expands to more than {MAX_CHARACTERS:,} characters", "make it smaller")

    @contextmanager
    def deeper(self, path: Path) -> Iterator[None]:
        """Count a level; raises `Malformed` when there are too many, always at the place where that was seen first."""
        if self._depth >= MAX_DEPTH:
            self._too_deep = self._too_deep or path
            raise Malformed(self._too_deep, "values are nested too deeply", f"stay below {MAX_DEPTH} levels")
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    @contextmanager
    def inside(self, place: Path, what: str) -> Iterator[None]:
        """Evaluate something with a name, without notes: they belong to who asked. Raises `Malformed` on a cycle."""
        if place in self._open:
            raise Malformed(place, f"{what} depends on itself", "break the cycle")
        notes, self.notes = self.notes, []
        self._open.add(place)
        try:
            with self.deeper(place):
                yield
        finally:
            self.notes = notes
            self._open.remove(place)

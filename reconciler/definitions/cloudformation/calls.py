"""One use of an intrinsic function: its arguments, resolved on demand, and the two ways in which it may give up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.definitions.cloudformation import nodes
from reconciler.documents import Fault
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from reconciler.definitions.cloudformation.resolver import Resolver
    from reconciler.documents import Path


class Malformed(Exception):
    """CloudFormation would refuse this, whatever the values are."""

    def __init__(self, path: Path, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.fault = Fault(path, message, hint)


class Undecided(Exception):
    """A value cannot be known offline; `value` names what is missing."""

    def __init__(self, value: Unknown) -> None:
        super().__init__(value)
        self.value = value


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its raw argument; `path` is the place of the argument in the template."""

    resolver: Resolver
    name: str
    argument: Any
    path: Path
    usage: str

    def arguments(self, least: int, most: int | None = None) -> list[Any]:
        """Give the raw arguments; raises `Malformed` unless it is a list of that many."""
        most = most or least
        if isinstance(self.argument, list) and least <= len(self.argument) <= most:
            return self.argument
        found = f"it has {len(self.argument)}" if isinstance(self.argument, list) else "it has no list"
        count = str(least) if least == most else f"{least} to {most}"
        raise self.malformed(f"{self.name} takes a list of {count}; {found}")

    def at(self, index: int | None) -> tuple[Any, Path]:
        """Give a raw argument and its place; None is the argument as a whole."""
        return (self.argument, self.path) if index is None else (self.argument[index], (*self.path, index))

    def value(self, index: int | None = None) -> Any:
        """Give a resolved argument."""
        return self.resolver.value(*self.at(index))

    def known(self, index: int | None = None) -> Any:
        """Give a resolved argument; raises `Undecided` if it is unknown."""
        value = self.value(index)
        if isinstance(value, Unknown):
            raise Undecided(value)
        return value

    def text(self, index: int | None = None) -> str:
        """Give a resolved argument as text, which may be unknown; raises `Malformed` for lists and mappings."""
        return self.as_text(self.value(index), self.at(index)[1])

    def known_text(self, index: int | None = None) -> str:
        """Give a resolved argument as text; raises `Undecided` if it is unknown."""
        return self.as_text(self.known(index), self.at(index)[1])

    def items(self, index: int) -> list[Any]:
        """Give a resolved list, whose items may be unknown; raises `Undecided` if the whole is."""
        value = self.known(index)
        if not isinstance(value, list):
            raise Malformed(self.at(index)[1], f"{self.name} needs a list here", self.usage)
        return value

    def as_text(self, value: Any, path: Path) -> str:
        """Write a scalar as text; raises `Malformed` for anything else."""
        if (written := nodes.text(value)) is None:
            what = "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else "null"
            raise Malformed(path, f"{self.name} needs text here, not {what}", self.usage)
        return written

    def malformed(self, message: str, hint: str = "") -> Malformed:
        """Give the refusal of this call, to be raised."""
        return Malformed(self.path, message, hint or self.usage)

"""`${name}` in the texts of a set, as in CloudFormation's Fn::Sub: `${!name}` stays `${name}`; `#{...}` is not ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.definitions import hints
from reconciler.definitions.sets.tree import Node
from reconciler.documents import MAX_BYTES, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.documents import Path

_SPOT = re.compile(r"\$\{(?:([^{}]*)\})?")
"""A spot to fill in; without its end it has no name."""


class Substitution:
    """Fills the facts of one place into trees; what cannot be filled in becomes a fault, and stays as it is."""

    def __init__(self, facts: Mapping[str, str]) -> None:
        self.facts = facts
        self.faults: list[Fault] = []
        self._left = MAX_BYTES

    def fill(self, node: Node) -> Node:
        """Give a tree with every spot filled in, keys included."""
        if isinstance(node.value, dict):
            return Node(self._members(node), node.origin)
        if isinstance(node.value, list):
            return Node([self.fill(item) for item in node.value], node.origin)
        return Node(self._text(node.value, node.origin), node.origin) if isinstance(node.value, str) else node

    def _members(self, node: Node) -> dict[str, Node]:
        filled: dict[str, Node] = {}
        for key, item in node.value.items():
            name = self._text(key, item.origin)
            if name in filled:
                self.faults.append(Fault(item.origin, f"the key {name!r} stands here twice", "keep one of them"))
            filled[name] = self.fill(item)
        return filled

    def _text(self, text: str, origin: Path) -> str:
        if "${" not in text or self._left < 0:
            return text
        filled = _SPOT.sub(lambda match: self._fact(match, origin), text)
        self._left -= len(filled)
        if self._left < 0:  # an alias may repeat a long text many times
            self.faults.append(Fault(origin, f"filled in, the texts exceed {MAX_BYTES:,} characters", "split the file"))
        return filled

    def _fact(self, match: re.Match[str], origin: Path) -> str:
        name = match[1]
        if name is None:
            self.faults.append(Fault(origin, "`${` is not closed", "write ${name}, or ${!text} for the text ${text}"))
        elif name.startswith("!"):
            return f"${{{name[1:]}}}"
        elif name in self.facts:
            return self.facts[name]
        else:
            hint = f"{hints.nearest(name, self.facts, 'known: ')}; ${{!{name}}} is the text itself"
            self.faults.append(Fault(origin, f"${{{name}}} is not known", hint))
        return match[0]

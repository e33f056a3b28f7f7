"""What one environment has otherwise, laid over what all have: stages, actions and variables by name.

stages:
  - name: Approve          # new: where `$before` or `$after` says, else at the end
    $before: Deploy
    actions: [...]
  - name: Test             # there already: merged member by member, moved if it says so
    $delete: true          # or taken out
  - name: Build
    $replace: true         # or put in its place as a whole
    actions: [...]

Mappings are merged, `null` takes a member out, and every other list or value takes the place of what was there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.definitions import hints
from reconciler.definitions.sets.tree import Node, members
from reconciler.documents import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BEFORE, AFTER, DELETE, REPLACE = "$before", "$after", "$delete", "$replace"
OF_ITEMS = (BEFORE, AFTER, DELETE, REPLACE)
"""What an item of a list by name may say; other mappings may be deleted and replaced only."""
OF_MAPPINGS = (DELETE, REPLACE)
BY_NAME = frozenset({"stages", "actions", "variables"})


class Overlay:
    """Lays patches over trees; what does not fit is left out and becomes a fault."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def merge(self, base: Node | None, patch: Node, key: str = "", allowed: Sequence[str] = OF_MAPPINGS) -> Node:
        """Give `base` with `patch` over it; `key` is the member of both, `allowed` the directives that may stand here.

        Without a base it is merged over nothing, so that what it adds follows the same rules.
        """
        if key in BY_NAME and isinstance(patch.value, list):
            return self._by_name(base, patch)
        if not isinstance(patch.value, dict):
            return patch
        fresh = base is None or not isinstance(base.value, dict) or self._says(patch, REPLACE)
        return self._members(Node({}, patch.origin) if fresh or base is None else base, patch, allowed)

    def _members(self, base: Node, patch: Node, allowed: Sequence[str]) -> Node:
        merged = dict(base.value)
        for name, item in patch.value.items():
            if name.startswith("$"):
                self._allow(name, item, allowed)
            elif item.value is not None and not self._says(item, DELETE):
                merged[name] = self.merge(merged.get(name), item, name)
            elif merged.pop(name, None) is None:
                self._missing(item, name, merged)
        return Node(merged, base.origin)

    def _by_name(self, base: Node | None, patch: Node) -> Node:
        known = base if base is not None and isinstance(base.value, list) else Node([], patch.origin)
        items, seen = list(known.value), list[Any]()
        for each in patch.value:
            name = _name(each)
            if name is None:
                self.faults.append(Fault(each.origin, "it does not say what it is laid over", "add `name:`"))
            elif name in seen:
                self.faults.append(Fault(each.origin, f"{name!r} is laid over twice", "put both into one"))
            else:
                self._lay(items, each, name)
            seen.append(name)
        return Node(items, known.origin)

    def _lay(self, items: list[Node], patch: Node, name: Any) -> None:
        index = _index(items, name)
        if self._says(patch, DELETE):
            if index is None:
                self._missing(patch, name, map(_name, items))
            else:
                del items[index]
            return
        below = None if index is None else items.pop(index)
        laid = self.merge(below, patch, allowed=OF_ITEMS)
        items.insert(self._position(items, patch, len(items) if index is None else index), laid)

    def _position(self, items: list[Node], patch: Node, otherwise: int) -> int:
        anchors = [(name, members(patch)[name]) for name in (BEFORE, AFTER) if name in members(patch)]
        for _, second in anchors[1:]:
            self.faults.append(Fault(second.origin, f"{BEFORE} and {AFTER} stand here", "keep one of them"))
        for directive, anchor in anchors[:1]:
            if (index := _index(items, anchor.value)) is not None:
                return index + (directive == AFTER)
            self._missing(anchor, anchor.value, map(_name, items))
        return otherwise

    def _says(self, node: Node, directive: str) -> bool:
        said = members(node).get(directive)
        if said is not None and not isinstance(said.value, bool):
            self.faults.append(Fault(said.origin, f"{directive} is true, or left out"))
        return said is not None and said.value is True

    def _allow(self, name: str, item: Node, allowed: Sequence[str]) -> None:
        if name not in allowed:
            self.faults.append(
                Fault(item.origin, f"{name!r} is not known here", hints.nearest(name, allowed, "known: "))
            )

    def _missing(self, node: Node, name: Any, known: Iterable[Any]) -> None:
        there = [each for each in known if each is not None]
        self.faults.append(Fault(node.origin, f"there is no {name!r} here", hints.nearest(name, there, "there are: ")))


def _name(node: Node) -> Any:
    name = members(node).get("name")
    return name.value if name is not None else None


def _index(items: list[Node], name: Any) -> int | None:
    names = [_name(item) for item in items]
    return names.index(name) if name in names else None

"""A file as nodes that know their place, so that what was filled in and merged can still be pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.definitions.cloudformation.nodes import Node, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.documents import Path

__all__ = ["Node", "grow", "members", "origins", "plain", "written"]


def grow(value: Any, origin: Path = ()) -> Node:
    """Give the tree of a plain value that stands at `origin`."""
    if isinstance(value, dict):
        return Node({key: grow(item, (*origin, key)) for key, item in value.items()}, origin)
    if isinstance(value, list):
        return Node([grow(item, (*origin, index)) for index, item in enumerate(value)], origin)
    return Node(value, origin)


def members(node: Node) -> Mapping[str, Node]:
    """Give the members of a mapping; none for anything else."""
    return node.value if isinstance(node.value, dict) else {}


def origins(node: Node) -> dict[Path, Path]:
    """Give the place in the file of every path in the plain value."""
    return dict(_origins(node, ()))


def written(known: Mapping[Path, Path], path: Path) -> Path:
    """Give the place of a path; for what is not there the place of its nearest ancestor, and the rest behind it."""
    size = next(size for size in range(len(path), -1, -1) if path[:size] in known)
    return (*known[path[:size]], *path[size:])


def _origins(node: Node, path: Path) -> Iterator[tuple[Path, Path]]:
    yield path, node.origin
    if isinstance(node.value, dict):
        for key, item in node.value.items():
            yield from _origins(item, (*path, key))
    elif isinstance(node.value, list):
        for index, item in enumerate(node.value):
            yield from _origins(item, (*path, index))

"""A resolved value that remembers where in the template each of its parts stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.documents import Path


class Node(NamedTuple):
    """A scalar, a list of nodes or a mapping to nodes, and its place in the template."""

    value: Any
    origin: Path


def plain(node: Node) -> Any:
    """Give the value without the places."""
    if isinstance(node.value, dict):
        return {key: plain(item) for key, item in node.value.items()}
    return [plain(item) for item in node.value] if isinstance(node.value, list) else node.value


def text(value: Any) -> str | None:
    """Write a scalar as CloudFormation does; None for what is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return value if isinstance(value, str) else None


def together(parts: Iterable[str]) -> str:
    """Put parts into one string, which is unknown as soon as one of them is."""
    parts = list(parts)
    whole = "".join(parts)
    return Unknown(whole) if any(isinstance(part, Unknown) for part in parts) else whole


def missing(value: Any) -> Unknown | None:
    """Give the first part of a plain value that is unknown, if there is one."""
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return next((found for part in parts if (found := missing(part)) is not None), None)
    return value if isinstance(value, Unknown) else None

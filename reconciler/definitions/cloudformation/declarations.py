"""Properties as CloudFormation spells them to a declaration as the API spells it (reference A.10).

CloudFormation takes any scalar where text is wanted and the other way round; the API does not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.definitions.cloudformation import nodes
from reconciler.documents import Fault
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from reconciler.definitions.cloudformation.nodes import Node
    from reconciler.documents import Path

FREE_KEYS = frozenset({"artifactStores", "configuration"})
"""Members whose keys are the user's own."""

INTEGERS = frozenset({"maximumCount", "minimumCount", "runOrder", "targetPipelineVersion", "timeoutInMinutes"})
BOOLEANS = frozenset({"key", "queryable", "registerWithThirdParty", "required", "restartExecutionOnUpdate", "secret"})
"""Members that are not text in the API, nor lists or mappings."""

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_BOOLEAN = {"true": True, "false": False}


class Declaration:
    """Writes nodes in the API's shape; `origins` leads from a path in there to a path in the template."""

    def __init__(self) -> None:
        self.origins: dict[Path, Path] = {}
        self.faults: list[Fault] = []

    def write(self, node: Node, path: Path = (), member: str = "") -> Any:
        """Give the value of a node that stands at `path`, as the value of the API's `member`."""
        self.origins[path] = node.origin
        if isinstance(node.value, dict):
            items = node.value if member in FREE_KEYS else self.members(node)
            inner = "configuration" if member == "configuration" else ""
            return {key: self.write(item, (*path, key), inner or key) for key, item in items.items()}
        if isinstance(node.value, list):
            return [self.write(item, (*path, index), member) for index, item in enumerate(node.value)]
        return scalar(node.value, member)

    def members(self, node: Node) -> dict[str, Node]:
        """Give the items of a mapping by the API's names; a name in both spellings is a fault."""
        renamed: dict[str, Node] = {}
        for key, item in node.value.items():
            name = key[:1].lower() + key[1:]
            if name in renamed:
                self.faults.append(
                    Fault((*node.origin, key), f"{key} stands here in two spellings", "keep one of them")
                )
            renamed[name] = item
        return renamed


def scalar(value: Any, member: str) -> Any:
    """Write a scalar in the type that the API wants of a member; what cannot be stays, for the schema to refuse."""
    if isinstance(value, Unknown) or value is None:
        return value
    written = nodes.text(value)
    if member in BOOLEANS:
        return _BOOLEAN.get(str(written).lower(), value)
    if member in INTEGERS:
        return int(str(written)) if _INTEGER.fullmatch(str(written)) else value
    return written

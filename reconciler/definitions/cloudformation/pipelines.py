"""A pipeline's properties to its declaration, and to what the API keeps elsewhere (reference A.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.definitions.cloudformation import nodes
from reconciler.definitions.cloudformation.declarations import Declaration, scalar
from reconciler.definitions.cloudformation.nodes import Node
from reconciler.definitions.cloudformation.template import TemplatePipeline
from reconciler.documents import Fault
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class _Pairs(NamedTuple):
    """A property that lists pairs, where the API has a map: its name, and the members of an entry."""

    name: str
    key: str
    value: str


_STORES = _Pairs("ArtifactStores", "region", "artifactStore")
_TAGS = _Pairs("Tags", "key", "value")
_TRANSITIONS = _Pairs("DisableInboundStageTransitions", "stageName", "reason")


def pipeline(logical: str, properties: Node, declaration: Declaration, notes: Iterable[Fault]) -> TemplatePipeline:
    """Give a pipeline out of its resolved properties; faults are left in the declaration."""
    members = declaration.members(properties)
    tags = _paired(declaration, members.pop("tags", None), _TAGS)
    stages = _paired(declaration, members.pop("disableInboundStageTransitions", None), _TRANSITIONS)
    restart = _switch(declaration, members.pop("restartExecutionOnUpdate", None))
    if "artifactStores" in members:
        members["artifactStores"] = _stores(declaration, members["artifactStores"])
    document: dict[str, Any] = declaration.write(Node(members, properties.origin))
    return TemplatePipeline(
        logical_id=logical,
        document=document,
        origins=declaration.origins,
        unresolved=tuple(notes),
        tags=dict(_texts(declaration, tags)),
        transitions={stage: {"inbound": "disabled", "reason": reason} for stage, reason in _texts(declaration, stages)},
        restart=restart,
    )


def _stores(declaration: Declaration, node: Node) -> Node:
    """Give the map by Region that the API wants; unknown as a whole if an entry is, for nobody knows its Region."""
    if isinstance(node.value, list) and any(isinstance(entry.value, Unknown) for entry in node.value):
        return Node(Unknown("${ArtifactStores}"), node.origin)
    stores = _paired(declaration, node, _STORES)
    return Node(stores, node.origin) if isinstance(node.value, list) else node


def _paired(declaration: Declaration, node: Node | None, form: _Pairs) -> dict[str, Node]:
    """Give values by key; entries that are unknown are left out, those that are wrong are faults."""
    found: dict[str, Node] = {}
    if node is None or isinstance(node.value, Unknown):
        return found
    if not isinstance(node.value, list):
        hint = f"write a list of {{{_capital(form.key)}, {_capital(form.value)}}}"
        declaration.faults.append(Fault(node.origin, f"{form.name} is a list in CloudFormation", hint))
        return found
    for entry in node.value:
        for key, item in _pair(declaration, entry, form):
            if key in found and not isinstance(key, Unknown):
                declaration.faults.append(Fault(entry.origin, f"{key} stands in {form.name} twice", "keep one of them"))
            found[key] = item
    return found


def _pair(declaration: Declaration, entry: Node, form: _Pairs) -> Iterator[tuple[str, Node]]:
    if isinstance(entry.value, Unknown):
        return
    members = declaration.members(entry) if isinstance(entry.value, dict) else {}
    key = nodes.text(members[form.key].value) if form.key in members else None
    if key is None or members.keys() != {form.key, form.value}:
        wanted = f"{_capital(form.key)} and {_capital(form.value)}"
        declaration.faults.append(Fault(entry.origin, f"an entry of {form.name} has {wanted}", "write these two only"))
        return
    yield key, members[form.value]


def _texts(declaration: Declaration, found: dict[str, Node]) -> Iterator[tuple[str, str]]:
    for key, item in found.items():
        if (written := nodes.text(item.value)) is None:
            declaration.faults.append(Fault(item.origin, "text stands here", "write it in quotes"))
        else:
            yield key, written


def _switch(declaration: Declaration, node: Node | None) -> bool | Unknown:
    if node is None:
        return False
    value = scalar(node.value, "restartExecutionOnUpdate")
    if isinstance(value, bool | Unknown):
        return value
    declaration.faults.append(Fault(node.origin, "RestartExecutionOnUpdate is neither true nor false"))
    return False


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]

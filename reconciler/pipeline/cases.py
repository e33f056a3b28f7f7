"""The actions of a pipeline and the rules of its conditions, each with what the catalogue says of its type.

A value that cannot be known offline becomes None here, so that a check stays silent by asking for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.pipeline import canonical
from reconciler.pipeline.model import GATES
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.documents import Path
    from reconciler.pipeline.model import Pipeline
    from reconciler.pipeline.providers import Catalogue, Provider


class Scope(NamedTuple):
    """What the cases of a pipeline have in common."""

    region: str | None
    """The pipeline's own Region; None where it is not known."""
    v1: bool
    """Whether the declaration itself says V1: left out, it becomes whatever the actions need (reference A.1)."""
    catalogue: Catalogue


class Case(NamedTuple):
    """One action, or one rule of a condition."""

    path: Path
    document: Mapping[str, Any]
    kind: tuple[str, str, str, str]
    """Category, owner, provider, version."""
    provider: Provider | None
    configuration: Mapping[str, Any] | None
    inputs: tuple[str, ...] | None
    """Names of the input artifacts; None where not even their number is known."""
    outputs: tuple[str, ...] | None
    scope: Scope

    @property
    def name(self) -> str:
        """The name in the declaration."""
        return str(self.document.get("name"))

    @property
    def is_action(self) -> bool:
        """Whether this is an action, and not a rule."""
        return "actionTypeId" in self.document

    def at(self, *parts: str | int) -> Path:
        """Give the path of something inside."""
        return (*self.path, *parts)


def each(pipeline: Pipeline, region: str | None, catalogue: Catalogue) -> Iterator[Case]:
    """Give every action and every rule, stage by stage, of a declaration that `schema.check` has passed."""
    scope = Scope(region, pipeline.document.get("pipelineType") == "V1", catalogue)
    for number, stage in _mappings(pipeline.document["stages"]):
        for index, action in _mappings(stage["actions"]):
            yield _case(("stages", number, "actions", index), action, action["actionTypeId"], scope)
        for gate in GATES:
            if gate in stage:
                yield from _rules(("stages", number, gate), stage[gate], scope)


def text(value: Any) -> str | None:
    """Give the string that AWS takes for a value; None if it is known only to AWS, or to a run."""
    written = value if type(value) is str else canonical.scalar_text(value)
    if not isinstance(written, str) or isinstance(written, Unknown) or "#{" in written or "{{resolve:" in written:
        return None
    return written


def _rules(path: Path, gate: Any, scope: Scope) -> Iterator[Case]:
    conditions = gate.get("conditions") if isinstance(gate, dict) else None
    for number, condition in _mappings(conditions):
        for index, rule in _mappings(condition.get("rules")):
            yield _case((*path, "conditions", number, "rules", index), rule, rule["ruleTypeId"], scope)


def _mappings(items: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give the known mappings of a list, with their places."""
    if isinstance(items, list):
        for index, item in enumerate(items):
            if isinstance(item, dict):
                yield index, item


def _case(path: Path, document: Mapping[str, Any], kind: Any, scope: Scope) -> Case:
    if isinstance(kind, Unknown):
        kind = dict.fromkeys(("category", "owner", "provider", "version"), kind)
    # A rule type may leave out its owner and its version (reference A.3).
    wanted = (kind["category"], kind.get("owner", "AWS"), kind["provider"], kind.get("version", "1"))
    configuration = document.get("configuration") or {}
    return Case(
        path,
        document,
        wanted,
        scope.catalogue.find(*wanted),
        configuration if isinstance(configuration, dict) else None,
        _names(document.get("inputArtifacts")),
        _names(document.get("outputArtifacts")),
        scope,
    )


def _names(artifacts: Any) -> tuple[str, ...] | None:
    if not artifacts:
        return ()
    if isinstance(artifacts, Unknown) or Unknown in map(type, artifacts):
        return None
    return tuple([artifact["name"] for artifact in artifacts])

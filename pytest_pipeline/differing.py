"""Pipelines as text, and what differs between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.pipeline import canonical, secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_pipeline.parts import Action
    from pytest_pipeline.structure import Pipeline

ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place at which two pipelines differ; secrets are masked."""

    path: str
    """Such as `Prod/Deploy.configuration.ClusterName`, or `executionMode`."""
    ours: Any
    theirs: Any

    def __str__(self) -> str:
        return f"{self.path}: {_shown(self.ours)} / {_shown(self.theirs)}"


class _Absent:
    def __repr__(self) -> str:
        return ABSENT


MISSING = _Absent()
"""Stands where one side has nothing."""


def between(ours: Pipeline, theirs: Pipeline) -> tuple[Difference, ...]:
    """Give what differs in meaning, in order of paths."""
    return tuple(_inside((), _form(ours), _form(theirs)))


def tree(pipeline: Pipeline) -> str:
    """Give the stages and actions of a pipeline as aligned text."""
    kind = " ".join(filter(None, (str(pipeline.document.get("pipelineType", "")), pipeline.mode)))
    lines = [f"{pipeline.name}  {kind}"]
    width = max((len(action.name) for stage in pipeline.stages for action in stage.actions), default=0)
    for stage in pipeline.stages:
        lines.append(f"  {stage.name}")
        ordered = sorted(stage.actions, key=lambda action: action.run_order)
        lines += [f"    {action.run_order}  {action.name:<{width}}  {_about(action)}" for action in ordered]
    return "\n".join(lines)


def _about(action: Action) -> str:
    flow = " → ".join(filter(None, (", ".join(action.inputs), ", ".join(action.outputs))))
    flow = f"→ {flow}" if action.outputs and not action.inputs else flow
    return "  ".join(filter(None, (f"{action.category}/{action.provider}", flow)))


def _form(pipeline: Pipeline) -> dict[str, Any]:
    """Give the canonical form; secrets are digests in it, so that they differ and are not seen."""
    document = secrets.seal(pipeline.document, lambda text: canonical.digest(text)[:12])
    return dict(canonical.form(document, pipeline.target.region))


def _inside(path: tuple[str, ...], ours: Any, theirs: Any) -> Iterator[Difference]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in dict.fromkeys([*ours, *theirs]):
            yield from _inside((*path, str(key)), ours.get(key, MISSING), theirs.get(key, MISSING))
    elif ours != theirs:
        yield Difference(_path(path), ours, theirs)


def _path(path: tuple[str, ...]) -> str:
    """Give a path as people name it: `stages.Prod.actions.Deploy.roleArn` is `Prod/Deploy.roleArn`."""
    if path[:1] != ("stages",):
        return ".".join(path)
    place, rest = path[1:2], path[2:]
    if rest[:1] == ("actions",) and len(rest) > 1:
        place, rest = (*place, rest[1]), rest[2:]
    return ".".join(("/".join(place), *rest))


def _shown(value: Mapping[str, Any] | Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004 - a line of a terminal

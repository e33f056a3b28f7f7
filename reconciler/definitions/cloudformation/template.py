"""A template read: its pipelines in the API's shape, and what stands beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.documents import Fault, Path
    from reconciler.pipeline.unknown import Unknown


@dataclass(frozen=True, slots=True)
class TemplateResource:
    """One resource with its properties in the API's shape; what is not known offline stands there as `Unknown`."""

    logical_id: str
    document: dict[str, Any]
    origins: Mapping[Path, Path]
    """Path in the document to path in the template."""
    unresolved: tuple[Fault, ...] = ()
    """Why parts are unknown, at paths of the template. No errors; but what has any cannot be applied as it is."""

    def place(self, path: Path) -> Path:
        """Give the path in the template for a path in the document, or for its nearest ancestor."""
        return next(self.origins[path[:size]] for size in range(len(path), -1, -1) if path[:size] in self.origins)


@dataclass(frozen=True, slots=True)
class TemplatePipeline(TemplateResource):
    """A pipeline: `document` is its declaration, `restart` whether an update starts an execution."""

    tags: Mapping[str, str] = field(default_factory=dict)
    transitions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By stage: `{"inbound": "disabled", "reason": ...}`; every other inbound transition is enabled."""
    restart: bool | Unknown = False


@dataclass(frozen=True, slots=True)
class Template:
    """Everything in a template that is about CodePipeline; `faults` are errors, `unresolved` is not."""

    pipelines: tuple[TemplatePipeline, ...] = ()
    webhooks: tuple[TemplateResource, ...] = ()
    """In the shape of PutWebhook's `webhook`, with `targetPipelineVersion` and `registerWithThirdParty` beside it."""
    action_types: tuple[TemplateResource, ...] = ()
    """In the shape of CreateCustomActionType."""
    faults: tuple[Fault, ...] = ()
    unresolved: tuple[Fault, ...] = ()
    """What cannot be read offline and concerns no single resource above: loops and macros."""

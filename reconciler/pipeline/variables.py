"""Variable references, `#{namespace.key}`: where they stand and what they name (reference A.6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.pipeline.model import Action

PIPELINE = "variables"
"""Namespace of the pipeline-level variables."""

SERVICE = "codepipeline"
"""Namespace that the service fills."""

SERVICE_KEYS = frozenset({"PipelineExecutionId"})

_REFERENCE = re.compile(r"#\{([^{}]*)\}")


class Reference(NamedTuple):
    """One reference in one configuration value."""

    configuration_key: str
    text: str
    """As written: `#{SourceVariables.CommitId}`."""
    namespace: str
    key: str

    @property
    def well_formed(self) -> bool:
        """Whether it is written as namespace, dot, key."""
        return bool(self.namespace and self.key)


def references(action: Action) -> Iterator[Reference]:
    """Give every reference in the configuration of an action; only there are they known to be resolved."""
    for key, value in action.configuration.items():
        if isinstance(value, str) and "#{" in value:
            for match in _REFERENCE.finditer(value):
                namespace, _, name = match[1].strip().partition(".")
                yield Reference(key, match[0], namespace, name)

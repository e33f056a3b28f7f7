"""A pipeline that a file declares and that nobody here applies: of a template, or where no environments are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.definitions.definition import as_it_is

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.documents import Path
    from reconciler.pipeline.arns import Target


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declaration without errors, for those who have more to say about it. Values in it may be secret, or unknown."""

    document: Mapping[str, Any] = field(repr=False)
    tags: Mapping[str, str] | None = field(default_factory=dict)
    """None where others may add some: CloudFormation gives a pipeline the tags of its stack."""
    transitions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    target: Target | None = None
    written: Callable[[Path], Path] = field(default=as_it_is, repr=False, compare=False)
    """Gives the place in the file for a place such as `("pipeline", "name")`."""


Meet = Callable[[Declaration], None]
"""Takes each declaration that is met in a file."""


def overlook(_: Declaration) -> None:
    """Take no notice."""

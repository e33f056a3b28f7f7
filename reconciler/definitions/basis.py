"""What files are judged by, whatever the environments are: a team's own action types, and values for templates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.pipeline import secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.pipeline.providers import Catalogue


@dataclass(frozen=True, slots=True)
class Basis:
    """Nothing but what is shipped, unless something is given."""

    catalogue: Catalogue | None = None
    """Action types there are; None: those that are shipped."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Values for the parameters of templates, and for pseudo parameters such as `AWS::Region`."""

    @property
    def secrets(self) -> secrets.Keys:
        """Give what is secret in the team's own action types, as a `Sealer` takes it."""
        return self.catalogue.secrets if self.catalogue else secrets.NO_KEYS

    @property
    def types(self) -> str:
        """Give a text that differs as soon as the team's own action types do."""
        return repr(self.catalogue.own) if self.catalogue else ""

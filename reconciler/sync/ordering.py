"""Which wave of which project a definition belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.definitions.naming import Convention

if TYPE_CHECKING:
    from reconciler.definitions.definition import Definition
    from reconciler.settings import Settings


def rollout(definition: Definition, settings: Settings) -> tuple[str, int]:
    """Give the project, empty where names do not say one, and the wave: the file's word, then its environment's."""
    parts = Convention(settings.naming, tuple(settings.environments)).read(definition.name, definition.environment)
    environment = settings.environments.get(definition.environment)
    wave = environment.wave if environment and definition.wave is None else definition.wave
    return parts.get("project", ""), wave or 0

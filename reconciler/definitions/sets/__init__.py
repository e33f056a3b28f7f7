"""Sets: one file for one pipeline in several environments. Pure."""

from __future__ import annotations

from reconciler.definitions.sets.reading import is_set, judge, read, show

__all__ = ["is_set", "judge", "read", "show"]

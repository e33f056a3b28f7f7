"""Sets: one file for one pipeline in several environments. Pure."""

from __future__ import annotations

from reconciler.definitions.sets.reading import declarations, is_set, judge, read

__all__ = ["declarations", "is_set", "judge", "read"]

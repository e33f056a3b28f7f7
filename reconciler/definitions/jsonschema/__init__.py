"""JSON Schema (draft 2020-12) of definition files and of settings, so that editors complete and check them."""

from __future__ import annotations

from reconciler.definitions.jsonschema.files import definitions
from reconciler.definitions.jsonschema.options import settings

__all__ = ["definitions", "settings"]

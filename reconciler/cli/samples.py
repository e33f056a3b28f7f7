"""The samples that come along: inside an installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

import reconciler


def folder() -> Path:
    """Give the folder `config`."""
    package = Path(reconciler.__file__).parent
    return next(place for place in (package / "config", package.parent / "config") if place.is_dir())

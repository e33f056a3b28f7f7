"""`python -m reconciler` and the console script."""

from __future__ import annotations

import gc

YOUNG = 50_000
"""Objects that are made before the collector looks; starting up makes many and frees none, so looking is in vain."""


def main() -> None:
    """Run the command line."""
    gc.set_threshold(YOUNG)
    from reconciler.cli.app import app  # noqa: PLC0415  the import is the program

    try:
        app()
    finally:
        gc.freeze()  # nothing is left to collect, and looking takes longer than a plan


if __name__ == "__main__":
    main()

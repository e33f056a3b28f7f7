"""`python -m reconciler` and the console script."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from reconciler.cli.app import app  # noqa: PLC0415  the import is the program

    app()


if __name__ == "__main__":
    main()

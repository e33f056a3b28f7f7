"""`reconciler init`: a repository of definitions to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options, output
from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Iterator

EPILOG = "Example: reconciler init deployments && cd deployments && reconciler validate"

PLACES = {
    "testing": "",
    "ci/github-workflow.yaml": ".github/workflows/pipelines.yaml",
    "pre-commit-config.yaml": ".pre-commit-config.yaml",
}
"""What is copied, by its place below `config`, and where it goes."""

IGNORED = {"__pycache__", ".pytest_cache", ".hypothesis"}
NEXT = "put in your accounts, roles and repositories; then: reconciler validate && pytest && reconciler plan"


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where; made if it is not there.")] = Path(),
    quiet: options.Quiet = False,
) -> None:
    """Begin a repository of definitions: settings, a pipeline for each environment, tests, a CI workflow and hooks.

    Nothing that is there is replaced. What was written is valid, and its tests pass.
    """
    with output.errors():
        files = {folder / place: data for place, data in _files()}
        if there := sorted(str(file) for file in files if file.exists()):
            raise Broken(f"{', '.join(there)}: there already, and nothing is replaced; name another folder")
        for file, data in sorted(files.items()):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            output.data(str(file))
    if not quiet:
        output.say(f"next: {NEXT}")


def _files() -> Iterator[tuple[str, bytes]]:
    """Give what is written: its place below the folder, and its content."""
    from reconciler.cli import samples

    config = samples.folder()
    for name, target in PLACES.items():
        source = config / name
        for file in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if file.is_file() and not IGNORED & set(file.parts):
                yield target or str(file.relative_to(source)), file.read_bytes()

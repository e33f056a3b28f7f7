"""The demo's git repository: the sample pipelines, committed in a temporary folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from reconciler.cli import samples

if TYPE_CHECKING:
    from pathlib import Path

_OWN = {
    "GIT_AUTHOR_NAME": "Demo",
    "GIT_AUTHOR_EMAIL": "demo@example.com",
    "GIT_COMMITTER_NAME": "Demo",
    "GIT_COMMITTER_EMAIL": "demo@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def create(folder: Path) -> None:
    """Make a repository with the sample pipelines as its first commit on `main`."""
    shutil.copytree(samples.folder() / "pipelines", folder / "pipelines")
    _git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "Describe our pipelines")


def commit(folder: Path, subject: str) -> None:
    """Commit everything that changed."""
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", subject)


def _git(folder: Path, *arguments: str) -> None:
    # Left behind by a git hook or a shell, GIT_DIR and its kin would lead to another repository.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *arguments], cwd=folder, env=inherited | _OWN, check=True)  # noqa: S603, S607

"""Real git repositories in temporary folders; git reads no configuration but theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import git as gitpython
import pytest

from reconciler import settings
from reconciler.source.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _plain_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
        monkeypatch.setenv(f"GIT_{role}_DATE", "2026-01-02T03:04:05+02:00")


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """An empty repository with a work tree; its branch is `main`."""
    folder = tmp_path / "origin"
    folder.mkdir()
    gitpython.Git(folder).init("--quiet", "--initial-branch=main")
    return folder


@pytest.fixture
def git(origin: Path) -> Callable[..., str]:
    """Run git in the origin and give its output."""

    def run(*arguments: str) -> str:
        return str(gitpython.Git(origin).execute(["git", *arguments]))

    return run


@pytest.fixture
def commit(origin: Path, git: Callable[..., str]) -> Callable[..., str]:
    """Write files (path to text) into the origin, commit all that is there and give the commit id."""

    def run(files: dict[str, str], message: str = "change") -> str:
        for path, text in files.items():
            (origin / path).parent.mkdir(parents=True, exist_ok=True)
            (origin / path).write_text(text)
        git("add", "--all")
        git("commit", "--quiet", "--allow-empty", "--message", message)
        return git("rev-parse", "HEAD")

    return run


@pytest.fixture
def mirrors(tmp_path: Path) -> Path:
    """The folder of the mirrors, which does not exist yet."""
    return tmp_path / "state" / "mirrors"


@pytest.fixture
def mirror(mirrors: Path) -> Callable[[], Path]:
    """Give the folder of the only mirror there is."""

    def run() -> Path:
        (folder,) = mirrors.glob("*.git")
        return folder

    return run


@pytest.fixture
def repository(origin: Path, mirrors: Path) -> Iterator[Callable[..., Repository]]:
    """Open the origin, or what the given fields of `settings.Source` name; closed at the end of the test."""
    opened = []

    def run(**fields: object) -> Repository:
        source = settings.Source.model_validate({"repository": str(origin)} | fields)
        opened.append(Repository(source, mirrors))
        return opened[-1]

    yield run
    for each in opened:
        each.close()

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from watchdog.events import FileModifiedEvent, FileMovedEvent
from watchdog.observers import Observer

from reconciler.errors import Blocked
from reconciler.source import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    Commit = Callable[..., str]
    Git = Callable[..., str]


@pytest.fixture
def watching() -> Iterator[Callable[[Path], threading.Event]]:
    """Watch a repository and give the event that is set by a change."""
    started = []

    def run(repository: Path) -> threading.Event:
        moved = threading.Event()
        started.append(watch.Watch(str(repository), moved.set))
        started[-1].start()
        return moved

    yield run
    for each in started:
        each.stop()


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(("commit", "--allow-empty", "--message", "x"), id="commit"),
        pytest.param(("reset", "--hard", "HEAD~1"), id="reset"),
        pytest.param(("branch", "team/new"), id="new folder of branches"),
        pytest.param(("pack-refs", "--all"), id="pack"),
        pytest.param(("checkout", "--quiet", "--detach"), id="HEAD"),
    ],
)
def test_a_written_reference_is_told(
    action: tuple[str, ...], watching: Callable[[Path], threading.Event], commit: Commit, git: Git, origin: Path
) -> None:
    commit({})
    commit({})
    moved = watching(origin)
    git(*action)
    assert moved.wait(timeout=10)


def test_a_second_commit_in_a_new_folder_of_branches_is_told(
    watching: Callable[[Path], threading.Event], commit: Commit, git: Git, origin: Path
) -> None:
    commit({})
    moved = watching(origin)
    git("checkout", "--quiet", "-b", "team/new")
    assert moved.wait(timeout=10)
    moved.clear()
    commit({})
    assert moved.wait(timeout=10)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(("clone", "--bare", ".", "../copy"), id="bare"),
        pytest.param(("worktree", "add", "../copy", "-b", "side"), id="linked work tree"),
        pytest.param(("clone", "--separate-git-dir=../elsewhere", ".", "../copy"), id="separate git folder"),
    ],
)
def test_every_kind_of_local_repository_is_watched(
    make: tuple[str, ...], watching: Callable[[Path], threading.Event], commit: Commit, git: Git, origin: Path
) -> None:
    commit({})
    git(*make)
    copy = origin.parent / "copy"
    moved = watching(copy)
    git("-C", str(copy), "update-ref", "refs/heads/other", "HEAD" if make[0] == "clone" else "main")
    assert moved.wait(timeout=10)


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        ("HEAD", True),
        ("packed-refs", True),
        ("refs/heads/main", True),
        ("refs/heads/team/index", True),
        ("reftable/tables.list", True),
        ("HEAD.lock", False),
        ("refs/heads/main.lock", False),
        ("index", False),
        ("FETCH_HEAD", False),
    ],
)
def test_only_references_are_told(name: str, is_told: bool, origin: Path) -> None:
    calls: list[str] = []
    watched = watch.Watch(str(origin), lambda: calls.append("changed"))
    watched.dispatch(FileModifiedEvent(str(origin / ".git" / name)))
    assert bool(calls) is is_told


def test_the_lock_that_becomes_a_reference_is_told(origin: Path) -> None:
    calls: list[str] = []
    path = str(origin / ".git/refs/heads/main")
    watch.Watch(str(origin), lambda: calls.append("changed")).dispatch(FileMovedEvent(f"{path}.lock", path))
    assert calls == ["changed"]


def test_a_stopped_watch_leaves_no_thread_and_starts_again(origin: Path, commit: Commit) -> None:
    before, moved = set(threading.enumerate()), threading.Event()
    watched = watch.Watch(str(origin), moved.set)
    watched.stop()
    watched.start()
    watched.stop()
    watched.stop()
    assert set(threading.enumerate()) <= before
    watched.start()
    commit({})
    assert moved.wait(timeout=10)
    watched.stop()


def test_a_watch_that_the_system_refuses_is_blocked_and_leaves_no_thread(
    origin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(threading.enumerate())

    def refuse(*_: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(Observer, "on_thread_start", refuse)
    with pytest.raises(Blocked, match=r"cannot be watched: .*limit reached; changes are seen at the next source.poll"):
        watch.Watch(str(origin), lambda: None).start()
    assert set(threading.enumerate()) <= before


def test_local_repositories_are_watchable(origin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(origin)
    assert watch.watchable(".")
    assert watch.watchable(f"file://{origin}")


@pytest.mark.parametrize(
    "repository", ["/nowhere/at/all", "{parent}", "{origin}/file", "https://example.com/x.git", "git@host:x", ""]
)
def test_nothing_else_is_watchable(repository: str, origin: Path) -> None:
    (origin / "file").write_text("gitdir: nowhere")
    assert not watch.watchable(repository.format(origin=origin, parent=origin.parent))


def test_a_folder_that_may_not_be_read_is_not_watchable(origin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(type(origin), "is_file", refuse)
    assert not watch.watchable(str(origin))


# Files and folders


@pytest.fixture
def beats() -> Iterator[Callable[..., Iterator[None]]]:
    """Watch paths and take the first beat, after which nothing is missed."""
    open_: list[Generator[None, None, None]] = []

    def run(*paths: Path) -> Iterator[None]:
        open_.append(watch.bursts(paths, quiet=0.02))
        next(open_[-1])
        return open_[-1]

    yield run
    for each in open_:
        each.close()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda folder: (folder / "new.yaml").write_text("x"), id="created"),
        pytest.param(lambda folder: (folder / "deep" / "a.yaml").write_text("x"), id="written below"),
        pytest.param(lambda folder: (folder / "deep" / "a.yaml").unlink(), id="deleted"),
        pytest.param(lambda folder: (folder / "deep").rename(folder.parent / "away"), id="folder moved away"),
    ],
)
def test_a_change_below_a_folder_is_a_beat(
    change: Callable[[Path], object], beats: Callable[..., Iterator[None]], tmp_path: Path
) -> None:
    folder = tmp_path / "definitions"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.yaml").write_text("before")
    beat = beats(folder)
    change(folder)
    next(beat)


def test_a_file_that_is_replaced_is_a_beat(beats: Callable[..., Iterator[None]], tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("before")
    beat = beats(tmp_path / "a.yaml")
    (tmp_path / "a.yaml~").write_text("after")
    (tmp_path / "a.yaml~").rename(tmp_path / "a.yaml")
    next(beat)


def test_only_the_files_that_are_meant_are_told(tmp_path: Path) -> None:
    calls: list[str] = []
    watched = watch.Files([tmp_path / "a.yaml"], lambda: calls.append("changed"))
    watched.dispatch(FileModifiedEvent(str(tmp_path / "b.yaml")))
    assert calls == []
    watched.dispatch(FileMovedEvent(str(tmp_path / "b.yaml"), str(tmp_path / "a.yaml")))
    assert calls == ["changed"]


def test_a_folder_inside_another_one_is_watched_once(beats: Callable[..., Iterator[None]], tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.yaml").write_text("before")
    beat = beats(tmp_path, tmp_path / "inner", tmp_path / "a.yaml", tmp_path)
    (tmp_path / "inner" / "b.yaml").write_text("x")
    next(beat)


def test_a_closed_watch_leaves_no_thread(beats: Callable[..., Iterator[None]], tmp_path: Path) -> None:
    before = set(threading.enumerate())
    beat = watch.bursts([tmp_path])
    next(beat)
    beat.close()
    assert set(threading.enumerate()) <= before


def test_files_that_the_system_does_not_let_us_watch_are_blocked_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(Observer, "on_thread_start", refuse)
    with pytest.raises(Blocked, match=r"cannot be watched: .*raise fs.inotify.max_user_watches"):
        next(watch.bursts([tmp_path]))

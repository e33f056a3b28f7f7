"""Tells when a branch of a repository on this machine, or a file, may have changed, so that nobody waits for a poll."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from watchdog.events import (
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from reconciler.errors import Blocked
from reconciler.source import address

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from watchdog.observers.api import BaseObserver

# Reading is left out: our own look at the branch must not cause the next one.
_WRITES: list[type[FileSystemEvent]] = [FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent]
_FOLDERS: list[type[FileSystemEvent]] = [DirDeletedEvent, DirMovedEvent]
_TOP = frozenset({"HEAD", "packed-refs"})
_BELOW = ("refs", "reftable")
_STOP_SECONDS = 5
_QUIET_SECONDS = 0.1
"""Without a change, until a burst is over: an editor saves, and git checks out, in several steps."""
_RAISE = "raise fs.inotify.max_user_watches and max_user_instances"


class _Watching(FileSystemEventHandler):
    """Calls `changed` after a write, often more than once; `changed` returns at once, never raises."""

    _events = _WRITES

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._observer: BaseObserver | None = None

    def _places(self) -> Iterator[tuple[Path, bool]]:
        """Give the folders to watch, and whether what is below them counts too."""
        raise NotImplementedError

    def _refused(self, error: OSError) -> str:
        """Say what cannot be watched, why, and what to do."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin to watch; raises `Blocked` where the system refuses."""
        observer = Observer()
        try:
            for folder, recursive in self._places():
                observer.schedule(self, str(folder), recursive=recursive, event_filter=self._events)
            observer.start()
        except OSError as error:
            observer.stop()
            raise Blocked(self._refused(error)) from None
        self._observer = observer

    def stop(self) -> None:
        """Stop watching, within seconds; nothing happens if it does not watch."""
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join(_STOP_SECONDS)


class Watch(_Watching):
    """Watches the references of a repository; where the system refuses, polling has to do."""

    def __init__(self, repository: str, changed: Callable[[], None]) -> None:
        """`repository` is one for which `watchable` is true."""
        super().__init__(changed)
        self._folders = _git_folders(repository)
        self._repository = repository

    def _places(self) -> Iterator[tuple[Path, bool]]:
        for folder in self._folders:
            yield folder, False
            yield from ((folder / below, True) for below in _BELOW if (folder / below).is_dir())

    def _refused(self, error: OSError) -> str:
        hint = f"changes are seen at the next source.poll; {_RAISE}"
        return f"source.repository {self._repository} cannot be watched: {error}; {hint}"

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Pass on what touches a reference: git writes `<name>.lock` and renames it."""
        path = Path(str(event.dest_path or event.src_path))
        is_top = path.parent in self._folders
        if not event.is_directory and path.suffix != ".lock" and (path.name in _TOP or not is_top):
            self._changed()


class Files(_Watching):
    """Watches files, and everything below folders; the files in a folder move along with it."""

    _events = _WRITES + _FOLDERS

    def __init__(self, paths: Iterable[Path], changed: Callable[[], None]) -> None:
        super().__init__(changed)
        self._paths = frozenset(path.absolute() for path in paths)

    def _places(self) -> Iterator[tuple[Path, bool]]:
        """Give each folder once: an editor replaces a file, so it is its folder that shows a change."""
        deep = {path for path in self._paths if path.is_dir()}
        flat = {path.parent for path in self._paths - deep} - deep
        yield from ((path, True) for path in sorted(deep) if not deep.intersection(path.parents))
        yield from ((path, False) for path in sorted(flat) if not deep.intersection(path.parents))

    def _refused(self, error: OSError) -> str:
        return f"{', '.join(sorted(map(str, self._paths)))} cannot be watched: {error}; {_RAISE}"

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Pass on what touches a file that is meant, under its old name or its new one."""
        touched = {Path(str(path)) for path in (event.src_path, event.dest_path) if path}
        if any(self._paths & {path, *path.parents} for path in touched):
            self._changed()


def bursts(paths: Iterable[Path], quiet: float = _QUIET_SECONDS) -> Generator[None, None, None]:
    """Give a beat once it watches, then one after every burst of changes, `quiet` seconds after its last; endlessly.

    Raises `Blocked` where the system refuses. Closing the iterator, as an interrupt does, ends the watch.
    """
    changes: SimpleQueue[None] = SimpleQueue()
    watching = Files(paths, lambda: changes.put(None))
    watching.start()
    try:
        while True:
            yield
            changes.get()
            with suppress(Empty):
                while True:
                    changes.get(timeout=quiet)
    finally:
        watching.stop()


def watchable(repository: str) -> bool:
    """Tell whether this is a git repository on this machine that we may look into."""
    try:
        return bool(_git_folders(repository))
    except OSError:
        return False


def _git_folders(repository: str) -> tuple[Path, ...]:
    """Give the folder of HEAD and, for a linked work tree, the folder of the references that it shares."""
    top = address.local(repository)
    if top is None:
        return ()
    folder = top / ".git"
    if folder.is_file():  # a linked work tree, or a submodule: "gitdir: <path>"
        folder = top / folder.read_text().removeprefix("gitdir:").strip()
    folder = (folder if folder.is_dir() else top).resolve()
    if not (folder / "HEAD").exists():
        return ()
    shared = folder / "commondir"
    return (folder, (folder / shared.read_text().strip()).resolve()) if shared.is_file() else (folder,)

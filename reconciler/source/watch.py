"""Tells when a branch of a repository on this machine may have moved, so that nobody waits for the next poll."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from watchdog.events import (
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
    from collections.abc import Callable

    from watchdog.observers.api import BaseObserver

# Reading is left out: our own look at the branch must not cause the next one.
_WRITES: list[type[FileSystemEvent]] = [FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent]
_TOP = frozenset({"HEAD", "packed-refs"})
_BELOW = ("refs", "reftable")
_STOP_SECONDS = 5


class Watch(FileSystemEventHandler):
    """Calls `changed` after a reference was written, often more than once; `changed` returns at once, never raises."""

    def __init__(self, repository: str, changed: Callable[[], None]) -> None:
        """`repository` is one for which `watchable` is true."""
        self._folders = _git_folders(repository)
        self._repository = repository
        self._changed = changed
        self._observer: BaseObserver | None = None

    def start(self) -> None:
        """Begin to watch; raises `Blocked` where the system refuses, and then polling has to do."""
        observer = Observer()
        try:
            for folder in self._folders:
                observer.schedule(self, str(folder), event_filter=_WRITES)
                for below in _BELOW:
                    if (folder / below).is_dir():
                        observer.schedule(self, str(folder / below), recursive=True, event_filter=_WRITES)
            observer.start()
        except OSError as error:
            observer.stop()
            hint = "changes are seen at the next source.poll; raise fs.inotify.max_user_watches and max_user_instances"
            raise Blocked(f"source.repository {self._repository} cannot be watched: {error}; {hint}") from None
        self._observer = observer

    def stop(self) -> None:
        """Stop watching, within seconds; nothing happens if it does not watch."""
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join(_STOP_SECONDS)

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Pass on what touches a reference: git writes `<name>.lock` and renames it."""
        path = Path(str(event.dest_path or event.src_path))
        is_top = path.parent in self._folders
        if not event.is_directory and path.suffix != ".lock" and (path.name in _TOP or not is_top):
            self._changed()


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

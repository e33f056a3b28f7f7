"""The ways to all places that the settings name, by the names under which the outbox knows them."""

from __future__ import annotations

from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, cast

from reconciler.cli import build, output
from reconciler.errors import Blocked, Broken
from reconciler.sync import addresses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.aws.calls import Calls
    from reconciler.daemon.post import Around, Channel, Post
    from reconciler.settings import Notice, Settings
    from reconciler.store.store import Store
    from reconciler.sync.state import World


@contextmanager
def post(world: World, base: Path, around: Around | None = None) -> Iterator[Post | None]:
    """Give what sends to the places that the settings name; None if there is none."""
    settings, memory = world.settings, cast("Store", world.memory)
    if not (settings.notify or settings.drift.to or settings.forge.kind):
        yield None
        return
    from reconciler.daemon.post import Post

    with channels(settings, base, memory.fingerprint_key) as ways:
        yield Post(memory, ways, around)


@contextmanager
def channels(settings: Settings, base: Path, key: bytes) -> Iterator[dict[str, Channel]]:
    """Give the ways by name; `key` is that of the store. Raises Broken if packages are missing."""
    from reconciler.aws.buckets import Buckets
    from reconciler.aws.calls import Calls
    from reconciler.aws.sessions import Sessions

    _check(settings)
    with closing(Sessions(settings.aws, 1)) as sessions:
        calls = Calls(sessions, Buckets(settings.aws))
        yield dict(_each(settings, base, key, calls))


def _check(settings: Settings) -> None:
    wanted = ["apprise"] if any(not each.topic for each in settings.notify) else []
    wanted += ["requests"] if settings.forge.kind else []
    if absent := [name for name in wanted if not build.installed(name)]:
        raise Broken(f"{', '.join(absent)}: not installed, and the settings notify and forge need it; "
                     f"{output.INSTALL.replace('[daemon]', '[daemon,notify]')}")  # fmt: skip


def _each(settings: Settings, base: Path, key: bytes, calls: Calls) -> Iterator[tuple[str, Channel]]:
    for number, said in reversed(list(enumerate(settings.notify))):  # of several with one place the first names it
        yield addresses.notice(said, key), _notice(said, f"notify[{number}]", base, calls)
    for to in settings.drift.to:
        yield addresses.place(to), _place(to, settings, base, calls)
    if settings.forge.kind:
        from reconciler.notify.forge import Forge

        host = settings.forge
        token = partial(_read, base / host.token_file, "forge.token_file")
        yield addresses.FORGE, Forge("forge", host.kind, host.api, host.repository, host.context, token)


def _notice(said: Notice, label: str, base: Path, calls: Calls) -> Channel:
    if said.topic:
        from reconciler.aws.publishing import Topic

        return Topic(label, calls, said.topic)
    from reconciler.notify.chat import Chat

    url = partial(_read, base / said.url_file, f"{label}.url_file") if said.url_file else lambda: said.url
    return Chat(label, url)


def _place(to: str, settings: Settings, base: Path, calls: Calls) -> Channel:
    if to.startswith("s3://"):
        from reconciler.aws.publishing import Objects
        from reconciler.sync.state import accesses

        return Objects(f"drift.to {to}", calls, to, next(iter(accesses(settings))))
    from reconciler.notify.folder import Folder

    return Folder(f"drift.to {to}", base / to, settings.drift.keep)


def _read(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or "it is not text"
        raise Blocked(f"{name}: {path}: {reason}") from None

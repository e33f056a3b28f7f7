"""Who works on the targets: threads of this process, or workers of a Dask cluster, and how such a worker is built."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from reconciler.scale.rights import Rights
    from reconciler.settings import Settings
    from reconciler.sync.state import World
    from reconciler.sync.threads import Aside

CLUSTER = "dask://"
CONFIG = "RECONCILER_CONFIG"
"""Variable that names the settings file of a worker; without it, the usual places are looked at."""
INSTALL = "pip install 'codepipeline-reconciler[dask]'"


def is_cluster(settings: Settings) -> bool:
    """Tell whether targets are worked on elsewhere."""
    return settings.scale.executor.startswith(CLUSTER)


def executor(settings: Settings) -> Executor:
    """Give what does AWS calls side by side in this process, or one after the other."""
    if settings.scale.executor == "serial":
        from reconciler.scale.serial import Serial

        return Serial()
    from reconciler.sync.threads import Threads

    return Threads(settings.scale.workers)


def asking(settings: Settings) -> Aside:
    """Give what asks all targets once for what they hold."""
    from reconciler.sync.threads import Aside

    return Aside(1 if settings.scale.executor == "serial" else settings.scale.workers)


@contextmanager
def spreading(world: World, base: Path) -> Iterator[World]:
    """Give the world with its targets spread over a cluster; raises Broken where that cannot be."""
    if util.find_spec("distributed") is None:
        raise Broken(f"scale.executor: {world.settings.scale.executor} needs Dask; {INSTALL}")
    from reconciler.scale import cluster, seats
    from reconciler.scale.crew import Crew

    _check(world.settings)
    settings = _resolved(world.settings, base)
    is_local = settings.scale.executor == cluster.LOCAL
    seat = seats.Seat(partial(seated, world.settings, base)) if is_local else None
    with closing(cluster.Cluster(settings.scale, seats.mark(world), seat)) as made:
        yield replace(world, spread=Crew(made).spread)


@contextmanager
def seated(settings: Settings, base: Path) -> Iterator[tuple[World, Rights]]:
    """Build what a worker works with: a world of its own, in which it writes by the right of the leader alone.

    Its mirror of git is its own: whether a branch was rewritten is seen once, and that by the leader.
    """
    from reconciler.cli import build
    from reconciler.scale.rights import Rights

    own = settings.model_copy(update={"scale": settings.scale.model_copy(update={"executor": "threads"})})
    with closing(Rights(build.lease(own, base))) as rights:
        mirror = build.mirrors(own, base) / "workers"
        with build.world(own, base, lambda _: None, lease=rights, mirror=mirror) as world:
            yield world, rights


@contextmanager
def configured() -> Iterator[tuple[World, Rights]]:
    """Build what a worker works with that was started on its own, from the settings where it stands."""
    from reconciler.cli import build

    said = os.environ.get(CONFIG)
    settings, base = build.settings(Path(said) if said else None)
    with seated(settings, base) as seat:
        yield seat


def _check(settings: Settings) -> None:
    """Raise Broken for a store that workers cannot share."""
    url, place = settings.store.url, settings.scale.executor
    if not url.startswith("sqlite"):
        return
    if ":memory:" in url or url in ("sqlite://", "sqlite:///"):
        raise Broken(f"store.url: {place} needs a store that its workers reach, not one in memory")
    host = place.removeprefix(CLUSTER).rpartition(":")[0]
    if place != f"{CLUSTER}local" and host not in ("127.0.0.1", "localhost", "[::1]"):
        raise Broken(
            f"store.url: the workers of {place} journal what they write where the leader does: set it to PostgreSQL, "
            "here and for the workers. A SQLite file serves workers on this machine only"
        )


def _resolved(settings: Settings, base: Path) -> Settings:
    """Give the settings with paths of TLS files that start at the settings file."""
    tls = settings.scale.tls
    files = {name: str(base / file) for name, file in tls.model_dump().items() if file}
    scale = settings.scale.model_copy(update={"tls": tls.model_copy(update=files)})
    return settings.model_copy(update={"scale": scale})

"""The composition root: it builds everything from the settings and decides nothing."""

from __future__ import annotations

import logging
import os
from contextlib import closing, contextmanager, nullcontext, suppress
from functools import partial
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli import crews, output
from reconciler.errors import Blocked, Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.aws.queue import Queue
    from reconciler.settings import Settings
    from reconciler.source.repository import Repository
    from reconciler.store.lease import Lease
    from reconciler.store.store import Store
    from reconciler.sync.ports import Lease as Right
    from reconciler.sync.state import Event, World

LOG = logging.getLogger("reconciler.build")

PLACES = (Path("reconciler.yaml"), Path("/etc/reconciler/reconciler.yaml"))
EXTRA = ("alembic", "apscheduler", "botocore", "cronsim", "deepdiff", "git", "rich", "sqlalchemy", "watchdog")
"""Packages that a pass imports, some of them only in the middle of it."""

_SQLITE = "sqlite:///"


def settings(config: Path | None, overrides: Sequence[str] = ()) -> tuple[Settings, Path]:
    """Give the settings and the folder that relative paths in them start from; raises Broken or Invalid."""
    path = config or next((place for place in PLACES if place.is_file()), None)
    if path is None:
        there = " and ".join(map(str, PLACES))
        raise Broken(f"no settings: looked for {there}; pass --config FILE, or see it all at work: reconciler demo")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Broken(f"{path}: the settings cannot be read: {error}") from None
    from reconciler import settings as model

    loaded = model.load(text, str(path), _environment() | _overrides(overrides))
    _check_policy(loaded, text, path)
    if not loaded.environments:
        raise Broken(f"{path}: no environments are configured; name at least one below `environments:`")
    return loaded, path.resolve().parent


@contextmanager
def store(settings: Settings, base: Path) -> Iterator[Store]:
    """Open the store that the settings name; raises Broken if packages are missing."""
    require_extra()
    from reconciler.store.store import Store

    opened = Store(store_url(settings, base))
    if opened.notice:
        LOG.warning("%s", opened.notice)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def world(
    settings: Settings,
    base: Path,
    tell: Callable[[Event], None],
    stopping: Callable[[], bool] = lambda: False,
    *,
    at_once: bool = False,
    lease: Right | None = None,
    mirror: Path | None = None,
) -> Iterator[World]:
    """Build what a pass works with, and close it afterwards; raises Broken if packages are missing.

    With `at_once`, for a pass that follows now, targets are asked before the rest is built. A daemon gives the `lease`
    that it competes for; else one is taken while something is written. `mirror` is the folder of the git mirrors where
    that is not the usual one.
    """
    require_extra()
    from datetime import UTC, datetime

    from reconciler.aws.buckets import Buckets
    from reconciler.aws.pipelines import Pipelines
    from reconciler.aws.sessions import Sessions
    from reconciler.sync.listings import Listings
    from reconciler.sync.state import World, accesses

    scattered = crews.is_cluster(settings)
    workers = settings.scale.workers
    sessions = Sessions(settings.aws, workers)
    cloud = Pipelines(sessions, Buckets(settings.aws), settings.aws)
    with closing(sessions), crews.executor(settings) as executor:
        asking = partial(crews.asking, settings)
        listings = Listings(cloud, asking, () if scattered else tuple(accesses(settings).values()))
        if at_once and listings.accesses:
            listings.begin()
            cloud.warm(listings.accesses[0])
        with (
            _lent(settings, base, lease) as right,
            closing(git(settings, base, mirror)) as repo,
            store(settings, base) as memory,
        ):
            sessions.guard = partial(right.assure, settings.aws.connect_timeout)
            clock = partial(datetime.now, UTC)
            made = World(settings, repo, cloud, memory, executor, listings, clock, tell, stopping=stopping, lease=right)
            with crews.spreading(made, base) if scattered else nullcontext(made) as world:
                yield world


def lease(settings: Settings, base: Path) -> Lease:
    """Give the lease on writing; nothing is opened before it is used, and whoever asked for it closes it."""
    from reconciler.store.lease import Lease

    return Lease(store_url(settings, base), settings.store.lease)


@contextmanager
def queue(settings: Settings) -> Iterator[Queue]:
    """Give the queue that the settings name, with a client of its own; nothing is asked yet."""
    from reconciler.aws.buckets import Buckets
    from reconciler.aws.calls import Calls
    from reconciler.aws.queue import Queue
    from reconciler.aws.sessions import Sessions

    with closing(Sessions(settings.aws, 1)) as sessions:
        yield Queue(Calls(sessions, Buckets(settings.aws)), settings.source.queue)


@contextmanager
def _lent(settings: Settings, base: Path, given: Right | None) -> Iterator[Right]:
    if given is not None:
        yield given
        return
    with closing(lease(settings, base)) as own:
        yield own


def git(settings: Settings, base: Path, mirror: Path | None = None) -> Repository:
    """Give the repository of the definitions, mirrored beside the store unless said; raises Broken or Blocked."""
    from reconciler.source.repository import Repository

    said = settings.source.verify
    files = {name: str(base / file) for name in ("signers", "keys") if (file := getattr(said, name))}
    own = {"repository": repository(settings, base), "verify": said.model_copy(update=files)}
    source = settings.source.model_copy(update=own)
    return Repository(source, mirror or mirrors(settings, base))


@contextmanager
def watch(settings: Settings, base: Path, changed: Callable[[], None]) -> Iterator[None]:
    """Call `changed` whenever the branch of a local repository may have moved.

    Other repositories are polled only, and so is one that the system does not let us watch.
    """
    from reconciler.source.watch import Watch, watchable

    place = repository(settings, base)
    if not watchable(place):
        yield
        return
    watching = Watch(place, changed)
    try:
        watching.start()
    except Blocked as error:
        LOG.warning("%s", error)
    try:
        yield
    finally:
        watching.stop()


def repository(settings: Settings, base: Path) -> str:
    """Give the repository with a relative path resolved against the settings' folder."""
    name = settings.source.repository
    local = "://" not in name and not name.startswith("-") and ":" not in name.split("/", 1)[0]
    return str(base / name) if local else name


def store_url(settings: Settings, base: Path) -> str:
    """Give the store's URL with a relative SQLite path resolved against the settings' folder."""
    url = settings.store.url
    return f"{_SQLITE}{base / url.removeprefix(_SQLITE)}" if url.startswith(_SQLITE) else url


def mirrors(settings: Settings, base: Path) -> Path:
    """Give the folder of the git mirrors: beside the SQLite file, else beside the settings."""
    url = store_url(settings, base)
    folder = Path(url.removeprefix(_SQLITE)).parent if url.startswith(_SQLITE) else base / ".reconciler"
    return folder / "mirrors"


def _check_policy(loaded: Settings, text: str, path: Path) -> None:
    """Raise Invalid for rules, parameters and environments of `policy` that do not exist.

    Where a team has rules of its own, unknown ids are told by those who have read them; rules that packages bring are
    looked for only where an id is not known.
    """
    said = loaded.policy
    if not (said.rules or said.waivers or said.parity.environments):
        return
    from reconciler import documents
    from reconciler.errors import Invalid
    from reconciler.pipeline import validity
    from reconciler.policy import judge, profiles, table

    known = {**validity.titles(), **judge.TITLES}
    faults = tuple(profiles.faults(loaded, table.by_id(), known, own=bool(said.own)))
    if faults and not said.own:
        from reconciler.sync import ruling

        rules = {**table.by_id(), **{rule.id: rule for rule in ruling.plugged().rules}}
        faults = tuple(profiles.faults(loaded, rules, known))
    if faults:
        raise Invalid(documents.locate(text, str(path), faults))


def _environment() -> dict[str, str]:
    """Give the variables that hold settings; one that ends in _FILE names the file with the value."""
    from reconciler.settings import PREFIX

    found: dict[str, str] = {}
    for name, value in os.environ.items():
        if not name.startswith(PREFIX) or "__" not in name:
            continue
        if name.endswith("_FILE") and not _is_setting(name):
            try:
                found[name.removesuffix("_FILE")] = Path(value).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise Broken(f"{name}: the file that it names cannot be read: {error}") from None
        else:
            found[name] = value
    return found


def _is_setting(name: str) -> bool:
    """Tell whether a variable that ends in _FILE is a setting itself, which names a file."""
    from reconciler.settings import PREFIX, Settings

    group, _, field = name.removeprefix(PREFIX).lower().partition("__")
    known = Settings.model_fields.get(group)
    return known is not None and field in getattr(known.annotation, "model_fields", {})


def _overrides(overrides: Sequence[str]) -> dict[str, str]:
    from reconciler.settings import PREFIX

    found: dict[str, str] = {}
    for item in overrides:
        key, separator, value = item.partition("=")
        if not separator or "." not in key:
            raise Broken(f"--set {item}: write GROUP.FIELD=VALUE, for instance --set sync.prune=true")
        found[PREFIX + key.replace(".", "__").upper()] = value
    return found


def require_extra() -> None:
    """Raise Broken if packages are missing that a pass needs."""
    absent = [name for name in EXTRA if not installed(name)]
    if absent:
        raise Broken(f"{', '.join(absent)}: not installed, and passes need it; {output.INSTALL}")


def installed(name: str) -> bool:
    """Tell whether a package can be imported; nothing is."""
    with suppress(ImportError, ValueError):
        return util.find_spec(name) is not None
    return False

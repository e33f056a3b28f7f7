"""The daemon in one piece: the loop, its settings, the service manager and the web."""

from __future__ import annotations

import logging
import os
import random
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from reconciler.cli import build
from reconciler.daemon.loop import PATIENCE, Loop
from reconciler.daemon.notices import Notices
from reconciler.daemon.pulse import Pulse, Watchdog
from reconciler.daemon.surroundings import Surroundings
from reconciler.errors import Blocked
from reconciler.pipeline import secrets
from reconciler.web.answers import Health, Site
from reconciler.web.server import Server
from reconciler.web.webhooks import Webhooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.aws.pipelines import Pipelines
    from reconciler.settings import Settings
    from reconciler.sync.state import Event, Pass, World
    from reconciler.web.metrics import Metrics

LOG = logging.getLogger("reconciler.run")


class Place(NamedTuple):
    """Where passes work: their world, and the folder that relative paths in the settings start from."""

    world: World
    base: Path


class Service:
    """Joins the parts; `reload` and `stop` are safe to call from a signal handler."""

    def __init__(
        self, read: Callable[[], tuple[Settings, Path]], tell: Callable[[Event], None], say: Callable[[Pass], str]
    ) -> None:
        """`read` gives the settings as they are now, `tell` hears events, `say` makes the sentence of a pass."""
        self._read, self._tell, self._say = read, tell, say
        self._notices = Notices.of(os.environ, os.getpid())
        self._pulse = Pulse()
        self._loop = Loop(self._pass, 0, told=self._told, beat=partial(self._pulse.beat, "loop"))
        self._surroundings = Surroundings(self._build, self._notices)
        self._metrics = _metrics(self._calls, self._pulse.ages)
        self._unready = "no pass has ended yet"

    def run(self) -> None:
        """Run until stopped; raises `Blocked` or `Broken` if it cannot begin."""
        with self._surroundings, Watchdog(self._pulse, self._notices), ExitStack() as stack:
            self._tune()
            self._listen(stack)
            self._notices.ready()
            self._loop.run()

    def reload(self) -> None:
        """Have the settings read again before the next pass, which begins at once."""
        self._surroundings.ask()
        self._loop.wake()

    def stop(self) -> None:
        """End after the write in hand."""
        self._loop.stop()
        self._notices.stopping()

    @contextmanager
    def _build(self) -> Iterator[Place]:
        from reconciler.source import address

        settings, base = self._read()
        with (
            build.world(settings, base, self._event, self._loop.stopping) as world,
            build.watch(settings, base, self._loop.wake),
        ):
            LOG.info("watching %s, branch %s", address.redact(build.repository(settings, base)), settings.source.branch)
            yield Place(world, base)

    def _tune(self) -> World:
        """Give the world of the next pass, with the loop set to its settings."""
        world = self._surroundings.current().world
        source = world.settings.source
        self._loop.poll, self._loop.patience = source.poll, patience(world.settings)
        self._loop.vary = lambda: random.uniform(-source.jitter, source.jitter)  # noqa: S311
        return world

    def _pass(self) -> str:
        from reconciler.sync import passes

        world, began = self._tune(), time.monotonic()
        try:
            done = passes.run(world, approved=False)
        except Exception:
            if self._metrics:
                self._metrics.failed(time.monotonic() - began)
            raise
        if self._metrics:
            self._metrics.passed(done, time.monotonic() - began)
        return self._say(done)

    def _event(self, event: Event) -> None:
        self._pulse.beat("loop", self._loop.patience)
        self._tell(event)

    def _told(self, sentence: str) -> None:
        self._unready = secrets.scrub(sentence) if self._loop.failures else ""
        self._notices.status(self._surroundings.told(sentence))

    def _listen(self, stack: ExitStack) -> None:
        """Answer over HTTP if that is wanted; a port that is taken is told, and keeps no pipeline waiting."""
        listen = self._surroundings.in_force.world.settings.web.listen
        if not listen:
            return
        health = Health(self._pulse.late, self._pulse.ages, lambda: self._unready)
        metrics = self._metrics.text if self._metrics else None
        site = Site(health, Webhooks(self._secret, self._loop.wake), metrics)
        try:
            server = stack.enter_context(Server(site, listen, partial(self._pulse.beat, "web")))
        except Blocked as error:
            LOG.warning("no health, metrics and webhooks: %s", error)
        else:
            LOG.info("listening on %s", server.url)

    def _secret(self) -> bytes:
        place = self._surroundings.in_force
        name = place.world.settings.web.webhook_secret_file
        try:
            return (place.base / name).read_bytes().strip() if name else b""
        except OSError as error:
            LOG.warning("web.webhook_secret_file cannot be read, webhooks are refused: %s", error)
            return b""

    def _calls(self) -> Mapping[tuple[str, str], int]:

        return cast("Pipelines", self._surroundings.in_force.world.cloud).results


def patience(settings: Settings) -> float:
    """Give the seconds after which a pass that has told nothing is stuck: longer than any one thing may take."""
    aws = settings.aws
    call = aws.attempts * (aws.connect_timeout + aws.read_timeout)
    return settings.source.timeout + call + aws.role_propagation + PATIENCE


def _metrics(
    calls: Callable[[], Mapping[tuple[str, str], int]], ages: Callable[[], Mapping[str, float]]
) -> Metrics | None:
    try:
        from reconciler.web.metrics import Metrics
    except ModuleNotFoundError as error:
        LOG.debug("no metrics: %s", error)
        return None
    return Metrics(calls, ages)

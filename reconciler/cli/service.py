"""The daemon in one piece: the loop, its settings, the service manager and the web."""

from __future__ import annotations

import logging
import os
import random
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from reconciler import __version__
from reconciler.cli import build, triggers
from reconciler.cli.desks import Desks
from reconciler.daemon.leading import Leading
from reconciler.daemon.loop import PATIENCE, Loop
from reconciler.daemon.notices import Notices
from reconciler.daemon.pulse import Pulse, Watchdog
from reconciler.daemon.surroundings import Surroundings
from reconciler.daemon.tracing import Span, silent, tracing
from reconciler.errors import Blocked
from reconciler.pipeline import secrets
from reconciler.web.answers import Health, Site
from reconciler.web.server import Server
from reconciler.web.webhooks import Webhooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.aws.pipelines import Pipelines
    from reconciler.settings import Settings
    from reconciler.store.lease import Lease
    from reconciler.sync.state import Event, Pass, World
    from reconciler.web.metrics import Metrics

LOG = logging.getLogger("reconciler.run")


class Place(NamedTuple):
    """Where passes work: their world, the folder that relative paths start from, and the right to write there."""

    world: World
    base: Path
    lease: Lease


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
        self._leading = Leading(self._loop.wake, partial(self._pulse.beat, "lease"))
        self._metrics = _metrics(self._calls, self._pulse.ages, self._standing)
        self._unready = "no pass has ended yet"
        self._span: Span = silent
        self._desks = Desks(lambda: self._surroundings.in_force[:2], self._loop.wake)

    def run(self) -> None:
        """Run until stopped; raises `Blocked` or `Broken` if it cannot begin."""
        with ExitStack() as stack:
            self._span = stack.enter_context(tracing(os.environ, __version__))
            stack.enter_context(self._surroundings)
            stack.enter_context(Watchdog(self._pulse, self._notices))
            self._tune()
            stack.enter_context(self._leading)
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
        lease = self._leading.fitting(build.lease(settings, base))
        with (
            build.world(settings, base, self._event, self._loop.stopping, lease=lease) as world,
            triggers.triggers(settings, base, self._loop.wake, self._pulse, leads=lambda: self._leading.leads),
        ):
            LOG.info("watching %s, branch %s", address.redact(build.repository(settings, base)), settings.source.branch)
            yield Place(replace(world, span=self._span), base, lease)

    def _tune(self) -> World:
        """Give the world of the next pass, with the loop set to its settings."""
        world, _, lease = self._surroundings.current()
        self._leading.over(lease)
        source = world.settings.source
        self._loop.poll, self._loop.patience = source.poll, patience(world.settings)
        self._loop.vary = lambda: random.uniform(-source.jitter, source.jitter)  # noqa: S311
        return world

    def _pass(self) -> str:
        from reconciler.sync import passes

        world, began = self._tune(), time.monotonic()
        if not self._leading.leads:
            return self._leading.sentence()
        try:
            with world.span("pass"):
                done = passes.run(world, approved=False)
        except Exception:
            if self._metrics:
                self._metrics.failed(time.monotonic() - began)
            raise
        self._desks.plan = done.plan
        if self._metrics:
            self._metrics.passed(done, time.monotonic() - began)
        for health in passes.watch(done, world):
            LOG.info("%s in %s: last execution %s", health.name, health.target, health.status)
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
        health = Health(self._pulse.late, self._pulse.ages, self._reason, self._role)
        metrics = self._metrics.text if self._metrics else None
        webhooks = Webhooks(partial(self._desks.file, "webhook_secret_file"), self._loop.wake)
        site = Site(health, webhooks, metrics, self._desks.api())
        try:
            server = stack.enter_context(Server(site, listen, partial(self._pulse.beat, "web")))
        except Blocked as error:
            LOG.warning("no health, metrics and webhooks: %s", error)
        else:
            LOG.info("listening on %s", server.url)

    def _reason(self) -> str:
        """Say why it is not ready; one that stands by is, as long as it can ask who leads."""
        return self._unready if self._leading.leads else self._leading.fault

    def _role(self) -> str:
        return "leader" if self._leading.leads else "standby"

    def _standing(self) -> tuple[bool, int]:
        return self._leading.leads, self._leading.number

    def _calls(self) -> Mapping[tuple[str, str], int]:

        return cast("Pipelines", self._surroundings.in_force.world.cloud).results


def patience(settings: Settings) -> float:
    """Give the seconds after which a pass that has told nothing is stuck: longer than any one thing may take."""
    aws = settings.aws
    call = aws.attempts * (aws.connect_timeout + aws.read_timeout)
    return settings.source.timeout + call + aws.role_propagation + PATIENCE


def _metrics(
    calls: Callable[[], Mapping[tuple[str, str], int]],
    ages: Callable[[], Mapping[str, float]],
    lease: Callable[[], tuple[bool, int]],
) -> Metrics | None:
    try:
        from reconciler.web.metrics import Metrics
    except ModuleNotFoundError as error:
        LOG.debug("no metrics: %s", error)
        return None
    return Metrics(calls, ages, lease)

"""The daemon in one piece: the loop, its settings, the service manager and the web."""

from __future__ import annotations

import logging
import os
import random
import time
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from reconciler import __version__
from reconciler.cli import build, channels, triggers
from reconciler.cli.desks import Desks
from reconciler.cli.reports import Reports
from reconciler.daemon.leading import Leading
from reconciler.daemon.loop import PATIENCE, Loop
from reconciler.daemon.notices import Notices
from reconciler.daemon.post import Around
from reconciler.daemon.pulse import Pulse, Watchdog
from reconciler.daemon.remarks import Remarks
from reconciler.daemon.surroundings import Surroundings
from reconciler.daemon.tracing import Span, silent, tracing
from reconciler.errors import Blocked, ReconcilerError
from reconciler.pipeline import secrets
from reconciler.web.answers import Health, Site
from reconciler.web.server import Server
from reconciler.web.webhooks import Webhooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.aws.pipelines import Pipelines
    from reconciler.daemon.post import Post
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
    post: Post | None
    """What sends messages and reports; None where nobody is named."""


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
        self._reports = Reports(self._loop.wake)
        self._metrics = _metrics(self._calls, self._pulse.ages, self._standing, self._waiting)
        self._fatal: Blocked | None = None
        self._remarks = Remarks()
        self._unready = "no pass has ended yet"
        self._span: Span = silent
        self._desks = Desks(lambda: self._surroundings.in_force[:2], self._loop.wake)

    def run(self) -> None:
        """Run until stopped; raises `Blocked` or `Broken` if it cannot begin, `Blocked` if it has to begin again."""
        with ExitStack() as stack:
            self._span = stack.enter_context(tracing(os.environ, __version__))
            stack.enter_context(self._surroundings)
            stack.enter_context(Watchdog(self._pulse, self._notices))
            self._tune()
            stack.enter_context(self._leading)
            self._listen(stack)
            self._notices.ready()
            self._loop.run()
        if self._fatal:
            raise self._fatal

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
        leads, asked = (lambda: self._leading.leads), self._reports.appointments(settings)
        with (
            build.world(settings, base, self._event, self._loop.stopping, lease=lease) as world,
            channels.post(world, base, self._around(leads)) as post,
            post or nullcontext(),
            triggers.triggers(settings, base, self._loop.wake, self._pulse, asked, leads),
        ):
            LOG.info("watching %s, branch %s", address.redact(build.repository(settings, base)), settings.source.branch)
            yield Place(replace(world, span=self._span), base, lease, post)

    def _around(self, leads: Callable[[], bool]) -> Around:
        counted = self._metrics.delivered if self._metrics else lambda _, __: None
        return Around(leads, partial(self._pulse.beat, "post"), partial(self._pulse.leave, "post"), counted)

    def _tune(self) -> World:
        """Give the world of the next pass, with the loop set to its settings."""
        world, _, lease, _ = self._surroundings.current()
        self._leading.over(lease)
        source = world.settings.source
        self._loop.poll, self._loop.patience = source.poll, patience(world.settings)
        self._loop.vary = lambda: random.uniform(-source.jitter, source.jitter)  # noqa: S311
        return world

    def _pass(self) -> str:
        from reconciler.report import hindrances
        from reconciler.sync import passes, setbacks

        world, began = self._tune(), time.monotonic()
        if not self._leading.leads:
            return self._leading.sentence()
        try:
            with world.span("pass"):
                done = passes.run(world, approved=False)
        except Exception as error:
            if self._metrics:
                self._metrics.failed(time.monotonic() - began)
            self._lost(error, world)
            self._end_for(error)
            raise
        self._desks.plan, self._loop.due = done.plan, setbacks.pause(done, world)
        for sentence in filter(self._remarks.is_new, hindrances.sentences(done.known[2])):
            LOG.warning("%s", sentence)
        self._remarks.turn()
        if self._metrics:
            self._metrics.passed(done, time.monotonic() - began, len(world.memory.waits()))
        for health in passes.watch(done, world):
            LOG.info("%s in %s: last execution %s", health.name, health.target, health.status)
        self._reports.made(done, world)
        self._ring()
        return self._say(done)

    def _end_for(self, error: Exception) -> None:
        """End the process if only a fresh start mends an error; the service manager begins another one."""
        from reconciler.store.faults import Damaged

        if isinstance(error, Damaged):
            self._fatal = error
            self._loop.stop()

    def _lost(self, error: Exception, world: World) -> None:
        """Have it told that passes do not run, as far as the store takes it."""
        from reconciler.sync import telling

        if self._loop.stopping() or not self._leading.leads:  # that is why
            return
        with suppress(ReconcilerError):
            telling.lost(error, self._loop.failures + 1, world)
        self._reports.missed(error, world)
        self._ring()

    def _ring(self) -> None:
        if post := self._surroundings.in_force.post:
            post.ring()

    def _waiting(self) -> int:
        post = self._surroundings.in_force.post
        return post.waiting if post else 0

    def _event(self, event: Event) -> None:
        self._pulse.beat("loop", self._loop.patience)
        if not event.lasting or self._remarks.is_new(event.text):
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
    lease: Callable[[], tuple[bool, int]] = lambda: (True, 0),
    waiting: Callable[[], int] = lambda: 0,
) -> Metrics | None:
    try:
        from reconciler.web.metrics import Metrics
    except ModuleNotFoundError as error:
        LOG.debug("no metrics: %s", error)
        return None
    return Metrics(calls, ages, lease, waiting)

"""What asks for a pass beside the poll: the branch of a local repository, a queue, and fixed times."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from reconciler.cli import build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from reconciler.daemon.pulse import Pulse
    from reconciler.daemon.schedules import Appointment
    from reconciler.settings import Settings


@contextmanager
def triggers(
    settings: Settings,
    base: Path,
    wake: Callable[[], None],
    pulse: Pulse,
    appointments: Iterable[Appointment] = (),
    leads: Callable[[], bool] = lambda: True,
) -> Iterator[None]:
    """Call `wake` whenever a pass is worth while, and keep other appointments beside; raises Blocked or Broken.

    While `leads` denies it, messages of the queue and appointments are left to the daemon that leads.
    """
    with ExitStack() as stack:
        stack.enter_context(build.watch(settings, base, wake))
        if settings.source.queue:
            stack.enter_context(_listening(settings, wake, pulse, leads))
        if kept := (*appointments, *_passes(settings, wake)):
            from reconciler.daemon.schedules import Schedules

            stack.enter_context(Schedules(replace(each, work=_led(each.work, leads)) for each in kept))
        yield


def _led(work: Callable[[], None], leads: Callable[[], bool]) -> Callable[[], None]:
    return lambda: work() if leads() else None


def _passes(settings: Settings, wake: Callable[[], None]) -> Iterator[Appointment]:
    if not settings.source.schedule:
        return
    from reconciler.daemon.schedules import Appointment

    for each in settings.source.schedule:
        yield Appointment("a pass", each.cron, each.timezone, wake)


@contextmanager
def _listening(settings: Settings, wake: Callable[[], None], pulse: Pulse, leads: Callable[[], bool]) -> Iterator[None]:
    from reconciler.aws.sessions import NAME
    from reconciler.daemon import messages

    told = partial(messages.news, branch=settings.source.branch, ours=NAME)
    with build.queue(settings) as queue:
        beat, leave = partial(pulse.beat, "queue"), partial(pulse.leave, "queue")
        listener = messages.Listener(queue.receive, told, wake, beat, leave)
        listener.leads = leads
        with listener:
            yield

"""The report on schedule: made after a pass, and laid into the outbox for each place and format, with a summary."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler import __version__
from reconciler.errors import ReconcilerError
from reconciler.plan.news import News
from reconciler.report import driftforms, drifts, notices
from reconciler.report.html.drift import SPAN
from reconciler.sync import addresses, drifting
from reconciler.sync.drifting import Wish
from reconciler.sync.telling import letter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from reconciler.plan.drift import DriftReport
    from reconciler.report.html.trend import Span
    from reconciler.store.outbox import Letter
    from reconciler.sync.state import Pass, World

WEEK = timedelta(days=7)
"""How far back a report tells what is over: a weekly one leaves nothing out."""


def report(state: Pass, world: World) -> str:
    """Lay in the report of a pass that ran; gives it in a sentence.

    That nothing drifted is told too. Where nothing can be said, as with 0 pipelines read, that is told as an error.
    """
    try:
        made = drifting.report(state, world, Wish(past=world.now() - WEEK, limit=world.settings.drift.attributions))
    except ReconcilerError as error:
        return missing(str(error), world)
    letters = [*_files(made, world), *_summaries(_summary(made), world)]
    world.memory.tell(News(), letters, world.now())
    return drifts.summary(made)


def missing(reason: str, world: World) -> str:
    """Lay in that there is no report, and why; gives it in a sentence."""
    told = notices.message_of("CodePipeline: no drift report", [reason], "failure")
    world.memory.tell(News(), _summaries(told, world), world.now())
    return f"no drift report: {reason}"


def spans(world: World) -> list[Span]:
    """Give when drifts were there, as far back as the trend of a page goes."""
    past: list[Span] = [(each.since, each.resolved) for each in world.memory.past_drifts(world.now() - SPAN)]
    return past + [(each.since, None) for each in world.memory.drifts().values()]


def _files(made: DriftReport, world: World) -> Iterator[Letter]:
    """Iterate over the files of a report, each written once and sent to every place."""
    said = world.settings.drift
    trend = spans(world) if said.to and "html" in said.formats else []
    for name in dict.fromkeys(said.formats) if said.to else ():
        form = driftforms.FORMS[name]
        file = notices.File(_name(made.at, form.suffix), form.type, form.write(made, trend, __version__))
        for place in dict.fromkeys(said.to):
            yield letter(addresses.place(place), file)


def _name(at: datetime, suffix: str) -> str:
    return f"drift-{at:%Y-%m-%dT%H%M%SZ}.{suffix}"


def _summaries(told: notices.Message, world: World) -> Iterator[Letter]:
    for notice in world.settings.notify:
        if "report" in notice.on:
            yield letter(addresses.notice(notice, world.memory.fingerprint_key), told)


def _summary(made: DriftReport) -> notices.Message:
    tone: notices.Tone = "failure" if made.unreadable else "warning" if made.drifted else "success"
    lines = [drifts.summary(made)]
    for each in made.entries:
        who = f"; {drifts.by(each.author)}" if each.author and each.author.known else ""
        lines.append(f"{each.severity}: {drifts.heading(each)} in {each.target}{who}")
    title = "CodePipeline drift report: " + ("drift" if made.drifted else "no drift")
    return notices.message_of(title, lines, tone)

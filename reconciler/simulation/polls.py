"""Sources that poll: a change is seen at the next look, and one look starts one execution (reference D.7, I18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.pipeline.model import Action
from reconciler.simulation import sources, starts
from reconciler.simulation.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulation.engine import Engine
    from reconciler.simulation.trace import Start

POLLING = "PollForSourceChanges"


def expect(engine: Engine, pipeline: str, wanted: Start) -> bool:
    """Let the next look of a pipeline find a change; gives False if it is now.

    A pipeline looks from the moment on at which its present version was made. What a look finds is the newest
    revision: of several changes since the last one, only the last is built.
    """
    wait = (engine.tracks[pipeline].updated - engine.now) % engine.assumptions.polling_interval
    if not wait:
        return False
    place = (pipeline, *wanted.revisions)
    if place not in engine.polls:
        engine.later(wait, "look", place)
    engine.polls[place] = wanted
    return True


def look(engine: Engine, place: tuple[str, ...]) -> None:
    """Start what a look finds, unless the pipeline is gone or does not poll any more."""
    wanted = engine.polls.pop(place)
    track = engine.tracks.get(place[0])
    if track is None or not any(sources.polls(Action(step.document, step.stage)) for step in track.blueprint.sources):
        return
    try:
        starts.start(engine, place[0], wanted)
    except Refused as refusal:
        engine.write("event", place[0], "IGNORED", detail={"event": "a look at what is polled", "reason": str(refusal)})


HANDLERS: dict[str, Callable[..., None]] = {"look": look}

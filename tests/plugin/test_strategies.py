"""What is drawn is valid, and can be simulated with whatever is drawn to happen."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_pipeline import strategies
from reconciler.pipeline import validity
from reconciler.simulation.world import World
from strategies import law

some = settings(law, max_examples=50)


@some
@given(strategies.pipelines())
def test_a_drawn_pipeline_has_no_error(document):
    assert not [each for each in validity.check(document, "eu-west-1") if each.severity == "error"]


@some
@given(st.data())
def test_drawn_outcomes_fit_their_pipeline(data):
    document = data.draw(strategies.pipelines())
    outcomes = data.draw(strategies.outcomes(document))
    world = World("111111111111", "eu-west-1", begins=datetime(2026, 1, 5, tzinfo=UTC), given=outcomes)
    world.create(document, run=False)
    execution = world.start(document["name"])
    world.settle()
    run = world.run_of(execution)
    assert run.parked or run.ended is not None

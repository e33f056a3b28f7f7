"""What a change would do to executions under way, in words."""

from __future__ import annotations

import pytest

from reconciler.pipeline.arns import Target
from reconciler.plan.changes import Cause, Change, Kind, Plan, change_document
from reconciler.plan.interruptions import sentences
from reconciler.report import plans
from reconciler.simulation.interruption import Running

LONG = "3f2a9c10-0000-4000-8000-000000000000"
INSIDE, OUTSIDE = Running(LONG, "Build"), Running("e2", "Deploy", waiting=True)


def change(kind: Kind = Kind.UPDATE, *interrupts: str) -> Change:
    return Change(Target("111111111111", "eu-west-1"), "shop", kind, Cause.GIT, version=3, interrupts=interrupts)


def said(
    kind: Kind = Kind.UPDATE, old: str = "SUPERSEDED", new: str = "SUPERSEDED", *, waits: bool = False
) -> list[str]:
    modes = {"executionMode": old}, {"executionMode": new}
    return list(sentences(change(kind), *modes, (INSIDE, OUTSIDE), waits=waits))


def test_an_execution_is_named_with_its_place():
    assert said() == ["would end execution 3f2a9c10… in stage Build", "would end execution e2 before stage Deploy"]


def test_a_change_that_waits_says_for_what():
    assert said(waits=True)[0] == "waits for execution 3f2a9c10… in stage Build"


@pytest.mark.parametrize(
    ("kind", "word"),
    [pytest.param(Kind.UPDATE, "leaves", id="E7-parallel"), pytest.param(Kind.DELETE, "would end", id="I7-deletion")],
)
def test_parallel_executions_go_on_unless_their_pipeline_goes(kind, word):
    assert said(kind, "PARALLEL", "PARALLEL")[0].startswith(f"{word} execution 3f2a9c10…")


def test_an_execution_without_a_known_stage_is_named_alone():
    found = sentences(change(), {}, {}, [Running("e1", "")], waits=False)
    assert list(found) == ["would end execution e1"]


def test_every_form_of_a_plan_tells_it_and_the_digest_does_not_know_it():
    silent, telling = (Plan("c1", (each,)) for each in (change(), change(Kind.UPDATE, "would end execution e1")))
    assert "      would end execution e1\n" in plans.text(telling)
    assert "<br>would end execution e1" in plans.markdown(telling)
    assert change_document(telling.changes[0])["interrupts"] == ["would end execution e1"]
    assert (telling.digest, "interrupts" in change_document(silent.changes[0])) == (silent.digest, False)

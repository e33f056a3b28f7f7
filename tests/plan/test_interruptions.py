"""What a change would do to executions under way, in words."""

from __future__ import annotations

import pytest

from reconciler.pipeline.arns import Target
from reconciler.plan.changes import Cause, Change, Kind, Plan, change_document
from reconciler.plan.interruptions import Handling, beyond, door, endangered, sentences
from reconciler.report import plans
from reconciler.simulation.interruption import Running

LONG = "3f2a9c10-0000-4000-8000-000000000000"
ALWAYS, WAIT = Handling("always"), Handling("wait")
STAGES = {"stages": [{"name": name} for name in ("Source", "Build", "Deploy")]}
INSIDE, OUTSIDE = Running(LONG, "Build"), Running("e2", "Deploy", waiting=True)


def change(kind: Kind = Kind.UPDATE, *interrupts: str) -> Change:
    return Change(Target("111111111111", "eu-west-1"), "shop", kind, Cause.GIT, version=3, interrupts=interrupts)


def said(
    kind: Kind = Kind.UPDATE, old: str = "SUPERSEDED", new: str = "SUPERSEDED", how: Handling = ALWAYS
) -> list[str]:
    modes = {"executionMode": old, **STAGES}, {"executionMode": new}
    return list(sentences(change(kind), *modes, (INSIDE, OUTSIDE), how))


def test_an_execution_is_named_with_its_place():
    assert said() == ["would end execution 3f2a9c10… in stage Build", "would end execution e2 before stage Deploy"]


def test_a_change_that_waits_says_for_what():
    assert said(how=WAIT)[0] == "waits for execution 3f2a9c10… in stage Build"


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        pytest.param(Handling("never"), "is held for as long as execution 3f2a9c10… in stage Build runs", id="never"),
        pytest.param(Handling("drain"), "shuts the way behind the first stage and waits for execution 3f2a9c10… in "
                     "stage Build", id="drain"),
        pytest.param(Handling("always", "same"), "would end execution 3f2a9c10… in stage Build, and start it again "
                     "with its source revisions", id="same"),
        pytest.param(Handling("always", "latest"), "would end execution 3f2a9c10… in stage Build, and start it again "
                     "afresh", id="latest"),
    ],
)  # fmt: skip
def test_each_way_to_treat_executions_has_its_words(how, sentence):
    assert said(how=how)[0] == sentence


def test_a_drain_starts_again_what_its_update_ends():
    first = Running("e3", "Source")
    found = list(sentences(change(), STAGES, {}, [first], Handling("drain")))
    assert found == ["would end execution e3 in stage Source, and start it again with its source revisions"]


def test_nothing_is_started_again_in_a_pipeline_that_goes():
    assert said(Kind.DELETE, how=Handling("always", "same"))[0] == "would end execution 3f2a9c10… in stage Build"


def test_a_drain_waits_for_what_is_past_the_way_that_it_shuts():
    inside, kept, unknown = Running("e4", "Source"), Running("e5", "Build", waiting=True), Running("e6", "")
    found = beyond(STAGES, [inside, INSIDE, kept, OUTSIDE, unknown])
    assert (found, door(STAGES)) == ((INSIDE, OUTSIDE, unknown), "Build")


def test_a_declaration_with_one_stage_has_no_way_to_shut():
    assert door({"stages": [{"name": "Source"}]}) == ""


def test_parallel_executions_are_in_nobodys_way_until_their_pipeline_goes():
    parallel = {"executionMode": "PARALLEL"}
    assert endangered(change(), parallel, {}, [INSIDE]) == ()
    assert endangered(change(Kind.DELETE), parallel, {}, [INSIDE]) == (INSIDE,)


@pytest.mark.parametrize(
    ("kind", "word"),
    [pytest.param(Kind.UPDATE, "leaves", id="E7-parallel"), pytest.param(Kind.DELETE, "would end", id="I7-deletion")],
)
def test_parallel_executions_go_on_unless_their_pipeline_goes(kind, word):
    assert said(kind, "PARALLEL", "PARALLEL")[0].startswith(f"{word} execution 3f2a9c10…")


def test_an_execution_without_a_known_stage_is_named_alone():
    found = sentences(change(), {}, {}, [Running("e1", "")], ALWAYS)
    assert list(found) == ["would end execution e1"]


def test_every_form_of_a_plan_tells_it_and_the_digest_does_not_know_it():
    silent, telling = (Plan("c1", (each,)) for each in (change(), change(Kind.UPDATE, "would end execution e1")))
    assert "      would end execution e1\n" in plans.text(telling)
    assert "<br>would end execution e1" in plans.markdown(telling)
    assert change_document(telling.changes[0])["interrupts"] == ["would end execution e1"]
    assert (telling.digest, "interrupts" in change_document(silent.changes[0])) == (silent.digest, False)

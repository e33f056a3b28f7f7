"""Points come from declarations, hits from runs; tallies add up."""

from __future__ import annotations

import pytest

from builders import build, stage
from pytest_pipeline import coverage
from pytest_pipeline.coverage import Point, Tally
from reconciler.simulation.outcomes import Approved, Ignored, Rejected
from simulation.worlds import NAME, approval, document, fails, gate, rule, shop

GATED = (stage("Build", build("X")), stage("Prod", approval(), build("Y", runOrder=2)))


def played(*stages, given=None, runs=1):
    made = shop(*stages, given=given)
    found = []
    for _ in range(runs):
        found.append(made.start(NAME))
        made.settle()
    return made, [made.run_of(each) for each in made.executions(NAME)]


def tallied(*stages, given=None, runs=1):
    tally = Tally()
    tally.add(document(*stages), played(*stages, given=given, runs=runs)[1])
    return tally


def reached(tally):
    return {str(point) for point, count in tally.counts[NAME].items() if count}


def test_every_action_has_its_outcomes_and_every_move_is_a_point():
    told = [str(point) for point in coverage.points(document(*GATED))]
    assert told == [
        "Source/Checkout succeeded", "Source/Checkout failed", "Build/X succeeded", "Build/X failed",
        "Prod/Approve approved", "Prod/Approve rejected", "Prod/Approve timed out", "Prod/Y succeeded", "Prod/Y failed",
        "Source → Build", "Build → Prod",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "point"),
    [
        pytest.param(Approved(), "Prod/Approve approved", id="approved"),
        pytest.param(Rejected(), "Prod/Approve rejected", id="rejected"),
        pytest.param(Ignored(), "Prod/Approve timed out", id="ignored"),
    ],
)
def test_an_approval_ends_in_three_ways(outcome, point):
    assert point in reached(tallied(*GATED, given={"Prod/Approve": outcome}))


def test_a_failure_reaches_no_transition():
    assert reached(tallied(*GATED, given={"Build/X": fails()})) == {
        "Source/Checkout succeeded", "Build/X failed", "Source → Build",
    }  # fmt: skip


def test_a_condition_is_met_or_not():
    stages = (stage("Build", build("X"), beforeEntry=gate("SKIP", rule())),)
    assert "Build.beforeEntry met" in reached(tallied(*stages))
    assert "Build.beforeEntry not met" in reached(tallied(*stages, given={"Build.beforeEntry/Gate": fails()}))


def test_a_retry_is_an_edge():
    stages = (stage("Build", build("X"), onFailure={"result": "RETRY"}),)
    assert "retry Build" not in reached(tallied(*stages))
    assert "retry Build" in reached(tallied(*stages, given={"Build/X": fails()}))


def test_a_rollback_is_an_edge():
    stages = (stage("Build", build("X"), onFailure={"result": "ROLLBACK"}),)
    made = shop(*stages)
    made.start(NAME)
    made.settle()
    made.give({"Build/X": fails()})
    made.start(NAME)
    made.settle()
    tally = Tally()
    tally.add(document(*stages), [made.run_of(each) for each in made.executions(NAME)])
    assert "rollback Build" in reached(tally)


def test_tallies_of_workers_add_up():
    one, other = (tallied(*GATED, given={"Prod/Approve": each}) for each in (Approved(), Rejected()))
    one.merge(other.rows)
    assert one.counts[NAME][Point("action", "Build/X", "succeeded")] == 2
    assert {"Prod/Approve approved", "Prod/Approve rejected"} <= reached(one)


def test_a_pipeline_that_nothing_runs_counts_in_full():
    tally = Tally()
    tally.declare(document())
    assert tally.percent == 0
    assert Tally().percent == 100


def test_the_table_names_what_is_missing():
    tally = tallied(stage("Build", build("X")))
    assert tally.table == [
        "pipeline  actions  transitions  conditions  retries  rollbacks  cover  missing",
        "shop          2/4          1/1           -        -          -   60 %  Source/Checkout failed, Build/X failed",
        "TOTAL 60 %",
    ]


def test_the_document_has_every_point_with_its_count():
    report = tallied(stage("Build", build("X"))).document
    assert report["schema"] == coverage.SCHEMA
    assert report["percent"] == 60
    wanted = {"kind": "action", "place": "Build/X", "outcome": "succeeded", "count": 1}
    assert wanted in report["pipelines"][NAME]["points"]

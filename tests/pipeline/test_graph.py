from __future__ import annotations

import pytest

from builders import action, build, pipeline, sources, stage
from reconciler.pipeline.graph import Graph
from reconciler.pipeline.model import Pipeline


def approval(name: str, **members: object) -> dict[str, object]:
    return action(name, "Approval", "Manual", **members)


SKIP = {"conditions": [{"result": "SKIP", "rules": []}]}
STAGES = [
    sources(),
    stage("Build", build("Unit"), build("Lint"), build("Pack", runOrder=2, outputs=("app",))),
    stage("Review", approval("Look"), beforeEntry=SKIP),
    stage("Prod", approval("Approve"), build("Deploy", inputs=("app",), runOrder=2)),
]


@pytest.fixture
def graph() -> Graph:
    return Graph(Pipeline(pipeline(stages=STAGES)))


def test_a_smaller_run_order_or_an_earlier_stage_precedes(graph):
    assert graph.precedes("Build/Unit", "Build/Pack")
    assert graph.precedes("Build/Pack", "Prod/Approve")
    assert not graph.precedes("Build/Unit", "Build/Lint")


def test_equal_run_orders_of_a_stage_overlap(graph):
    assert graph.overlaps("Build/Unit", "Build/Lint")
    assert not graph.overlaps("Build/Unit", "Build/Unit")
    assert not graph.overlaps("Build/Unit", "Build/Pack")


def test_the_gates_of_an_action_are_what_every_path_to_it_passes(graph):
    gates = [each.place for each in graph.gates("Prod/Deploy")]
    assert gates == ["Source/Checkout", "Build/Unit", "Build/Lint", "Build/Pack", "Prod/Approve"]


def test_a_stage_that_may_be_skipped_is_no_gate(graph):
    assert "Review/Look" not in [each.place for each in graph.gates("Prod/Deploy")]
    assert graph.may_be_skipped("Review/Look")
    assert not graph.may_be_skipped("Build/Unit")


def test_upstream_follows_artifacts_to_their_source(graph):
    assert [each.place for each in graph.upstream("Prod/Deploy")] == ["Source/Checkout", "Build/Pack"]


def test_upstream_ends_where_artifacts_go_in_a_circle():
    circle = [
        sources(),
        stage("Build", build("A", inputs=("b",), outputs=("a",)), build("B", inputs=("a",), outputs=("b",))),
    ]
    assert Graph(Pipeline(pipeline(stages=circle))).upstream("Build/A") == ()


def test_iteration_is_in_the_order_of_running():
    late = [sources(), stage("Build", build("Late", runOrder=2), build("Early"))]
    assert [each.name for _, each in Graph(Pipeline(pipeline(stages=late)))] == ["Checkout", "Early", "Late"]

"""A run as a tree and as JSON."""

from __future__ import annotations

import json

import pytest

from reconciler.report import runs
from reconciler.simulation.trace import Failure, Start
from traces import action, broken, condition, parked, released, run, source, stage

CLOSED = condition("beforeEntry", "FAIL", "Failed", "closed")
TREES = {
    "released": (
        released(),
        """\
shop-prod-deploy #1  push main@3f2a  Succeeded  2h06m
  Source     ok     1m  App=3f2a
  Build      ok     4m  VERSION=1.2
  Prod       ok  2h01m
    Approve  ok     2h  approved by ana
    Deploy   ok     1m  role/prod-deploy in 222222222222  eu-central-1""",
    ),
    "parked": (
        parked(),
        """\
shop-prod-deploy #1  push main@3f2a  InProgress  11m
  Source     ok      1m  App=3f2a
  Prod       waits  10m
    Approve  waits  10m  waits for an approval""",
    ),
    "failed beside a sibling": (
        broken(),
        """\
shop-prod-deploy #1  push main@3f2a  Failed  4m
  Source  ok      1m  App=3f2a
  Build   failed  3m
    Lint  ok      1m
    Unit  failed  3m  JobFailed: 2 tests failed""",
    ),
    "retried": (
        run(
            source(),
            stage(
                "Build",
                action("Build/Unit", 1, 2, failure=Failure("JobFailed", "", "")),
                action("Build/Unit", 3, 4, attempt=2),
                status="Succeeded",
                retry="ManualStageRetry",
            ),
            ended=4,
        ),
        """\
shop-prod-deploy #1  push main@3f2a  Succeeded  4m
  Source  ok      1m  App=3f2a
  Build   ok      3m  ManualStageRetry
    Unit  failed  1m  attempt 1  JobFailed
    Unit  ok      1m  attempt 2""",
    ),
    "kept out by a condition": (
        run(
            source(),
            stage("Prod", status="Failed", entered=0, ended=0, conditions=(CLOSED,)),
            ended=1,
            status="Failed",
        ),
        """\
shop-prod-deploy #1  push main@3f2a  Failed  1m
  Source         ok      1m  App=3f2a
  Prod           failed  0s
    beforeEntry  failed  1m  → FAIL  Window: closed""",
    ),
    "superseded while it waited": (
        run(source(), stage("Build"), ended=4, status="Superseded", superseded_by="e2"),
        """\
shop-prod-deploy #1  push main@3f2a  Superseded  4m  superseded by #2
  Source  ok           1m  App=3f2a
  Build   not entered""",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TREES)
def test_a_run_is_a_tree_in_aligned_columns(name):
    made, expected = TREES[name]
    assert runs.tree(made, (run(id="e2", number=2),)) == expected


def test_a_name_from_outside_cannot_disturb_the_terminal():
    assert "\x1b" not in runs.tree(broken("\x1b[31m\nrun succeeded"))
    assert len(runs.tree(broken("a\nb")).splitlines()) == len(runs.tree(broken()).splitlines())


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (Start(branch="main"), "push main"),
        (Start(tag="v1.2", commit="0123456789abcdef0123"), "tag v1.2@0123456"),
        (Start(pull_request="7", branch="main"), "pull request 7"),
        (Start("CreatePipeline"), "CreatePipeline"),
        (Start(by="ana"), "StartPipelineExecution by ana"),
    ],
)
def test_the_head_says_what_started_the_run(start, said):
    assert runs.occasion(start) == said


@pytest.mark.parametrize(
    ("revision", "shown"),
    [
        ("v1.2-candidate-3", "v1.2-candidate-3"),
        ("3f2a", "3f2a"),
        ("0123456789abcdef", "0123456"),
        ("sha256:00aa00aa00aa00aa", "00aa00a"),
    ],
)
def test_only_digests_are_shortened(revision, shown):
    assert runs.short(revision) == shown


def test_the_document_counts_from_the_start_of_the_run():
    document = runs.document(run(stage("Build", action("Build/Unit", 3, 5)), ended=6, started=2 * 60_000))
    assert (document["started"], document["elapsed"]) == (120_000, 240_000)
    (unit,) = document["actions"]
    assert (unit["stage"], unit["action"], unit["started"], unit["ended"]) == ("Build", "Unit", 60_000, 180_000)


def test_the_document_of_a_parked_run_says_where_and_why():
    document = json.loads(json.dumps(runs.document(parked())))
    assert (document["status"], document["parkedAt"]) == ("InProgress", "Prod/Approve")
    assert document["waitsFor"] == "waits for an approval"
    assert document["schema"] == "codepipeline-reconciler/run/1"


def test_attempts_are_counted_and_the_last_one_decides():
    made, _ = TREES["retried"]
    unit = runs.document(made)["actions"][1]
    assert (unit["attempts"], unit["status"], unit["failure"]) == (2, "Succeeded", None)
    assert (unit["started"], unit["ended"]) == (60_000, 240_000)


def test_events_of_any_mapping_become_json():
    made = run(events=({"detail": {"states": ("A", 1)}},))
    assert runs.document(made)["events"] == [{"detail": {"states": ["A", 1]}}]

"""What the log of a daemon says of a plan that cannot be carried out as a whole."""

from __future__ import annotations

from reconciler.errors import Problem
from reconciler.pipeline.arns import Target
from reconciler.plan.changes import Cause, Change, Kind, Plan
from reconciler.report import hindrances

HERE = Target("111111111111", "eu-west-1")
CHANGE = Change(HERE, "web", Kind.UPDATE, Cause.GIT)


def test_a_plan_that_nothing_hinders_says_nothing():
    assert list(hindrances.sentences(Plan("c", (CHANGE,)))) == []


def test_problems_unread_pipelines_and_held_changes_are_told():
    held = Change(HERE, "web", Kind.UPDATE, Cause.GIT, held="sync.mode is report", guard="mode")
    plan = Plan("c", (held,), (Problem("a.yaml", 1, 2, "", "broken"),), unknown={(HERE, "api"): "throttled"})
    assert list(hindrances.sentences(plan)) == [
        "a.yaml:1:2: broken",
        "api in 111111111111/eu-west-1 could not be read: throttled",
        "held: update web in 111111111111/eu-west-1: sync.mode is report",
    ]


def test_what_failed_before_was_told_when_it_failed():
    failed = Change(HERE, "web", Kind.UPDATE, Cause.GIT, held="failed once", guard="setback")
    assert list(hindrances.sentences(Plan("c", (failed,)))) == []

"""A world for many runs, in the words of the API."""

from __future__ import annotations

import pytest

from plugin.projects import shop
from pytest_pipeline import approved, failed, fails, never_ran, parked, push, succeeded, succeeds
from pytest_pipeline.release import Release
from reconciler.errors import Broken
from reconciler.simulation.refusals import Refused


@pytest.fixture
def release():
    return Release(shop())


def test_a_newer_change_supersedes_the_waiting_one():
    release = Release(shop(), {"Prod/Approve": approved(after="2h")})
    first, second, third = release.start(push()), release.start(push()), release.start(push())
    release.settle()
    assert [each.status for each in (first, second, third)] == ["Succeeded", "Superseded", "Succeeded"]


def test_a_run_answers_as_it_is_now(release):
    run = release.start()
    assert run.status == "InProgress"
    release.until("Prod/Approve")
    assert run == parked("Prod/Approve")
    release.approve("Prod/Approve", by="ana")
    release.settle()
    assert run == succeeded()
    assert run["Prod/Approve"].by == "ana"


def test_a_rejection_ends_the_run(release):
    run = release.start()
    release.until("Prod/Approve")
    release.reject("Prod/Approve", "not on friday", by="ana", run=run)
    release.settle()
    assert run == failed("Prod/Approve", because="not on friday")


def test_time_passes_only_when_told(release):
    run = release.start()
    release.advance("5m")
    assert (release.now, run["Integration/Smoke"].status) == ("5m", "InProgress")


def test_waiting_for_what_never_comes_is_a_mistake_that_tells_the_runs(release):
    release.start()
    with pytest.raises(Broken, match=r"no run came to Prod/Deploy any more: run is parked at Prod/Approve"):
        release.until("Prod/Deploy")


def test_waiting_for_one_run_does_not_look_at_others(release):
    first = release.start()
    release.until("Prod/Approve")
    second = release.start()
    release.until("Integration", run=second)
    assert (first.parked_at, second["Integration/Smoke"].status) == ("Prod/Approve", "InProgress")


def test_a_failed_stage_is_retried(release):
    release.give({"Build": [fails(), succeeds()]})
    run = release.start()
    release.settle()
    assert run == failed("Build")
    release.retry("Build", run)
    release.settle()
    assert run == parked("Prod/Approve")
    assert len(run.attempts("Build/Compile")) == 2


def test_a_stage_is_rolled_back_to_an_earlier_run(release):
    release.give({"Prod/Approve": approved()})
    first = release.start(push(commit="one"))
    release.settle()
    release.start(push(commit="two"))
    release.settle()
    back = release.rollback("Prod", to=first)
    release.settle()
    assert back == succeeded()
    assert back.record.kind == "ROLLBACK"
    assert back.record.rollback_of == first.record.id


def test_a_disabled_transition_holds_runs_until_it_is_enabled(release):
    release.disable("Prod", "freeze")
    run = release.start()
    release.settle()
    assert run == parked("Prod", because="freeze")
    release.enable("Prod")
    release.settle()
    assert run == parked("Prod/Approve")


def test_a_run_is_stopped(release):
    run = release.start()
    release.until("Build")
    release.stop(run, abandon=True, reason="wrong branch")
    release.settle()
    assert run.status == "Stopped"
    assert run == never_ran("Integration")


def test_an_update_ends_the_run_and_changes_what_comes_next(release):
    run = release.start()
    release.until("Build")
    *others, prod = release.pipeline.document["stages"]
    release.update(shop(stages=[others[0], others[1], prod]))
    release.settle()
    assert run.status != "Succeeded"
    later = release.start()
    release.settle()
    assert [each.place for each in later.actions] == ["Source/App", "Build/Compile", "Prod/Approve"]


def test_what_starts_nothing_says_why(release):
    run = release.start(push("other"))
    assert run == never_ran()
    assert "watches the branch main" in run.verdict


@pytest.mark.parametrize(
    ("act", "code"),
    [
        pytest.param(lambda release: release.approve("Prod/Approve"), "ApprovalAlreadyCompleted|Invalid", id="approve"),
        pytest.param(lambda release: release.disable("Pord"), "StageNotFoundException", id="disable"),
        pytest.param(lambda release: release.retry("Build", release.start()), "StageNotRetryable", id="retry"),
    ],
)
def test_a_refusal_is_raised_as_aws_gives_it(release, act, code):
    with pytest.raises(Refused, match=code):
        act(release)


def test_all_runs_are_one_tree(release):
    release.start()
    release.start()
    release.settle()
    assert [line.split("  ")[0] for line in release.tree.splitlines() if "#" in line][:2] == [
        "shop-prod-deploy #1", "shop-prod-deploy #2"]  # fmt: skip
    assert repr(release).endswith("2 runs>")


def test_outcomes_that_nothing_asked_for_are_known(release):
    release.give({"Prod/Deploy": succeeds(), "Build": succeeds(optional=True)})
    assert release.unused == ("Prod/Deploy",)


def test_an_alarm_goes_off_now(release):
    release.alarm("errors")
    assert "errors" in release.world.alarms


def test_a_condition_that_is_not_there_cannot_be_overridden(release):
    run = release.start()
    with pytest.raises(Refused):
        release.override("Prod", run)

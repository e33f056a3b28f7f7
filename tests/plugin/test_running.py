"""Runs of one simulation: what they answer, and what is asked of the world."""

from __future__ import annotations

import pytest

from plugin.projects import shop
from pytest_pipeline import (
    alarm,
    approved,
    event,
    failed,
    fails,
    includes,
    never_ran,
    parked,
    pull_request,
    push,
    runs,
    simulate,
    start,
    succeeded,
    succeeds,
    tag,
)
from pytest_pipeline.outcomes import Perhaps
from pytest_pipeline.structure import Pipeline
from reconciler.errors import Broken
from reconciler.simulation.outcomes import Fails
from reconciler.simulation.refusals import Refused

PIPELINE = shop()
APPROVED = {"Prod/Approve": approved("ana", after="2h")}


def invoking():
    *others, prod = PIPELINE.document["stages"]
    kind = {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"}
    check = {"name": "Check", "actionTypeId": kind, "configuration": {"FunctionName": "check"}}
    return shop(stages=[*others, {"name": "Check", "actions": [check]}, prod])


def test_a_run_answers_in_the_words_of_the_service():
    run = simulate(PIPELINE, push("main", commit="3f2a"), given=APPROVED)
    assert (run.status, run.number, run.elapsed) == ("Succeeded", 1, 7_650_000)
    assert run["Build/Compile"].status == "Succeeded"
    assert [each.attempt for each in run.attempts("Prod/Deploy")] == [1]
    assert run.revisions == {"App": "3f2a"}
    assert repr(run).startswith("<shop-prod-deploy: run succeeded after 2h07m30s")


def test_a_run_has_the_events_that_eventbridge_would_see():
    run = simulate(PIPELINE, given={"Build": fails()})
    assert run.events == includes(event(state="FAILED", stage="Build", action="Compile"), event(state="FAILED"))


def test_a_run_that_waits_is_parked():
    run = simulate(PIPELINE)
    assert (run.status, run.parked, run.parked_at) == ("InProgress", True, "Prod/Approve")


def test_a_trigger_that_starts_nothing_gives_a_run_that_says_why():
    run = simulate(PIPELINE, push("other"))
    assert (run.status, run.started, run.parked, run.parked_at, run.events) == ("NotStarted", False, False, "", ())
    assert run.attempts("Build/Compile") == ()
    assert run.tree.splitlines() == [
        "shop-prod-deploy  push('other')  NotStarted",
        "  push of branch other to shop/web starts nothing: App has no trigger and watches the branch main, not other",
    ]
    with pytest.raises(Broken, match=r"^push\('other'\) started nothing"):
        _ = run.elapsed


def test_a_list_is_one_outcome_for_each_attempt():
    *others, prod = PIPELINE.document["stages"]
    others[1] = {**others[1], "onFailure": {"result": "RETRY"}}
    run = simulate(shop(stages=[*others, prod]), given={**APPROVED, "Build": [fails(), succeeds()]})
    assert run == succeeded()
    assert [each.status for each in run.attempts("Build/Compile")] == ["Failed", "Succeeded"]


def test_a_function_decides_where_it_stands_for_an_outcome():
    def decide(context):
        return Fails(message=f"attempt {context.attempt}")

    assert simulate(PIPELINE, given={"*/Compile": decide}) == failed("Build", because="attempt 1")


def test_the_more_specific_selector_wins_and_a_tie_is_a_mistake():
    assert simulate(PIPELINE, given={"Build/*": fails(), "Build/Compile": succeeds()}) == parked()
    with pytest.raises(Broken, match="selected equally well"):
        simulate(PIPELINE, given={"*/Compile": fails(), "Build/Co*": succeeds()})


def test_artifacts_and_variables_are_those_that_are_declared():
    run = simulate(PIPELINE, given={"Build": succeeds(artifacts={"Site": "r1"}, variables={})})
    assert run["Build/Compile"].outputs == {"Site": "r1"}
    with pytest.raises(Broken, match="gives no artifact 'Sight'; it gives Site"):
        simulate(PIPELINE, given={"Build": succeeds(artifacts={"Sight": "r1"})})


def test_what_is_given_and_not_used_is_known():
    given = {"Prod/Deploy": succeeds(), "Prod/Approve": succeeds(optional=True)}
    with pytest.raises(Broken, match="Prod/Approve is an approval"):
        simulate(PIPELINE, given=given)
    given["Prod/Approve"] = approved(optional=True)
    assert simulate(PIPELINE, push("other"), given=given).unused == ("Prod/Deploy",)
    assert isinstance(given["Prod/Approve"], Perhaps)


def test_variables_reach_the_run():
    pipeline = shop(variables=[{"name": "VERSION", "defaultValue": "1"}])
    assert simulate(pipeline, variables={"VERSION": "2"}).variables == {"VERSION": "2"}


@pytest.mark.parametrize("until", ["5m", 300_000, "Integration/Smoke", "Integration"])
def test_the_simulation_stops_where_it_is_told_to(until):
    assert simulate(PIPELINE, until=until) == never_ran("Prod")
    assert simulate(PIPELINE, until=until).attempts("Integration/Smoke")


def test_a_place_to_stop_at_is_checked():
    with pytest.raises(Broken, match="there is no such place; near are Prod"):
        simulate(PIPELINE, until="Pord")


def test_another_seed_gives_other_ids_and_the_same_run():
    one, other = simulate(PIPELINE), simulate(PIPELINE, seed=7)
    assert one.record.id != other.record.id
    assert one.verdict == other.verdict
    assert simulate(PIPELINE).record.id == one.record.id


def test_the_world_begins_when_it_is_told_to():
    run = simulate(PIPELINE, at="2026-03-07T12:00Z")
    assert run.events[0]["time"] == "2026-03-07T12:00:00Z"


@pytest.mark.parametrize(
    ("trigger", "status"),
    [
        pytest.param(push(), "InProgress", id="push of the source's own branch"),
        pytest.param(start(by="ana"), "InProgress", id="start"),
        pytest.param(tag("v1"), "NotStarted", id="tag"),
        pytest.param(pull_request("feature", into="main"), "NotStarted", id="pull request"),
    ],
)
def test_triggers_start_what_they_would(trigger, status):
    assert simulate(PIPELINE, trigger).status == status


@pytest.mark.parametrize(
    ("trigger", "text"),
    [
        (push("main", commit="3f2a", files=["a"]), "push('main', commit='3f2a', files=('a',))"),
        (pull_request("f", into="main"), "pull_request('f', into='main')"),
        (start(), "start()"),
    ],
    ids=repr,
)
def test_a_trigger_writes_itself_as_code_does(trigger, text):
    assert repr(trigger) == text


def test_a_real_handler_decides_by_what_it_reports(tmp_path):
    handler = tmp_path / "checks.py"
    handler.write_text("""
import boto3
def handler(event, context):
    boto3.client("codepipeline").put_job_failure_result(
        jobId=event["CodePipeline.job"]["id"], failureDetails={"type": "JobFailed", "message": "no tests"})
""")
    run = simulate(invoking(), given={"Check": runs("checks:handler")}, handlers=tmp_path)
    assert run == failed("Check/Check", because="no tests")


def test_an_alarm_is_for_rules_only():
    with pytest.raises(Broken, match="alarm is not for it"):
        simulate(PIPELINE, given={"Build": alarm("errors")})


def test_a_declaration_that_the_service_refuses_is_told():
    broken = Pipeline({**PIPELINE.document, "stages": PIPELINE.document["stages"][:1]})
    with pytest.raises(Refused, match="InvalidStructureException"):
        simulate(broken)


def test_the_timeline_is_text():
    assert "Build/Compile" in simulate(PIPELINE).timeline

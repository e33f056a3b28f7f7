"""What EventBridge and notification rules would say of a run, reference G.1."""

from __future__ import annotations

import re

import pytest

from builders import build, connection, sources, stage
from reconciler.simulation.changes import PullRequest, Push
from reconciler.simulation.notifications import notification
from reconciler.simulation.outcomes import Succeeds
from simulation.worlds import NAME, RETRY, at, document, fails, once, ran, shop, starts, takes, world

RULE = "arn:aws:codestar-notifications:eu-west-1:111111111111:notificationrule/a69c"
ARN = "arn:aws:codeconnections:eu-west-1:111111111111:connection/00000000-0000-4000-8000-000000000000"


def told(run, level, state):
    return [each for each in run.events if each["detail-type"].split()[1] == level and each["detail"]["state"] == state]


def details(run, level, state):
    return [each["detail"] for each in told(run, level, state)]


def connected(change, **given):
    made = world(given={"*/*": takes(1), **given})
    made.create(document(sources(connection()), stage("B", build("X"))), run=False)
    (e1,) = made.deliver(change)
    made.settle()
    return made.run_of(e1)


def test_g1_the_envelope_names_the_pipeline():
    first = ran(shop()).events[0]
    members = "version id detail-type source account time region resources detail"
    assert list(first) == members.split()
    assert first["resources"] == [f"arn:aws:codepipeline:eu-west-1:111111111111:{NAME}"]


@pytest.mark.parametrize(("level", "started"), [("Pipeline", "00.000"), ("Stage", "01.000"), ("Action", "01.000")])
def test_g1_start_time_is_that_of_the_level(level, started):
    found = details(ran(shop(stage("B", build("X")))), level, "SUCCEEDED")[-1]
    assert found["start-time"] == f"2026-01-05T09:00:{started}Z"


def test_g1_attempts_count_up_on_every_level_and_stages_tell_of_the_retry():
    made = shop(given={"B/X": [fails(), takes(1)]})
    e1 = once(made)
    at(made, 60).retry(NAME, "B", e1)
    made.settle()
    run = made.run_of(e1)
    attempts = [each["detail"]["pipeline-execution-attempt"] for each in run.events]
    assert (attempts[0], attempts[-1], sorted(attempts) == attempts) == (1, 2, True)
    stages = [each["detail"] for each in run.events if "Stage" in each["detail-type"]]
    retried = [each.get("stage-last-retry-attempt-time") for each in stages]
    assert retried[:4] == [None] * 4
    assert set(retried[4:]) == {"2026-01-05T09:01:00.000Z"}


def test_g1_an_automatic_retry_is_told_by_the_stage():
    run = ran(shop(stage("B", build("X"), onFailure=RETRY), given={"B/X": [fails(), takes(1)]}))
    (resumed,) = details(run, "Stage", "RESUMED")
    assert resumed["stage-last-retry-attempt-time"] == "2026-01-05T09:00:02.000Z"


def test_g1_artifacts_lie_in_the_bucket_of_the_actions_region():
    made = world(given={"*/*": takes(1)})
    stores = {each: {"type": "S3", "location": f"artifacts-{each}"} for each in ("eu-west-1", "us-east-1")}
    far = build("Compile", region="us-east-1", outputs=("application",))
    made.create(document(stage("B", far), artifactStores=stores), run=False)
    run = ran(made)
    source, there = details(run, "Action", "SUCCEEDED")
    (given,) = details(run, "Action", "STARTED")[1]["input-artifacts"]
    (output,) = there["output-artifacts"]
    assert source["output-artifacts"][0]["s3location"]["bucket"] == "artifacts-eu-west-1"
    assert given["s3location"]["bucket"] == output["s3location"]["bucket"] == "artifacts-us-east-1"
    assert given["s3location"]["key"] == source["output-artifacts"][0]["s3location"]["key"]
    assert re.fullmatch(rf"{NAME}/applicatio/[0-9a-f]{{8}}", output["s3location"]["key"])


def test_g1_a_rollback_reads_what_its_target_made():
    made = shop()
    e1 = once(made)
    back = made.rollback(NAME, "D", e1)
    made.settle()
    first, again = (details(made.run_of(each), "Action", "STARTED")[-1]["input-artifacts"] for each in (e1, back))
    assert first == again


def test_g1_an_action_tells_its_result():
    run = ran(shop(given={"B/X": Succeeds(summary="built", external_id="build:7"), "D/Y": fails(message="no")}))
    source, built = (each["execution-result"] for each in details(run, "Action", "SUCCEEDED"))
    assert source == {"external-execution-id": run.revisions["Checkout"]}
    assert built == {"external-execution-summary": "built", "external-execution-id": "build:7"}
    (failed,) = details(run, "Action", "FAILED")
    assert failed["execution-result"] == {"external-execution-summary": "no", "error-code": "JobFailed"}


PUSH = Push("shop/web", branch="main", commit="c1", author="ana", email="ana@example.com", message="Add a basket",
            provider="GitLab")  # fmt: skip
WHO = {
    "author-display-name": "ana", "author-id": "ana", "author-email": "ana@example.com",
    "author-date": "2026-01-05T09:00:00Z", "commit-message": "Add a basket", "full-repository-name": "shop/web",
    "provider-type": "GitLab", "commit-id": "c1", "branch-name": "main", "connection-arn": ARN,
}  # fmt: skip


def test_g1_a_connection_tells_who_changed_what():
    run = connected(PUSH)
    trigger = details(run, "Pipeline", "STARTED")[0]["execution-trigger"]
    assert trigger == {"trigger-type": "WebhookV2", "trigger-detail": ARN, **WHO}
    assert details(run, "Pipeline", "SUCCEEDED")[0]["execution-trigger"] == WHO


@pytest.mark.parametrize(("place", "told_again"), [("B/X", True), ("Source/*", False)])
def test_g1_a_failure_tells_the_trigger_unless_it_is_in_the_source_stage(place, told_again):
    (failed,) = details(connected(PUSH, **{place: fails()}), "Pipeline", "FAILED")
    assert ("execution-trigger" in failed) is told_again


def test_g1_a_tag_and_a_pull_request_are_named():
    tagged = world(given={"*/*": takes(1)})
    filters = [
        {
            "providerType": "CodeStarSourceConnection",
            "gitConfiguration": {
                "sourceActionName": "Checkout",
                "push": [{"tags": {"includes": ["v*"]}}],
                "pullRequest": [{}],
            },
        }
    ]
    filters[0]["gitConfiguration"]["pullRequest"] = [{"branches": {"includes": ["main"]}}]
    tagged.create(document(sources(connection()), stage("B", build("X")), triggers=filters), run=False)
    found = []
    for change in (Push("shop/web", tag="v1", commit="c1"), PullRequest("shop/web", "OPEN", "7", "fix", "main", "c2")):
        (e1,) = tagged.deliver(change)
        trigger = tagged.run_of(e1).events[0]["detail"]["execution-trigger"]
        found.append({key: trigger.get(key) for key in ("tag-name", "branch-name", "pull-request-id")})
    assert found == [{"tag-name": "v1", "branch-name": None, "pull-request-id": None},
                     {"tag-name": None, "branch-name": "fix", "pull-request-id": "7"}]  # fmt: skip


def test_g1_a_stop_tells_its_reason():
    made = shop()
    e1 = starts(made, 0)[0]
    at(made, 5).stop(NAME, e1, reason="wrong version")
    made.settle()
    for state in ("STOPPING", "STOPPED"):
        assert details(made.run_of(e1), "Pipeline", state)[0]["stop-execution-comments"] == "wrong version"


def processed(run, level, state):
    (event,) = told(run, level, state)[-1:]
    return notification(run, event, RULE)


def test_g1_a_notification_has_the_form_of_its_rule():
    run = ran(shop())
    found = processed(run, "Pipeline", "SUCCEEDED")
    assert found.keys() == {"account", "region", "source", "time", "detail", "resources", "detailType",
                            "notificationRuleArn", "additionalAttributes"}  # fmt: skip
    assert (found["additionalAttributes"], found["notificationRuleArn"]) == ({}, RULE)


def test_g1_a_notification_of_a_failure_names_the_actions_that_failed():
    work = stage("W", build("A"), build("B"))
    made = shop(work, given={"W/A": fails(message="one"), "W/B": [fails(message="two"), fails(message="three")]})
    e1 = once(made)
    made.retry(NAME, "W", e1)
    made.settle()
    assert processed(made.run_of(e1), "Pipeline", "FAILED")["additionalAttributes"] == {
        "failedActionCount": 2,
        "failedStage": "W",
        "failedActions": [
            {"action": "A", "additionalInformation": "one"},
            {"action": "B", "additionalInformation": "three"},
        ],
    }


def test_g1_a_notification_of_a_failed_action_says_why():
    run = ran(shop(given={"B/X": fails(message="no")}))
    assert processed(run, "Action", "FAILED")["additionalAttributes"] == {"additionalInformation": "no"}


def test_g1_a_notification_of_a_stage_names_the_sources():
    found = processed(ran(shop()), "Stage", "STARTED")["additionalAttributes"]["sourceActions"]
    assert [(each["sourceActionName"], each["sourceActionProvider"]) for each in found] == [("Checkout", "S3")]
    assert found[0]["sourceActionVariables"]["BucketName"] == "shop-sources"

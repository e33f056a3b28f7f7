"""Which pipelines a change starts, and by which way (reference D.7)."""

from __future__ import annotations

import pytest

from builders import ACCOUNT, REGION, action, build, connection, pipeline, stage, trigger
from builders import sources as first
from reconciler.pipeline import arns
from reconciler.simulation import sources
from reconciler.simulation.changes import CodeCommitChange, EcrImage, Polled, PullRequest, Push, S3Object, Scheduled

HERE = arns.Target(ACCOUNT, REGION)
PUSH = Push("shop/web", branch="main", commit="c1", author="ana")
COMMIT = CodeCommitChange("shop", "main", "c1")
OBJECT = S3Object("shop-sources", "web.zip", "v1")
IMAGE = EcrImage("web", "latest", "sha256:1")


def of(*actions, name="shop", **members):
    return pipeline(name, [first(*actions), stage("Build", build())], **members)


def source(provider, owner="AWS", name="Checkout", **configuration):
    return action(name, "Source", provider, owner=owner, outputs=("source",), configuration=configuration)


def codecommit(**more):
    return of(source("CodeCommit", RepositoryName="shop", BranchName="main", **more))


def s3(**more):
    return of(source("S3", S3Bucket="shop-sources", S3ObjectKey="web.zip", **more))


def github(**more):
    return of(source("GitHub", "ThirdParty", Owner="shop", Repo="web", Branch="main", OAuthToken="****", **more))


def ecr(**more):
    return of(source("ECR", RepositoryName="web", **more))


def rule(pattern, name="shop", **members):
    return sources.Rule(arns.pipeline(HERE, name), pattern, arn="arn:rule", **members)


def types(declaration, change, rules=None):
    return [start.type for _, start in sources.starts([declaration], change, rules, target=HERE)]


@pytest.mark.parametrize(
    ("declaration", "change", "kind"),
    [
        pytest.param(codecommit(PollForSourceChanges="false"), COMMIT, "CloudWatchEvent", id="D7-codecommit-event"),
        pytest.param(s3(PollForSourceChanges="false"), OBJECT, "CloudWatchEvent", id="D7-s3-event"),
        pytest.param(ecr(), IMAGE, "CloudWatchEvent", id="D7-ecr-event"),
        pytest.param(of(connection()), PUSH, "WebhookV2", id="D7-connection"),
        pytest.param(github(PollForSourceChanges="false"), PUSH, "Webhook", id="D7-github-webhook"),
        pytest.param(s3(), OBJECT, "PollForSourceChanges", id="D7-s3-polls"),
        pytest.param(codecommit(PollForSourceChanges="true"), COMMIT, "PollForSourceChanges", id="D7-codecommit-polls"),
        pytest.param(github(), PUSH, "PollForSourceChanges", id="D7-github-polls"),
    ],
)
def test_d7_a_change_starts_by_its_way(declaration, change, kind):
    assert types(declaration, change) == [kind]


@pytest.mark.parametrize(
    ("declaration", "change"),
    [
        pytest.param(codecommit(), CodeCommitChange("shop", "next"), id="codecommit-branch"),
        pytest.param(codecommit(), CodeCommitChange("web", "main"), id="codecommit-repository"),
        pytest.param(codecommit(), CodeCommitChange("shop", "main", event="referenceDeleted"), id="G2-deleted"),
        pytest.param(codecommit(), CodeCommitChange("shop", tag="main"), id="codecommit-tag"),
        pytest.param(s3(), S3Object("shop-sources", "other.zip"), id="s3-key"),
        pytest.param(ecr(), EcrImage("web", "next"), id="ecr-tag"),
        pytest.param(ecr(), EcrImage("web", action="DELETE"), id="G2-ecr-delete"),
        pytest.param(ecr(), EcrImage("web", result="FAILURE"), id="G2-ecr-failure"),
        pytest.param(github(), Push("shop/web", tag="main"), id="github-tag"),
        pytest.param(of(connection(DetectChanges="false")), PUSH, id="connection-without-detection"),
        pytest.param(of(connection()), PullRequest("shop/web", "OPEN", "1", "x", "main"), id="pull-request"),
        pytest.param(of(connection()), Polled(PUSH), id="D7-connections-do-not-poll"),
        pytest.param(s3(PollForSourceChanges="False"), Polled(OBJECT), id="D7-polling-is-off"),
    ],
)
def test_d7_what_does_not_concern_a_source_starts_nothing(declaration, change):
    assert types(declaration, change) == []


def test_d7_without_rules_only_polling_sources_start():
    starting = [types(each, COMMIT, rules=()) for each in (codecommit(), codecommit(PollForSourceChanges="false"))]
    assert starting == [["PollForSourceChanges"], []]


def test_d7_polling_and_a_rule_start_twice():
    assert types(s3(), OBJECT, [rule({"source": ["aws.s3"]})]) == ["PollForSourceChanges", "CloudWatchEvent"]


def test_d7_what_polling_found_does_not_fire_rules():
    assert types(s3(), Polled(OBJECT), [rule({"source": ["aws.s3"]})]) == ["PollForSourceChanges"]


@pytest.mark.parametrize(
    ("given_rule", "fires"),
    [
        pytest.param(rule({"detail": {"event": ["referenceCreated", "referenceUpdated"]}}), True, id="fits"),
        pytest.param(rule({"detail": {"referenceName": ["next"]}}), False, id="other-branch"),
        pytest.param(rule({"source": ["aws.codecommit"]}, "other"), False, id="other-pipeline"),
        pytest.param(
            rule({"resources": [f"arn:aws:codecommit:{REGION}:{ACCOUNT}:shop"]}), True, id="G2-arn-of-the-repository"
        ),
        pytest.param(
            sources.Rule("arn:aws:codepipeline:us-east-1:1:shop", {"source": ["aws.codecommit"]}), False, id="G2-far"
        ),
    ],
)
def test_g2_a_rule_starts_its_target_when_its_pattern_fits(given_rule, fires):
    assert bool(types(codecommit(PollForSourceChanges="false"), COMMIT, [given_rule])) is fires


def test_without_a_target_a_rule_is_aimed_by_name():
    declaration = codecommit(PollForSourceChanges="false")
    assert len(sources.starts([declaration], COMMIT, [rule({"source": ["aws.codecommit"]})])) == 1


def test_g2_the_event_of_the_seeds_starts_the_right_pipelines():
    names = ("shop", "shop", "docs")
    wanted = [codecommit(PollForSourceChanges="false") | {"name": name} for name in ("shop", "web", "docs")]
    event = {
        "source": "aws.codecommit",
        "detail-type": "CodeCommit Repository State Change",
        "resources": [f"arn:aws:codecommit:{REGION}:{ACCOUNT}:shop"],
        "account": ACCOUNT,
        "region": REGION,
        "detail": {"event": "referenceUpdated", "repositoryName": "shop", "referenceType": "branch",
                   "referenceName": "main", "commitId": "c1"},
    }  # fmt: skip
    pattern = {
        "detail-type": ["CodeCommit Repository State Change"],
        "detail": {"referenceType": ["branch"], "referenceName": ["main"]},
    }
    found = sources.starts(wanted, sources.parse(event), [rule(pattern, name) for name in names[1:]], target=HERE)
    assert [name for name, _ in found] == ["shop", "docs"]


def test_d7_a_schedule_starts_its_target():
    nightly = sources.Rule(arns.pipeline(HERE, "shop"), arn="arn:nightly")
    ((name, start),) = sources.starts([s3()], Scheduled("arn:nightly"), [nightly], target=HERE)
    assert (name, start.type, start.detail) == ("shop", "CloudWatchEvent", "arn:nightly")


def test_another_schedule_starts_nothing():
    nightly = sources.Rule(arns.pipeline(HERE, "shop"), arn="arn:nightly")
    assert types(s3(), Scheduled("arn:weekly"), [nightly]) == []


def test_e2_7_a_rule_passes_revisions_and_variables():
    passing = rule({"source": ["aws.s3"]}, revisions={"Other": "r"}, variables={"LEVEL": "1"})
    _, (_, start) = sources.starts([s3()], OBJECT, [passing], target=HERE)
    assert (start.revisions, start.variables) == ({"Checkout": "v1", "Other": "r"}, {"LEVEL": "1"})


def test_e2_3_one_event_of_a_connection_starts_a_pipeline_once():
    assert types(of(connection(), connection("Second")), PUSH) == ["WebhookV2"]


def test_a_start_says_what_started_it():
    declaration = of(connection(), pipelineType="V2", triggers=[trigger()])
    ((name, start),) = sources.starts([declaration], PUSH)
    told = (name, start.by, start.branch, start.commit, start.revisions)
    assert told == ("shop", "ana", "main", "c1", {"Checkout": "c1"})
    assert start.detail.startswith("arn:aws:codeconnections:")


@pytest.mark.parametrize(
    ("declaration", "change", "revision"),
    [
        pytest.param(codecommit(), COMMIT, "c1", id="commit"),
        pytest.param(s3(), OBJECT, "v1", id="version"),
        pytest.param(ecr(), IMAGE, "sha256:1", id="digest"),
    ],
)
def test_e2_4_the_revision_is_that_of_the_event(declaration, change, revision):
    ((_, start),) = sources.starts([declaration], change)
    assert start.revisions == {"Checkout": revision}

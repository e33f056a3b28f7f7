"""Source events of EventBridge (reference G.2)."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.simulation import envelopes
from reconciler.simulation.changes import CodeCommitChange, EcrImage, S3Object, Scheduled
from strategies import json_values, law

PLACE = {"account": "111111111111", "region": "eu-west-1"}


def event(source, kind, resources=(), **detail):
    return {"version": "0", "source": source, "detail-type": kind, **PLACE, "resources": [*resources], "detail": detail}


CODECOMMIT = event(
    "aws.codecommit",
    "CodeCommit Repository State Change",
    ["arn:aws:codecommit:eu-west-1:111111111111:shop"],
    event="referenceUpdated",
    repositoryName="shop",
    repositoryId="x",
    referenceType="branch",
    referenceName="main",
    referenceFullName="refs/heads/main",
    commitId="c2",
    oldCommitId="c1",
)
ECR = event(
    "aws.ecr",
    "ECR Image Action",
    **{"result": "SUCCESS", "repository-name": "web", "image-digest": "sha256:1", "action-type": "PUSH"},
    **{"image-tag": "latest"},
)
S3 = event(
    "aws.s3",
    "Object Created",
    ["arn:aws:s3:::bucket"],
    bucket={"name": "bucket"},
    object={"key": "a.zip", "size": 1, "etag": "e", "version-id": "v1", "sequencer": "0"},
    reason="CopyObject",
)
TRAIL = event(
    "aws.s3",
    "AWS API Call via CloudTrail",
    eventSource="s3.amazonaws.com",
    eventName="CompleteMultipartUpload",
    requestParameters={"bucketName": "bucket", "key": "a.zip"},
)
SCHEDULE = event("aws.events", "Scheduled Event", ["arn:aws:events:eu-west-1:111111111111:rule/nightly"])


def without(source, *path):
    changed = copy.deepcopy(source)
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    del inside[path[-1]]
    return changed


@pytest.mark.parametrize(
    ("source", "change"),
    [
        pytest.param(CODECOMMIT, CodeCommitChange("shop", "main", "c2", **PLACE), id="G2-codecommit"),
        pytest.param(ECR, EcrImage("web", "latest", "sha256:1", **PLACE), id="G2-ecr"),
        pytest.param(S3, S3Object("bucket", "a.zip", "v1", "e", "CopyObject", **PLACE), id="G2-s3"),
        pytest.param(
            TRAIL,
            S3Object("bucket", "a.zip", reason="CompleteMultipartUpload", through_cloudtrail=True, **PLACE),
            id="G2-s3-through-cloudtrail",
        ),
        pytest.param(SCHEDULE, Scheduled("arn:aws:events:eu-west-1:111111111111:rule/nightly", **PLACE), id="schedule"),
    ],
)
def test_g2_an_event_is_read(source, change):
    assert envelopes.parse(source) == change


def test_g2_a_tag_of_codecommit_is_no_branch():
    tagged = copy.deepcopy(CODECOMMIT)
    tagged["detail"] |= {"referenceType": "tag", "referenceName": "v1"}
    assert envelopes.parse(tagged) == CodeCommitChange("shop", "", "c2", "v1", **PLACE)


def test_g2_an_unreferenced_merge_names_no_branch():
    detail = {"event": "unreferencedMergeCommitCreated", "repositoryName": "shop", "mergeOption": "SQUASH_MERGE"}
    merged = CODECOMMIT | {"detail": detail}
    assert envelopes.parse(merged) == CodeCommitChange("shop", event=detail["event"], **PLACE)


@pytest.mark.parametrize(
    ("hostile", "why"),
    [
        pytest.param(None, "JSON object", id="nothing"),
        pytest.param([CODECOMMIT], "JSON object", id="list"),
        pytest.param({}, "no text as source", id="empty"),
        pytest.param({"source": ["aws.s3"], "detail-type": {}}, "no source event", id="unhashable"),
        pytest.param(CODECOMMIT | {"source": "aws.codepipeline"}, "aws.codepipeline", id="other-source"),
        pytest.param(without(CODECOMMIT, "detail", "repositoryName"), "detail.repositoryName", id="no-repository"),
        pytest.param(CODECOMMIT | {"detail": "x"}, "detail is no object", id="detail-is-text"),
        pytest.param(CODECOMMIT | {"account": 7}, "account is no text", id="account-is-a-number"),
        pytest.param(without(S3, "detail", "object"), "detail.object is no object", id="no-object"),
        pytest.param(without(TRAIL, "detail", "requestParameters", "key"), "requestParameters.key", id="no-key"),
        pytest.param(TRAIL | {"detail": TRAIL["detail"] | {"eventName": "GetObject"}}, "writes no object", id="read"),
        pytest.param(SCHEDULE | {"resources": []}, "names no rule", id="no-rule"),
    ],
)
def test_g2_what_cannot_be_read_says_why(hostile, why):
    assert why in envelopes.parse(hostile).reason


@law
@given(json_values)
def test_any_json_is_a_change_or_a_reason(value):
    assert isinstance(envelopes.parse(value), envelopes.Unreadable)


@law
@given(st.sampled_from([CODECOMMIT, ECR, S3, TRAIL, SCHEDULE]), st.dictionaries(st.text(max_size=9), json_values))
def test_any_detail_is_a_change_or_a_reason(source, detail):
    envelopes.parse(source | {"detail": detail})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(CodeCommitChange("sh{o}p", "main", "c", **PLACE), id="codecommit"),
        pytest.param(CodeCommitChange("shop", tag="v1", commit="c", **PLACE), id="codecommit-tag"),
        pytest.param(EcrImage("web", "v1", "sha256:1", **PLACE), id="ecr"),
        pytest.param(S3Object("b", "k", "v", "e", **PLACE), id="s3"),
        pytest.param(S3Object("b", "k", through_cloudtrail=True, **PLACE), id="s3-through-cloudtrail"),
        pytest.param(Scheduled("arn:aws:events:eu-west-1:111111111111:rule/x", **PLACE), id="schedule"),
    ],
)
def test_what_is_written_is_read_back(change):
    assert envelopes.parse(envelopes.envelope(change)) == change


def test_the_event_that_came_is_given_back():
    assert envelopes.envelope(envelopes.parse(S3)) is S3


def test_account_and_region_stand_in():
    written = envelopes.envelope(CodeCommitChange("shop", "main"), "111111111111", "eu-west-1")
    assert written["resources"] == CODECOMMIT["resources"]


def test_a_change_reads_as_a_person_would_say_it():
    told = [envelopes.parse(each) for each in (CODECOMMIT, ECR, S3, SCHEDULE)]
    assert [str(each) for each in told] == [
        "referenceUpdated of main in shop",
        "PUSH of web:latest (SUCCESS)",
        "CopyObject of s3://bucket/a.zip",
        "schedule arn:aws:events:eu-west-1:111111111111:rule/nightly",
    ]


def test_a_reference_is_a_branch_or_a_tag():
    odd = CODECOMMIT | {"detail": CODECOMMIT["detail"] | {"referenceType": "note"}}
    assert "neither branch nor tag" in envelopes.parse(odd).reason

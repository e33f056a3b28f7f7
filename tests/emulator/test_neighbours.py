"""STS, resource tagging and CloudTrail, and what access keys stand for."""

from __future__ import annotations

import json

import pytest

from builders import build, pipeline, sources, stage
from emulator.talk import Local, code
from emulator.test_definitions import github
from reconciler.emulator.clocks import Clock
from reconciler.emulator.credentials import Accounts
from reconciler.emulator.site import Site

ROLE = "arn:aws:iam::222222222222:role/path/ci"


def test_a_role_brings_its_account_and_its_name(local):
    given = local.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="ana", DurationSeconds=900)["Credentials"]
    keys = {"key": given["AccessKeyId"], "aws_session_token": given["SessionToken"]}
    who = local.client("sts", **keys).get_caller_identity()
    assert (who["Account"], who["Arn"]) == ("222222222222", "arn:aws:sts::222222222222:assumed-role/ci/ana")
    local.client(**keys).create_pipeline(pipeline=pipeline("shop"))
    assert len(local.client(key="222222222222").list_pipelines()["pipelines"]) == 1


def test_keys_can_stand_for_people():
    accounts = Accounts("333333333333", {"AKIAANA": "arn:aws:iam::111111111111:user/ana", "AKIABOB": "222222222222"})
    local = Local(Site(Clock(0), accounts=accounts))
    who = [local.client("sts", key=key).get_caller_identity()["Arn"] for key in ("AKIAANA", "AKIABOB", "AKIAELSE")]
    local.close()
    assert who == ["arn:aws:iam::111111111111:user/ana", "arn:aws:iam::222222222222:user/AKIABOB",
                   "arn:aws:iam::333333333333:user/AKIAELSE"]  # fmt: skip


@pytest.mark.parametrize("arn", ["arn:aws:iam::222222222222:user/ci", "nothing-of-the-sort-at-all"])
def test_only_roles_are_assumed(local, arn):
    assert code(local.client("sts").assume_role, RoleArn=arn, RoleSessionName="ana") == "ValidationError"


def test_a_session_name_is_bounded(local):
    assert code(local.client("sts").assume_role, RoleArn=ROLE, RoleSessionName="a b") == "ValidationException"


def test_tags_come_in_bulk_and_in_pages(local, client):
    for number in range(5):
        client.create_pipeline(pipeline=pipeline(f"p{number}"), tags=[{"key": "team", "value": "ab"[number % 2]}])
    client.create_pipeline(pipeline=pipeline("untagged"))
    tagging = local.client("resourcegroupstaggingapi")
    pages = list(tagging.get_paginator("get_resources").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["ResourceTagMappingList"]) for page in pages] == [2, 2, 1]
    filtered = tagging.get_resources(
        TagFilters=[{"Key": "team", "Values": ["a"]}], ResourceTypeFilters=["codepipeline"]
    )
    assert [each["ResourceARN"][-2:] for each in filtered["ResourceTagMappingList"]] == ["p0", "p2", "p4"]
    assert tagging.get_resources(ResourceTypeFilters=["s3"])["ResourceTagMappingList"] == []
    assert code(tagging.get_resources, PaginationToken="made-up") == "PaginationTokenExpiredException"


def test_cloudtrail_knows_who_did_what_and_no_secret(local, client):
    client.create_pipeline(pipeline=pipeline("shop", [sources(github()), stage("B", build())]))
    code(client.create_pipeline, pipeline=pipeline("shop"))
    client.list_pipelines()
    found = local.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": "shop"}]
    )["Events"]
    refused, made = [json.loads(each["CloudTrailEvent"]) for each in found]
    assert (refused["errorCode"], made["userIdentity"]["arn"]) == (
        "PipelineNameInUseException",
        "arn:aws:iam::111111111111:user/111111111111",
    )
    assert made["responseElements"]["pipeline"]["version"] == 1
    assert "tell-nobody" not in str(found)


ATTRIBUTES = {"EventName": ("UpdatePipeline", 1), "Username": ("nobody", 0), "ReadOnly": ("true", 0)}


@pytest.mark.parametrize(("key", "value", "number"), [(key, *each) for key, each in ATTRIBUTES.items()], ids=ATTRIBUTES)
def test_events_can_be_looked_up(local, client, key, value, number):
    client.create_pipeline(pipeline=pipeline("shop"))
    client.update_pipeline(pipeline=pipeline("shop"))
    trail = local.client("cloudtrail")
    assert (
        len(trail.lookup_events(LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}])["Events"]) == number
    )


def test_events_come_in_pages_newest_first(local, client):
    for number in range(3):
        client.create_pipeline(pipeline=pipeline(f"p{number}"))
    pages = local.client("cloudtrail").get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 2})
    assert [[each["Resources"][0]["ResourceName"] for each in page["Events"]] for page in pages] == [
        ["p2", "p1"],
        ["p0"],
    ]

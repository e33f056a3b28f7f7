"""The test endpoint, spoken to by the real boto3 over HTTP."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from endpoint import Drop, Endpoint, Request, sample
from reconciler.pipeline import validity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

A, B, REGION = "111111111111", "222222222222", "eu-west-1"
ROLE = f"arn:aws:iam::{A}:role/pipeline"
MOMENT = 1_750_000_000.25

Connect = Any


@pytest.fixture
def clock() -> list[float]:
    """Give the endpoint's time as a list of one number."""
    return [MOMENT]


@pytest.fixture
def endpoint(clock: list[float]) -> Iterator[Endpoint]:
    with Endpoint(clock=lambda: clock[0]) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def session() -> boto3.Session:
    return boto3.Session()


def open_client(session: boto3.Session, service: str, url: str, key: str = A, region: str = REGION, **more: Any) -> Any:
    """Make a client that tries once."""
    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=16)
    keys = {"aws_access_key_id": key, "aws_secret_access_key": "secret", "region_name": region}
    return session.client(service, endpoint_url=url, config=config, **(keys | more))  # type: ignore[call-overload]


@pytest.fixture
def connect(endpoint: Endpoint, session: boto3.Session) -> Iterator[Connect]:
    """Give a function that makes clients without retries: `connect(service, key=…, region=…)`."""
    with contextlib.ExitStack() as stack:

        def client(service: str, key: str = A, region: str = REGION, **more: Any) -> Any:
            made = open_client(session, service, endpoint.url, key, region, **more)
            return stack.enter_context(contextlib.closing(made))

        yield client


@pytest.fixture
def client(connect: Connect) -> Any:
    return connect("codepipeline")


def action(name: str = "Checkout", provider: str = "S3", owner: str = "AWS", **configuration: str) -> dict[str, Any]:
    kind = {"category": "Source", "owner": owner, "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, "configuration": configuration}


def pipeline(name: str = "shop", source: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    approve = {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}
    stages = [
        {"name": "Source", "actions": [source or action()]},
        {"name": "Approve", "actions": [{"name": "Ask", "actionTypeId": approve}]},
    ]
    return {"name": name, "roleArn": ROLE, "artifactStore": {"type": "S3", "location": "box"}, "stages": stages} | more


def arn(name: str = "shop", region: str = REGION) -> str:
    return f"arn:aws:codepipeline:{region}:{A}:{name}"


def refused(call: Callable[..., object], **arguments: Any) -> tuple[str, str, int]:
    """Give code, text and HTTP status of the error with which a call ends."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error, meta = caught.value.response["Error"], caught.value.response["ResponseMetadata"]
    return error["Code"], error["Message"], meta["HTTPStatusCode"]


# --- pipelines


def test_a_new_pipeline_comes_back_with_the_defaults_of_the_service(client: Any) -> None:
    made = client.create_pipeline(pipeline=pipeline())["pipeline"]
    assert (made["version"], made["executionMode"], made["pipelineType"]) == (1, "SUPERSEDED", "V1")
    ask = made["stages"][1]["actions"][0]
    assert (ask["runOrder"], ask["configuration"], ask["inputArtifacts"], ask["outputArtifacts"]) == (1, {}, [], [])


def test_the_log_keeps_the_request_as_it_was_sent(client: Any, endpoint: Endpoint) -> None:
    client.create_pipeline(pipeline=pipeline())
    assert endpoint.log == [Request(1, "CreatePipeline", A, REGION, "shop", {"pipeline": pipeline()}, A)]


def test_metadata_tells_arn_creation_and_last_update(client: Any, clock: list[float]) -> None:
    client.create_pipeline(pipeline=pipeline())
    clock[0] += 10
    client.update_pipeline(pipeline=pipeline())
    metadata = client.get_pipeline(name="shop")["metadata"]
    assert metadata["pipelineArn"] == arn()
    assert (metadata["created"].timestamp(), metadata["updated"].timestamp()) == (MOMENT, MOMENT + 10)


def test_an_old_version_can_be_read_again(client: Any) -> None:
    client.create_pipeline(pipeline=pipeline(source=action(S3Bucket="old")))
    new = client.update_pipeline(pipeline=pipeline(source=action(S3Bucket="new"), version=7))
    assert new["pipeline"]["version"] == 2
    old = client.get_pipeline(name="shop", version=1)["pipeline"]
    assert old["stages"][0]["actions"][0]["configuration"] == {"S3Bucket": "old"}
    assert refused(client.get_pipeline, name="shop", version=3)[0] == "PipelineVersionNotFoundException"


def test_a_second_pipeline_of_the_same_name_is_refused(client: Any) -> None:
    client.create_pipeline(pipeline=pipeline())
    assert refused(client.create_pipeline, pipeline=pipeline())[::2] == ("PipelineNameInUseException", 400)


def test_one_stage_is_too_few_for_creation_and_update(client: Any, endpoint: Endpoint) -> None:
    endpoint.put(A, REGION, pipeline())
    short = pipeline("other") | {"stages": pipeline()["stages"][:1]}
    assert refused(client.create_pipeline, pipeline=short)[0] == "InvalidStructureException"
    assert refused(client.update_pipeline, pipeline=short | {"name": "shop"})[0] == "InvalidStructureException"
    assert endpoint.pipelines(A, REGION).keys() == {"shop"}


def test_a_role_that_is_not_known_cannot_be_assumed(client: Any, endpoint: Endpoint) -> None:
    endpoint.roles = {ROLE}
    code, text, _ = refused(client.create_pipeline, pipeline=pipeline(roleArn=f"{ROLE}-new"))
    assert code == "InvalidStructureException"
    assert text == f"CodePipeline is not authorized to perform AssumeRole on role {ROLE}-new"
    foreign = pipeline(source=action() | {"roleArn": f"arn:aws:iam::{B}:role/read"})
    assert refused(client.create_pipeline, pipeline=foreign)[1].startswith(f"{ROLE} is not authorized")


def test_a_name_with_a_blank_is_refused(client: Any) -> None:
    assert refused(client.create_pipeline, pipeline=pipeline("my shop"))[0] == "ValidationException"


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        pytest.param("get_pipeline", {"name": "shop"}, id="get"),
        pytest.param("update_pipeline", {"pipeline": pipeline()}, id="update"),
        pytest.param("list_pipeline_executions", {"pipelineName": "shop"}, id="executions"),
    ],
)
def test_a_missing_pipeline_is_not_found(client: Any, operation: str, arguments: dict[str, Any]) -> None:
    assert refused(getattr(client, operation), **arguments)[0] == "PipelineNotFoundException"


def test_deleting_is_silent_when_there_is_nothing_left(client: Any, endpoint: Endpoint) -> None:
    endpoint.put(A, REGION, pipeline())
    client.delete_pipeline(name="shop")
    client.delete_pipeline(name="shop")
    assert endpoint.pipelines(A, REGION) == {}


def test_summaries_carry_version_type_mode_and_times(client: Any, endpoint: Endpoint) -> None:
    endpoint.put(A, REGION, pipeline(executionMode="QUEUED", pipelineType="V2"))
    (summary,) = client.list_pipelines()["pipelines"]
    moment = datetime.fromtimestamp(MOMENT, UTC)
    expected = {"name": "shop", "version": 1, "pipelineType": "V2", "executionMode": "QUEUED"}
    assert summary == expected | {"created": moment, "updated": moment}


@pytest.mark.parametrize(("size", "calls"), [(1000, 3), (None, 25)])
def test_2500_pipelines_are_listed_in_pages_by_name(
    client: Any, endpoint: Endpoint, size: int | None, calls: int
) -> None:
    names = [f"p{number:04}" for number in range(2500)]
    for name in reversed(names):
        endpoint.put(A, REGION, pipeline(name))
    pages = client.get_paginator("list_pipelines").paginate(PaginationConfig={"PageSize": size})
    assert [row["name"] for page in pages for row in page["pipelines"]] == names
    assert endpoint.counts() == {"ListPipelines": calls}


def test_a_deletion_between_two_pages_hides_nobody(client: Any, endpoint: Endpoint) -> None:
    for name in "abcd":
        endpoint.put(A, REGION, pipeline(name))
    first = client.list_pipelines(maxResults=2)
    endpoint.remove(A, REGION, "b")
    second = client.list_pipelines(maxResults=2, nextToken=first["nextToken"])
    assert [row["name"] for row in second["pipelines"]] == ["c", "d"]
    assert "nextToken" not in second


@pytest.mark.parametrize("token", ["junk", "after-", "after-%%%", "after-_w=="])
def test_a_foreign_token_is_refused(client: Any, connect: Connect, token: str) -> None:
    assert refused(client.list_pipelines, nextToken=token)[0] == "InvalidNextTokenException"
    tagging = connect("resourcegroupstaggingapi")
    assert refused(tagging.get_resources, PaginationToken=token)[0] == "PaginationTokenExpiredException"


def test_a_page_has_a_largest_size(client: Any, connect: Connect, endpoint: Endpoint) -> None:
    endpoint.put(A, REGION, pipeline())
    assert refused(client.list_pipelines, maxResults=1001)[0] == "ValidationException"
    too_many = refused(client.list_pipeline_executions, pipelineName="shop", maxResults=101)
    assert too_many[0] == "ValidationException"
    tagging = connect("resourcegroupstaggingapi")
    assert refused(tagging.get_resources, ResourcesPerPage=101)[0] == "InvalidParameterException"


# --- triggers and secrets

CONNECTION = {"provider": "CodeStarSourceConnection", "BranchName": "main"}
PUSH = {"push": [{"branches": {"includes": ["main"]}}]}
DEFAULT = [
    {"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": "Checkout"} | PUSH},
]
OTHER = [
    {
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {"sourceActionName": "Checkout", "push": [{"tags": {"includes": ["v*"]}}]},
    }
]


@pytest.mark.parametrize(
    ("more", "configuration", "expected"),
    [
        pytest.param({"pipelineType": "V2"}, {}, DEFAULT, id="added"),
        pytest.param({"pipelineType": "V2"}, {"DetectChanges": "true"}, DEFAULT, id="asked-for"),
        pytest.param({"pipelineType": "V2"}, {"DetectChanges": "false"}, None, id="switched-off"),
        pytest.param({"pipelineType": "V1"}, {}, None, id="type-V1"),
        pytest.param({"pipelineType": "V2", "triggers": OTHER}, {}, OTHER, id="declared"),
        pytest.param({"triggers": OTHER}, {}, OTHER, id="declared-without-type"),
    ],
)
def test_a_connection_gets_the_default_trigger(
    client: Any, more: dict[str, Any], configuration: dict[str, str], expected: object
) -> None:
    client.create_pipeline(pipeline=pipeline(source=action(**CONNECTION | configuration), **more))
    found = client.get_pipeline(name="shop")["pipeline"]
    assert found.get("triggers") == expected
    assert found["pipelineType"] == more.get("pipelineType", "V2")


def test_default_triggers_can_be_switched_off(client: Any, endpoint: Endpoint) -> None:
    endpoint.default_triggers = False
    client.create_pipeline(pipeline=pipeline(source=action(**CONNECTION), pipelineType="V2"))
    assert "triggers" not in client.get_pipeline(name="shop")["pipeline"]


def github(token: str, name: str = "Checkout") -> dict[str, Any]:
    return action(name, "GitHub", "ThirdParty", OAuthToken=token)


def alexa(**more: str) -> dict[str, Any]:
    return action("Skill", "AlexaSkillsKit", "ThirdParty", **more)


def test_secrets_are_masked_in_every_answer_and_kept_inside(client: Any, endpoint: Endpoint) -> None:
    made = client.create_pipeline(pipeline=pipeline(source=github("one")))["pipeline"]
    changed = client.update_pipeline(pipeline=pipeline(source=github("two")))["pipeline"]
    read = client.get_pipeline(name="shop")["pipeline"]
    for answer in (made, changed, read):
        assert answer["stages"][0]["actions"][0]["configuration"] == {"OAuthToken": "****"}
    assert endpoint.secrets(A, REGION, "shop") == {("Source", "Checkout", "OAuthToken"): "two"}


def test_both_secrets_of_an_alexa_skill_are_masked(client: Any, endpoint: Endpoint) -> None:
    endpoint.put(A, REGION, pipeline(source=alexa(ClientId="id", ClientSecret="s", RefreshToken="r")))
    configuration = client.get_pipeline(name="shop")["pipeline"]["stages"][0]["actions"][0]["configuration"]
    assert configuration == {"ClientId": "id", "ClientSecret": "****", "RefreshToken": "****"}


def test_a_mask_keeps_the_secret_of_the_same_stage_and_action(client: Any, endpoint: Endpoint) -> None:
    endpoint.put(A, REGION, pipeline(source=github("one")))
    client.update_pipeline(pipeline=client.get_pipeline(name="shop")["pipeline"])
    assert endpoint.secrets(A, REGION, "shop") == {("Source", "Checkout", "OAuthToken"): "one"}


def test_a_mask_loses_the_secret_of_a_renamed_action(client: Any, endpoint: Endpoint) -> None:
    endpoint.put(A, REGION, pipeline(source=github("one")))
    client.update_pipeline(pipeline=pipeline(source=github("****", "Renamed")))
    assert endpoint.secrets(A, REGION, "shop") == {("Source", "Renamed", "OAuthToken"): "****"}


def test_a_new_pipeline_cannot_carry_a_mask(client: Any, endpoint: Endpoint) -> None:
    code, text, _ = refused(client.create_pipeline, pipeline=pipeline(source=github("****")))
    assert (code, "only when updating" in text) == ("InvalidActionDeclarationException", True)
    assert endpoint.pipelines(A, REGION) == {}


# --- tags


def test_tags_are_created_added_overwritten_and_removed(client: Any, endpoint: Endpoint) -> None:
    given = [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]
    assert client.create_pipeline(pipeline=pipeline(), tags=given)["tags"] == given
    assert endpoint.tags(A, REGION, "shop") == {"a": "1", "b": "2"}
    client.tag_resource(resourceArn=arn(), tags=[{"key": "b", "value": "3"}, {"key": "c", "value": "4"}])
    client.untag_resource(resourceArn=arn(), tagKeys=["a", "absent"])
    assert client.list_tags_for_resource(resourceArn=arn())["tags"] == [
        {"key": "b", "value": "3"},
        {"key": "c", "value": "4"},
    ]
    assert endpoint.tags(A, REGION, "shop") == {"b": "3", "c": "4"}


def test_51_tags_are_too_many_and_store_nothing(client: Any, endpoint: Endpoint) -> None:
    many = [{"key": f"k{number}", "value": ""} for number in range(51)]
    assert refused(client.create_pipeline, pipeline=pipeline(), tags=many)[0] == "TooManyTagsException"
    assert endpoint.pipelines(A, REGION) == {}
    endpoint.put(A, REGION, pipeline(), {"one": "1"})
    assert refused(client.tag_resource, resourceArn=arn(), tags=many[:50])[0] == "TooManyTagsException"
    assert endpoint.tags(A, REGION, "shop") == {"one": "1"}


def test_system_tags_belong_to_aws(client: Any, endpoint: Endpoint) -> None:
    endpoint.put(A, REGION, pipeline())
    system = [{"key": "aws:x", "value": "1"}]
    assert refused(client.tag_resource, resourceArn=arn(), tags=system)[0] == "InvalidTagsException"
    assert refused(client.untag_resource, resourceArn=arn(), tagKeys=["aws:x"])[0] == "InvalidTagsException"


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        pytest.param("arn:aws:s3:::box", "InvalidArnException", id="not-a-pipeline"),
        pytest.param(arn("absent"), "ResourceNotFoundException", id="absent"),
        pytest.param(arn(region="us-east-1"), "ResourceNotFoundException", id="another-Region"),
    ],
)
def test_a_wrong_arn_has_no_tags(client: Any, endpoint: Endpoint, resource: str, code: str) -> None:
    endpoint.put(A, REGION, pipeline())
    assert refused(client.list_tags_for_resource, resourceArn=resource)[0] == code


def test_tagged_pipelines_are_listed_in_bulk(connect: Connect, endpoint: Endpoint) -> None:
    for number in range(120):
        endpoint.put(A, REGION, pipeline(f"p{number:03}"), {"owner": "us"} if number < 110 else None)
    tagging = connect("resourcegroupstaggingapi")
    pages = list(tagging.get_paginator("get_resources").paginate(ResourceTypeFilters=["codepipeline:pipeline"]))
    assert [len(page["ResourceTagMappingList"]) for page in pages] == [50, 50, 10]
    assert pages[0]["ResourceTagMappingList"][0] == {
        "ResourceARN": arn("p000"),
        "Tags": [{"Key": "owner", "Value": "us"}],
    }


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        pytest.param({"TagFilters": [{"Key": "owner", "Values": ["us"]}]}, ["ours"], id="value"),
        pytest.param({"TagFilters": [{"Key": "owner"}]}, ["ours", "theirs"], id="key"),
        pytest.param({"ResourceTypeFilters": ["codepipeline"]}, ["ours", "theirs"], id="service"),
        pytest.param({"ResourceTypeFilters": ["s3"]}, [], id="another-service"),
    ],
)
def test_bulk_tags_can_be_filtered(
    connect: Connect, endpoint: Endpoint, filters: dict[str, Any], names: list[str]
) -> None:
    endpoint.put(A, REGION, pipeline("ours"), {"owner": "us"})
    endpoint.put(A, REGION, pipeline("theirs"), {"owner": "them"})
    rows = connect("resourcegroupstaggingapi").get_resources(**filters)["ResourceTagMappingList"]
    assert [row["ResourceARN"] for row in rows] == [arn(name) for name in names]


# --- executions


def run(number: int, status: str = "Succeeded") -> dict[str, Any]:
    return {"pipelineExecutionId": f"run-{number}", "status": status, "startTime": datetime(2025, 6, 1, tzinfo=UTC)}


def test_executions_are_what_the_test_set(client: Any, endpoint: Endpoint) -> None:
    endpoint.put(A, REGION, pipeline())
    assert client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"] == []
    endpoint.executions[A, REGION, "shop"] = [run(number) for number in range(120)]
    first = client.list_pipeline_executions(pipelineName="shop")
    rest = client.list_pipeline_executions(pipelineName="shop", nextToken=first["nextToken"], maxResults=100)
    assert len(first["pipelineExecutionSummaries"]) == 100
    assert rest["pipelineExecutionSummaries"] == [run(number) for number in range(100, 120)]


@pytest.mark.parametrize(("mode", "status"), [("SUPERSEDED", "Cancelled"), ("PARALLEL", "InProgress")])
def test_an_update_ends_what_runs(client: Any, endpoint: Endpoint, mode: str, status: str) -> None:
    endpoint.put(A, REGION, pipeline(executionMode=mode))
    endpoint.executions[A, REGION, "shop"] = [run(2, "InProgress"), run(1)]
    client.update_pipeline(pipeline=pipeline())
    assert [entry["status"] for entry in endpoint.executions[A, REGION, "shop"]] == [status, "Succeeded"]


def test_a_stage_filter_is_refused(client: Any, endpoint: Endpoint) -> None:
    endpoint.put(A, REGION, pipeline())
    stage = {"succeededInStage": {"stageName": "Source"}}
    assert refused(client.list_pipeline_executions, pipelineName="shop", filter=stage)[0] == "ValidationException"


# --- accounts and Regions


def test_the_access_key_names_the_account(connect: Connect, endpoint: Endpoint) -> None:
    for key in (A, B):
        connect("codepipeline", key).create_pipeline(pipeline=pipeline(f"of-{key}"))
    assert endpoint.pipelines(A, REGION).keys() == {f"of-{A}"}
    assert endpoint.pipelines(B, REGION).keys() == {f"of-{B}"}
    assert connect("sts", "AKIAANYTHINGELSE").get_caller_identity()["Account"] == endpoint.account


def test_regions_are_separate(connect: Connect, endpoint: Endpoint) -> None:
    connect("codepipeline", region="us-east-1").create_pipeline(pipeline=pipeline())
    assert connect("codepipeline").list_pipelines()["pipelines"] == []
    assert endpoint.pipelines(A, "us-east-1").keys() == {"shop"}


def test_an_assumed_role_acts_in_its_own_account(connect: Connect, endpoint: Endpoint) -> None:
    role = f"arn:aws:iam::{B}:role/path/deployer"
    answer = connect("sts").assume_role(RoleArn=role, RoleSessionName="test", ExternalId="x<&>")
    given = answer["Credentials"]
    keys = {"aws_secret_access_key": given["SecretAccessKey"], "aws_session_token": given["SessionToken"]}
    connect("codepipeline", given["AccessKeyId"], **keys).create_pipeline(pipeline=pipeline())
    identity = connect("sts", given["AccessKeyId"], **keys).get_caller_identity()
    assert endpoint.pipelines(B, REGION).keys() == {"shop"}
    assert (identity["Account"], identity["Arn"]) == (B, f"arn:aws:sts::{B}:assumed-role/deployer/test")
    assert given["Expiration"] > datetime.now(UTC)
    assert endpoint.log[0].body["ExternalId"] == "x<&>"


def test_a_role_that_is_no_role_cannot_be_assumed(connect: Connect) -> None:
    wrong = {"RoleArn": f"arn:aws:iam::{B}:user/somebody", "RoleSessionName": "test"}
    assert refused(connect("sts").assume_role, **wrong)[0] == "ValidationError"


# --- faults


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        pytest.param({}, ("ThrottlingException", "Rate exceeded", 400), id="throttling"),
        pytest.param({"error": "InternalFailure"}, ("InternalFailure", "Internal Failure", 500), id="500"),
        pytest.param({"error": "AccessDenied", "message": "no"}, ("AccessDenied", "no", 400), id="text"),
        pytest.param({"error": "Busy", "status": 503}, ("Busy", "ordered: Busy", 503), id="status"),
    ],
)
def test_an_ordered_error_meets_one_request(
    client: Any, endpoint: Endpoint, order: dict[str, Any], expected: tuple[str, str, int]
) -> None:
    endpoint.fail("ListPipelines", **order)
    assert refused(client.list_pipelines) == expected
    assert client.list_pipelines()["pipelines"] == []


def test_an_order_meets_only_what_fits(connect: Connect, endpoint: Endpoint) -> None:
    endpoint.fail(account=B, name="shop", region=REGION, times=None)
    endpoint.put(A, REGION, pipeline())
    connect("codepipeline").get_pipeline(name="shop")
    connect("codepipeline", B).list_pipelines()
    other = connect("codepipeline", B)
    assert {refused(other.get_pipeline, name="shop")[0] for _ in range(3)} == {"ThrottlingException"}
    endpoint.clear_orders()
    assert refused(other.get_pipeline, name="shop")[0] == "PipelineNotFoundException"


def test_orders_are_met_one_after_the_other(client: Any, endpoint: Endpoint) -> None:
    endpoint.fail("ListPipelines", "First", times=2)
    endpoint.fail("ListPipelines", "Second")
    assert [refused(client.list_pipelines)[0] for _ in range(3)] == ["First", "First", "Second"]


@pytest.mark.parametrize(("after_effect", "names"), [(False, set()), (True, {"shop"})], ids=["before", "after"])
@pytest.mark.parametrize("error", ["drop", "InternalFailure"])
def test_an_answer_is_lost_before_or_after_the_effect(
    client: Any, endpoint: Endpoint, error: str, after_effect: bool, names: set[str]
) -> None:
    endpoint.fail("CreatePipeline", error, after_effect=after_effect)
    with pytest.raises(ConnectionClosedError if error == "drop" else ClientError):
        client.create_pipeline(pipeline=pipeline())
    assert endpoint.pipelines(A, REGION).keys() == names
    assert endpoint.counts() == {"CreatePipeline": 1}


def test_a_proxy_answers_with_a_page(client: Any, endpoint: Endpoint) -> None:
    endpoint.fail("ListPipelines", "html")
    assert refused(client.list_pipelines)[2] == 502
    endpoint.fail("ListPipelines", "html", status=200)
    answer = client.list_pipelines()  # botocore takes the page for an empty answer
    assert answer.keys() == {"ResponseMetadata"}
    assert "x-amzn-requestid" not in answer["ResponseMetadata"]["HTTPHeaders"]


def test_an_error_of_sts_is_xml(connect: Connect, endpoint: Endpoint) -> None:
    endpoint.fail("AssumeRole", "AccessDenied", status=403, message="not <you>")
    role = {"RoleArn": f"arn:aws:iam::{B}:role/r", "RoleSessionName": "test"}
    assert refused(connect("sts").assume_role, **role) == ("AccessDenied", "not <you>", 403)


def test_calls_above_the_rate_are_throttled_until_time_goes_by(
    client: Any, endpoint: Endpoint, clock: list[float]
) -> None:
    endpoint.throttle_above(2)
    client.list_pipelines()
    client.list_pipelines()
    assert refused(client.list_pipelines)[:2] == ("ThrottlingException", "Rate exceeded")
    assert refused(client.get_pipeline, name="shop")[0] == "PipelineNotFoundException"
    clock[0] += 0.5
    client.list_pipelines()
    assert refused(client.list_pipelines)[0] == "ThrottlingException"


def test_what_is_not_served_is_an_unknown_operation(client: Any) -> None:
    assert refused(client.list_webhooks)[0] == "UnknownOperationException"


def test_a_transition_is_shut_with_a_reason_and_opened_again(client: Any, endpoint: Endpoint) -> None:
    endpoint.put(A, REGION, pipeline())
    name, stage = pipeline()["name"], pipeline()["stages"][1]["name"]
    place = {"pipelineName": name, "stageName": stage, "transitionType": "Inbound"}
    client.disable_stage_transition(**place, reason="freeze")
    assert endpoint.transitions(A, REGION, name) == {stage: "freeze"}
    states = {each["stageName"]: each for each in client.get_pipeline_state(name=name)["stageStates"]}
    assert states[stage]["inboundTransitionState"] == {"enabled": False, "disabledReason": "freeze"}
    client.enable_stage_transition(**place)
    assert endpoint.transitions(A, REGION, name) == {}
    assert refused(client.enable_stage_transition, **(place | {"stageName": "x"}))[0] == "StageNotFoundException"
    assert refused(client.disable_stage_transition, **place, reason="a, b")[0] == "ValidationException"


def post(endpoint: Endpoint, body: bytes, **headers: str) -> tuple[int, dict[str, str]]:
    headers["X-Amz-Target"] = "CodePipeline_20150709.ListPipelines"
    request = urllib.request.Request(endpoint.url, body, headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    with caught.value as error:
        return error.code, json.load(error)


def test_an_unsigned_request_is_refused(endpoint: Endpoint) -> None:
    status, body = post(endpoint, b"{}")
    assert (status, body["__type"]) == (403, "MissingAuthenticationTokenException")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(endpoint: Endpoint, body: bytes) -> None:
    signature = f"AWS4-HMAC-SHA256 Credential={A}/20250601/{REGION}/codepipeline/aws4_request"
    status, answer = post(endpoint, body, Authorization=signature)
    assert (status, answer["__type"]) == (400, "SerializationException")


# --- watching and changing from outside


def test_a_console_edit_makes_the_next_version(client: Any, endpoint: Endpoint, clock: list[float]) -> None:
    endpoint.put(A, REGION, pipeline(source=github("one")))
    clock[0] += 60
    endpoint.edit(A, REGION, "shop", lambda document: document["stages"].reverse())
    endpoint.edit(A, REGION, "shop", lambda document: document | {"executionMode": "PARALLEL"})
    (summary,) = client.list_pipelines()["pipelines"]
    assert (summary["version"], summary["updated"].timestamp()) == (3, MOMENT + 60)
    assert [stage["name"] for stage in endpoint.get(A, REGION, "shop")["stages"]] == ["Approve", "Source"]
    assert endpoint.secrets(A, REGION, "shop") == {("Source", "Checkout", "OAuthToken"): "one"}


def test_tags_can_be_replaced_behind_the_back(client: Any, endpoint: Endpoint) -> None:
    endpoint.put(A, REGION, pipeline(), {"owner": "us"})
    endpoint.tag(A, REGION, "shop", {"owner": "them"})
    assert client.list_tags_for_resource(resourceArn=arn())["tags"] == [{"key": "owner", "value": "them"}]


def test_what_is_put_and_got_is_nobody_elses(endpoint: Endpoint) -> None:
    document = pipeline()
    endpoint.put(A, REGION, document)
    for mine in (document, endpoint.get(A, REGION, "shop")):
        mine["stages"][0]["actions"][0]["configuration"]["S3Bucket"] = "changed"
    assert endpoint.get(A, REGION, "shop")["stages"][0]["actions"][0]["configuration"] == {}


def test_requests_are_logged_in_order_and_counted(client: Any, endpoint: Endpoint) -> None:
    client.list_pipelines(maxResults=5)
    endpoint.clear_log()
    endpoint.fail("DeletePipeline")
    refused(client.delete_pipeline, name="a")
    refused(client.get_pipeline, name="b")
    assert [(entry.serial, entry.operation, entry.name) for entry in endpoint.log] == [
        (2, "DeletePipeline", "a"),
        (3, "GetPipeline", "b"),
    ]
    assert endpoint.counts() == {"DeletePipeline": 1, "GetPipeline": 1}


def test_hooks_see_a_request_before_and_after_its_effect(client: Any, endpoint: Endpoint) -> None:
    seen: list[tuple[str, bool]] = []
    endpoint.before(lambda request: seen.append(("before", request.name in endpoint.pipelines(A, REGION))))
    endpoint.after(lambda request: seen.append(("after", request.name in endpoint.pipelines(A, REGION))))
    client.create_pipeline(pipeline=pipeline())
    assert seen == [("before", False), ("after", True)]


def test_a_client_can_be_cut_off_after_any_request(client: Any, endpoint: Endpoint) -> None:
    @endpoint.before
    def cut(request: Request) -> None:
        if request.serial > 2:
            raise Drop

    for name in "abcd":
        with contextlib.suppress(ConnectionClosedError):
            client.create_pipeline(pipeline=pipeline(name))
    assert endpoint.pipelines(A, REGION).keys() == {"a", "b"}


CREATE_THREE = """
import json, sys, boto3
client = boto3.client("codepipeline", endpoint_url=sys.argv[1], region_name="eu-west-1",
                      aws_access_key_id="111111111111", aws_secret_access_key="s")
for name in "abc":
    client.create_pipeline(pipeline=json.loads(sys.argv[2]) | {"name": name})
"""


def test_a_process_can_be_killed_between_two_requests(endpoint: Endpoint) -> None:
    @endpoint.after
    def kill(request: Request) -> None:
        if request.name == "b":
            process.kill()

    command = [sys.executable, "-c", CREATE_THREE, endpoint.url, json.dumps(pipeline())]
    process = subprocess.Popen(command)
    assert process.wait(60) == -signal.SIGKILL
    assert endpoint.pipelines(A, REGION).keys() == {"a", "b"}


def test_a_blocked_request_does_not_hold_up_others(client: Any, endpoint: Endpoint) -> None:
    endpoint.put(A, REGION, pipeline())
    versions: list[int] = []

    @endpoint.before
    def race(request: Request) -> None:
        if request.operation == "UpdatePipeline":
            versions.append(client.get_pipeline(name="shop")["pipeline"]["version"])

    client.update_pipeline(pipeline=pipeline())
    assert versions == [1]


def test_many_threads_are_served_and_every_update_counts_once(client: Any, endpoint: Endpoint) -> None:
    endpoint.put(A, REGION, pipeline())
    with ThreadPoolExecutor(16) as pool:
        updates = [pool.submit(client.update_pipeline, pipeline=pipeline()) for _ in range(100)]
    versions = sorted(update.result()["pipeline"]["version"] for update in updates)
    assert versions == list(range(2, 102))
    assert [entry.serial for entry in endpoint.log] == list(range(1, 101))


def test_a_check_and_its_write_are_one_step(client: Any, endpoint: Endpoint) -> None:
    free: list[bool] = []
    with ThreadPoolExecutor(1) as other:

        class Roles(set[str]):
            def __contains__(self, role: object) -> bool:
                free.append(other.submit(endpoint.lock.acquire, blocking=False).result())
                return True

        endpoint.roles = Roles()
        client.create_pipeline(pipeline=pipeline())
    assert free == [False]


def test_requests_may_come_in_one_piece_or_in_many(endpoint: Endpoint) -> None:
    two = b"GET /counts HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" * 2
    with socket.create_connection(("127.0.0.1", int(endpoint.url.rpartition(":")[2]))) as connection:
        for piece in (two, two[:10], two[10:47], two[47:]):
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        answers = connection.makefile("rb").read()
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 4


def test_latency_delays_an_answer(client: Any, endpoint: Endpoint) -> None:
    endpoint.latency = 0.05
    start = time.monotonic()
    client.list_pipelines()
    assert time.monotonic() - start > 0.045


def test_a_defect_in_a_hook_is_told_to_the_test(session: boto3.Session) -> None:
    def broken(endpoint: Endpoint) -> None:
        endpoint.before(lambda _: 1 / 0)
        with contextlib.closing(open_client(session, "codepipeline", endpoint.url)) as client, endpoint:
            assert refused(client.list_pipelines)[2] == 500

    with pytest.raises(ZeroDivisionError):
        broken(Endpoint())


def test_nobody_is_served_after_the_end() -> None:
    with Endpoint() as endpoint:
        url = f"{endpoint.url}/counts"
        with urllib.request.urlopen(url) as answer:
            assert json.load(answer) == {}
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url)
    endpoint.close()


# --- samples and the process


def test_samples_are_valid_distinct_and_always_the_same() -> None:
    documents = sample(30, account=A, region=REGION)
    assert [fault for document in documents for fault in validity.check(document) if fault.severity == "error"] == []
    assert documents == sample(30, account=A, region=REGION)
    assert [documents[0]["name"], documents[29]["name"]] == ["svc0001-prod-deploy", "svc0030-prod-deploy"]


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_a_sample_has_five_stages_and_twelve_actions_in_6_to_8_kilobytes(environment: str) -> None:
    for document in sample(7, account=A, region=REGION, environment=environment):
        assert (len(document["stages"]), sum(len(stage["actions"]) for stage in document["stages"])) == (5, 12)
        assert 6000 < len(json.dumps(document)) < 8192


def test_a_sample_comes_back_as_it_was_sent(client: Any) -> None:
    (document,) = sample(1, account=A, region=REGION)
    client.create_pipeline(pipeline=document)
    assert client.get_pipeline(name=document["name"])["pipeline"] == document | {"version": 1}


@pytest.mark.parametrize("start", [["endpoint"], ["-m", "endpoint"]], ids=["folder", "module"])
def test_the_endpoint_runs_as_a_process_with_samples(session: boto3.Session, start: list[str]) -> None:
    options = ["--pipelines", "3", "--tag", "owner=us", "--target", f"{B}/us-east-1", "--latency", "0.001"]
    here = Path(__file__).parent
    environment = os.environ | {"PYTHONPATH": str(here)}
    command = [sys.executable, *start, *options]
    with subprocess.Popen(command, cwd=here, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with contextlib.closing(open_client(session, "resourcegroupstaggingapi", url, B, "us-east-1")) as client:
            rows = client.get_resources()["ResourceTagMappingList"]
        with urllib.request.urlopen(f"{url}/counts") as answer:
            assert json.load(answer) == {"GetResources": 1}
        process.terminate()
    assert [row["Tags"] for row in rows] == [[{"Key": "owner", "Value": "us"}]] * 3

"""Custom action types and webhooks as resources: tags, versions, limits of what a caller may say of them."""

from __future__ import annotations

import pytest

from builders import ACCOUNT, REGION, build, pipeline, sources, stage
from emulator.talk import code
from emulator.test_operations import CUSTOM, HOOK, TYPE, bazel
from simulation.worlds import document

BASE = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}"
KINDS = {"type": f"{BASE}:actiontype:Custom/Build/Bazel/1", "webhook": f"{BASE}:webhook:hook"}


@pytest.fixture
def both(client):
    client.create_pipeline(pipeline=document())
    client.create_custom_action_type(**CUSTOM, tags=[{"key": "a", "value": "1"}])
    client.put_webhook(webhook=HOOK, tags=[{"key": "a", "value": "1"}])
    return client


@pytest.mark.parametrize("arn", KINDS.values(), ids=KINDS)
def test_types_and_webhooks_have_tags_too(local, both, arn):
    both.tag_resource(resourceArn=arn, tags=[{"key": "b", "value": "2"}])
    both.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert both.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]
    found = local.client("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"]
    assert {"ResourceARN": arn, "Tags": [{"Key": "b", "Value": "2"}]} in found


@pytest.mark.parametrize("arn", [f"{BASE}:actiontype:Custom/Build/Bazel/2", f"{BASE}:webhook:none", f"{BASE}:other:x"])
def test_what_is_not_there_has_none(both, arn):
    assert code(both.list_tags_for_resource, resourceArn=arn) == "ResourceNotFoundException"


def test_tags_survive_a_changed_webhook(both):
    both.put_webhook(webhook=HOOK | {"filters": [{"jsonPath": "$.x"}]})
    assert both.list_webhooks()["webhooks"][0]["tags"] == [{"key": "a", "value": "1"}]


def test_a_deleted_version_comes_back_only_as_it_was(both):
    which = {"category": "Build", "provider": "Bazel", "version": "1"}
    assert code(both.create_custom_action_type, **CUSTOM) == "ValidationException"
    for _ in range(2):
        both.delete_custom_action_type(**which)
    other = CUSTOM | {"inputArtifactDetails": {"minimumCount": 1, "maximumCount": 1}}
    assert [code(both.create_custom_action_type, **each) for each in (other, CUSTOM)] == ["ValidationException", ""]


def test_a_custom_configuration_is_held_against_its_type(both):
    made = pipeline("x", [sources(), stage("B", bazel(Unknown="1"))])
    assert code(both.create_pipeline, pipeline=made) == "InvalidActionDeclarationException"


def test_secrets_of_custom_types_are_masked_and_kept(local, both):
    both.create_pipeline(pipeline=pipeline("x", [sources(), stage("B", bazel(Pass="hush"))]))
    read = both.get_pipeline(name="x")["pipeline"]
    assert read["stages"][1]["actions"][0]["configuration"]["Pass"] == "****"
    both.update_pipeline(pipeline=read)
    both.start_pipeline_execution(name="x")
    local.say("settle")
    (job,) = both.poll_for_jobs(actionTypeId=TYPE)["jobs"]
    assert job["data"]["actionConfiguration"]["configuration"]["Pass"] == "hush"


def test_a_job_names_the_key_of_its_store(local, both):
    key = {"id": "alias/shop", "type": "KMS"}
    store = {"type": "S3", "location": "shop-artifacts", "encryptionKey": key}
    both.create_pipeline(pipeline=pipeline("x", [sources(), stage("B", bazel())], artifactStore=store))
    local.say("settle")
    assert both.poll_for_jobs(actionTypeId=TYPE)["jobs"][0]["data"]["encryptionKey"] == key


def test_a_variable_is_given_once(both):
    twice = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    assert code(both.start_pipeline_execution, name="shop", variables=twice) == "ValidationException"


def test_only_what_counts_of_each_action_can_be_asked_for(local, client):
    local.say("outcomes", given={"B/X": ["fails", "succeeds"]})
    client.create_pipeline(pipeline=document(stage("B", build("X"))))
    local.say("settle")
    one = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
    client.retry_stage_execution(pipelineName="shop", stageName="B", pipelineExecutionId=one, retryMode="ALL_ACTIONS")
    local.say("settle")

    def number(span):
        latest = {"latestInPipelineExecution": {"pipelineExecutionId": one, "startTimeRange": span}}
        return len(client.list_action_executions(pipelineName="shop", filter=latest)["actionExecutionDetails"])

    assert (number("All"), number("Latest")) == (3, 2)

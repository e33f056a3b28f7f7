"""Reads and writes as the service does them: what it fills in, masks, keeps and loses (reference A.9, F.4)."""

from __future__ import annotations

import copy

import pytest

from builders import action, build, connection, pipeline, sources, stage, trigger
from emulator.talk import code
from simulation.worlds import document, gate

TOKEN = {"Owner": "shop", "Repo": "web", "Branch": "main", "OAuthToken": "tell-nobody"}


def github(name="Checkout", **more):
    return action(name, "Source", "GitHub", owner="ThirdParty", outputs=("source",), configuration={**TOKEN, **more})


def test_defaults_are_filled_in_and_nothing_else(client):
    made = client.create_pipeline(pipeline=pipeline("shop"))["pipeline"]
    assert (made["version"], made["executionMode"], made["pipelineType"]) == (1, "SUPERSEDED", "V1")
    compiled = made["stages"][1]["actions"][0]
    assert (compiled["runOrder"], compiled["outputArtifacts"]) == (1, [])
    assert not {"region", "roleArn", "namespace"} & compiled.keys()
    assert client.get_pipeline(name="shop")["pipeline"] == made


V2 = {
    "variables": {"variables": [{"name": "TAG", "defaultValue": "1"}]},
    "mode": {"executionMode": "QUEUED"},
    "condition": {"stages": [sources(), stage("B", build(), beforeEntry=gate("FAIL"))]},
    "trigger": {"stages": [sources(connection()), stage("B", build())], "triggers": [trigger()]},
}


@pytest.mark.parametrize("members", V2.values(), ids=V2)
def test_a_v2_only_parameter_makes_the_pipeline_v2(client, members):
    stages = members.get("stages")
    rest = {key: value for key, value in members.items() if key != "stages"}
    assert client.create_pipeline(pipeline=pipeline("shop", stages, **rest))["pipeline"]["pipelineType"] == "V2"


@pytest.mark.parametrize(
    ("kind", "detects", "triggers"),
    [("V2", None, 1), ("V2", "true", 1), ("V2", "false", 0), ("V1", None, 0)],
    ids=["V2", "said", "off", "V1"],
)
def test_a_connection_that_watches_has_a_default_trigger(client, kind, detects, triggers):
    more = {"DetectChanges": detects} if detects else {}
    stages = [sources(connection(branch="trunk", **more)), stage("B", build())]
    made = client.create_pipeline(pipeline=pipeline("shop", stages, pipelineType=kind))["pipeline"]
    found = made.get("triggers", [])
    assert [each["gitConfiguration"]["push"] for each in found] == [[{"branches": {"includes": ["trunk"]}}]] * triggers


def test_declared_triggers_stay_as_they_are(client):
    stages = [sources(connection()), stage("B", build())]
    made = client.create_pipeline(pipeline=pipeline("shop", stages, triggers=[trigger("Checkout", "release")]))[
        "pipeline"
    ]
    assert made["triggers"][0]["gitConfiguration"]["push"][0]["branches"]["includes"] == ["release"]


def test_old_versions_can_be_read_by_number(client):
    client.create_pipeline(pipeline=pipeline("shop"))
    client.update_pipeline(pipeline=pipeline("shop", [sources(), stage("Other", build())]))
    names = [client.get_pipeline(name="shop", version=number)["pipeline"]["stages"][1]["name"] for number in (1, 2)]
    assert names == ["Build", "Other"]
    assert [each["version"] for each in client.list_pipelines()["pipelines"]] == [2]


def test_a_version_that_is_sent_is_ignored_and_an_identical_update_counts(client):
    client.create_pipeline(pipeline=pipeline("shop"))
    read = client.get_pipeline(name="shop")["pipeline"]
    assert client.update_pipeline(pipeline=read | {"version": 77})["pipeline"]["version"] == 2


def test_creating_starts_an_execution_and_updating_does_not(client):
    client.create_pipeline(pipeline=pipeline("shop"))
    client.update_pipeline(pipeline=pipeline("shop"))
    runs = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"]
    assert [each["trigger"]["triggerType"] for each in runs] == ["CreatePipeline"]


def secret(local):
    document = local.site.place(("111111111111", "eu-west-1")).world.tracks["shop"].blueprint.document
    return document["stages"][0]["actions"][0]["configuration"]["OAuthToken"]


def test_a_secret_is_masked_and_a_mask_keeps_it(local, client):
    client.create_pipeline(pipeline=pipeline("shop", [sources(github()), stage("B", build())]))
    read = client.get_pipeline(name="shop")["pipeline"]
    assert read["stages"][0]["actions"][0]["configuration"]["OAuthToken"] == "****"
    client.update_pipeline(pipeline=read)
    assert secret(local) == "tell-nobody"


@pytest.mark.parametrize("what", ["stage", "action"])
def test_a_rename_loses_the_secret(local, client, what):
    client.create_pipeline(pipeline=pipeline("shop", [sources(github()), stage("B", build())]))
    read = copy.deepcopy(client.get_pipeline(name="shop")["pipeline"])
    (read["stages"][0] if what == "stage" else read["stages"][0]["actions"][0])["name"] = "Renamed"
    client.update_pipeline(pipeline=read)
    assert secret(local) == "****"


def test_tags_and_transitions_are_no_part_of_a_declaration(client):
    client.create_pipeline(pipeline=document(), tags=[{"key": "team", "value": "shop"}])
    client.disable_stage_transition(pipelineName="shop", stageName="D", transitionType="Inbound", reason="freeze")
    client.update_pipeline(pipeline=document())
    arn = client.get_pipeline(name="shop")["metadata"]["pipelineArn"]
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "team", "value": "shop"}]
    state = client.get_pipeline_state(name="shop")["stageStates"][2]["inboundTransitionState"]
    assert (state["enabled"], state["lastChangedBy"]) == (False, "arn:aws:iam::111111111111:user/111111111111")


def test_a_refused_creation_leaves_nothing(client):
    code(client.create_pipeline, pipeline=pipeline("shop"), tags=[{"key": "aws:x", "value": "y"}])
    assert client.list_pipelines()["pipelines"] == []


def test_a_pipeline_that_is_created_again_begins_anew(local, client):
    for _ in range(2):
        client.create_pipeline(pipeline=pipeline("shop"))
        local.say("settle")
        assert client.list_pipelines()["pipelines"][0]["version"] == 1
        assert len(client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"]) == 1
        client.delete_pipeline(name="shop")
    client.delete_pipeline(name="shop")


def test_accounts_and_regions_do_not_see_each_other(local):
    places = [("111111111111", "eu-west-1"), ("111111111111", "us-east-1"), ("222222222222", "eu-west-1")]
    for account, region in places:
        local.client(key=account, region=region).create_pipeline(pipeline=pipeline(f"in-{account}-{region}"))
    for account, region in places:
        names = [each["name"] for each in local.client(key=account, region=region).list_pipelines()["pipelines"]]
        assert names == [f"in-{account}-{region}"]


def test_a_webhook_starts_its_pipeline_when_it_is_signed(local, client):
    import hashlib
    import hmac

    from emulator.test_operations import HOOK

    client.create_pipeline(pipeline=document())
    url = client.put_webhook(webhook=HOOK)["webhook"]["url"]
    path, body = url.removeprefix(local.url), b'{"ref": "refs/heads/main"}'
    signed = {"X-Hub-Signature-256": "sha256=" + hmac.new(b"tell-nobody", body, hashlib.sha256).hexdigest()}
    assert [local.post(path, body, headers)[0] for headers in ({}, signed)] == [403, 200]
    runs = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"]
    assert runs[0]["trigger"]["triggerType"] == "Webhook"

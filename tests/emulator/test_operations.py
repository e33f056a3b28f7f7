"""Every operation through boto3; each answer is held against the service model by the client itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from builders import action, build, pipeline, sources, stage
from emulator.talk import code
from simulation.worlds import approval, document, gate

TYPE = {"category": "Build", "owner": "Custom", "provider": "Bazel", "version": "1"}
CUSTOM = {"category": "Build", "provider": "Bazel", "version": "1",
          "inputArtifactDetails": {"minimumCount": 0, "maximumCount": 5},
          "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 5},
          "configurationProperties": [{"name": "Target", "required": True, "key": True, "secret": False,
                                       "queryable": True},
                                      {"name": "Pass", "required": False, "key": False, "secret": True}]}  # fmt: skip
SNYK = {"category": "Invoke", "owner": "ThirdParty", "provider": "Snyk", "version": "1"}
HOOK = {"name": "hook", "targetPipeline": "shop", "targetAction": "Checkout", "authentication": "GITHUB_HMAC",
        "filters": [{"jsonPath": "$.ref", "matchEquals": "refs/heads/main"}],
        "authenticationConfiguration": {"SecretToken": "tell-nobody"}}  # fmt: skip
ARN = "arn:aws:codepipeline:eu-west-1:111111111111:shop"


def bazel(name="Make", **configuration):
    return action(
        name, "Build", "Bazel", owner="Custom", inputs=("source",), configuration={"Target": "web", **configuration}
    )


def partner(name="Scan"):
    return action(name, "Invoke", "Snyk", owner="ThirdParty", inputs=("source",), outputs=("scanned",))


@pytest.fixture
def called(client):
    """The names of the operations that the client called."""
    names = []
    client.meta.events.register(
        "before-call.codepipeline", lambda model, **_: names.append(model.name), unique_id="names"
    )
    yield names
    client.meta.events.unregister("before-call.codepipeline", unique_id="names")


def test_there_are_44_and_each_is_answered(local, client, called):
    for part in (definitions, executions, conditions, jobs, partners, webhooks, types):
        local.reset()
        part(local, client)
    assert set(called) == set(client.meta.service_model.operation_names)


def definitions(_local, client):
    client.create_pipeline(pipeline=document(), tags=[{"key": "team", "value": "shop"}])
    client.update_pipeline(pipeline=document())
    assert client.get_pipeline(name="shop")["pipeline"]["version"] == 2
    assert [each["name"] for each in client.list_pipelines()["pipelines"]] == ["shop"]
    client.tag_resource(resourceArn=ARN, tags=[{"key": "stage", "value": "prod"}])
    client.untag_resource(resourceArn=ARN, tagKeys=["team"])
    assert client.list_tags_for_resource(resourceArn=ARN)["tags"] == [{"key": "stage", "value": "prod"}]
    client.delete_pipeline(name="shop")
    assert client.list_pipelines()["pipelines"] == []


def executions(local, client):
    local.say("outcomes", given={"D/Y": ["fails", "succeeds"]})
    client.create_pipeline(pipeline=document(stage("B", build("X"), approval()), stage("D", build("Y"))))
    one = client.start_pipeline_execution(name="shop", clientRequestToken="again")["pipelineExecutionId"]
    assert client.start_pipeline_execution(name="shop", clientRequestToken="again")["pipelineExecutionId"] == one
    client.stop_pipeline_execution(pipelineName="shop", pipelineExecutionId=one, reason="enough")
    client.disable_stage_transition(pipelineName="shop", stageName="D", transitionType="Inbound", reason="freeze")
    client.enable_stage_transition(pipelineName="shop", stageName="D", transitionType="Inbound")
    local.say("advance", span="10m")
    actions = client.get_pipeline_state(name="shop")["stageStates"][1]["actionStates"]
    token = next(each["latestExecution"]["token"] for each in actions if each["actionName"] == "Approve")
    client.put_approval_result(pipelineName="shop", stageName="B", actionName="Approve", token=token,
                               result={"summary": "", "status": "Approved"})  # fmt: skip
    local.say("settle")
    first = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][-1][
        "pipelineExecutionId"
    ]
    which = {"pipelineName": "shop", "pipelineExecutionId": first}
    assert client.get_pipeline_execution(**which)["pipelineExecution"]["status"] == "Failed"
    client.retry_stage_execution(**which, stageName="D", retryMode="ALL_ACTIONS")
    local.say("settle")
    again = client.rollback_stage(pipelineName="shop", stageName="D", targetPipelineExecutionId=first)
    local.say("settle")
    run = client.get_pipeline_execution(pipelineName="shop", pipelineExecutionId=again["pipelineExecutionId"])
    assert run["pipelineExecution"]["rollbackMetadata"]["rollbackTargetPipelineExecutionId"] == first
    found = client.list_action_executions(pipelineName="shop", filter={"pipelineExecutionId": first})
    assert [each["status"] for each in found["actionExecutionDetails"] if each["actionName"] == "Y"] == [
        "Succeeded",
        "Failed",
    ]
    revision = {"revisionId": "r1", "revisionChangeId": "c1", "created": datetime(2026, 1, 5, tzinfo=UTC)}
    asked = {"pipelineName": "shop", "stageName": "Source", "actionName": "Checkout", "actionRevision": revision}
    assert [client.put_action_revision(**asked)["newRevision"] for _ in range(2)] == [True, False]
    target = found["actionExecutionDetails"][0]["actionExecutionId"]
    assert client.list_deploy_action_execution_targets(pipelineName="shop", actionExecutionId=target)["targets"] == []


def conditions(local, client):
    local.say("outcomes", given={"B.beforeEntry/Gate": "fails", "B.onSuccess/Gate": "succeeds"})
    client.create_pipeline(pipeline=document(stage("B", build("X"), beforeEntry=gate("FAIL"), onSuccess=gate("FAIL"))))
    local.say("settle")
    one = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
    asked = {"pipelineName": "shop", "stageName": "B", "pipelineExecutionId": one}
    client.override_stage_condition(**asked, conditionType="BEFORE_ENTRY")
    local.say("settle")
    rules = client.list_rule_executions(pipelineName="shop")["ruleExecutionDetails"]
    assert {each["ruleName"] for each in rules} == {"Gate"}
    state = client.get_pipeline_state(name="shop")["stageStates"][1]
    assert state["beforeEntryConditionState"]["latestExecution"]["status"] == "Overridden"
    assert (
        state["onSuccessConditionState"]["conditionStates"][0]["ruleStates"][0]["latestExecution"]["status"]
        == "Succeeded"
    )
    ids = {each["ruleExecutionId"] for each in rules}
    assert (
        state["onSuccessConditionState"]["conditionStates"][0]["ruleStates"][0]["latestExecution"]["ruleExecutionId"]
        in ids
    )
    latest = {"latestInPipelineExecution": {"pipelineExecutionId": one, "startTimeRange": "Latest"}}
    assert len(client.list_rule_executions(pipelineName="shop", filter=latest)["ruleExecutionDetails"]) == 2


def jobs(local, client):
    client.create_custom_action_type(**CUSTOM, tags=[{"key": "team", "value": "tools"}])
    client.create_pipeline(pipeline=document(stage("B", bazel("Make", Pass="hush"), bazel("Test"))))
    local.say("settle")
    one, two = client.poll_for_jobs(actionTypeId=TYPE, maxBatchSize=5, queryParam={"Target": "web"})["jobs"]
    assert one["data"]["actionConfiguration"]["configuration"] == {"Target": "web", "Pass": "hush"}
    assert client.acknowledge_job(jobId=one["id"], nonce=one["nonce"])["status"] == "InProgress"
    assert client.get_job_details(jobId=one["id"])["jobDetails"]["data"]["pipelineContext"]["pipelineName"] == "shop"
    client.put_job_success_result(jobId=one["id"], continuationToken="more", executionDetails={"percentComplete": 50})
    states = client.get_pipeline_state(name="shop")["stageStates"][1]["actionStates"]
    assert states[0]["latestExecution"]["percentComplete"] == 50
    (again,) = client.poll_for_jobs(actionTypeId=TYPE)["jobs"]
    assert (again["id"], again["data"]["continuationToken"]) == (one["id"], "more")
    client.acknowledge_job(jobId=again["id"], nonce=again["nonce"])
    client.put_job_success_result(jobId=one["id"], outputVariables={"SIZE": "9"})
    client.acknowledge_job(jobId=two["id"], nonce=two["nonce"])
    client.put_job_failure_result(jobId=two["id"], failureDetails={"type": "JobFailed", "message": "no"})
    local.say("settle")
    made, tested = client.get_pipeline_state(name="shop")["stageStates"][1]["actionStates"]
    assert (made["latestExecution"]["status"], tested["latestExecution"]["errorDetails"]["message"]) == (
        "Succeeded",
        "no",
    )
    shown = client.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
    assert next(each for each in shown if each["actionName"] == "Make")["input"]["configuration"]["Pass"] == "****"


def partners(local, client):
    local.say("outcomes", given={"B/*": "worker"})
    client.create_pipeline(
        pipeline=document(
            stage(
                "B",
                partner(),
                action("Again", "Invoke", "Snyk", owner="ThirdParty", inputs=("source",), outputs=("more",)),
            )
        )
    )
    local.say("settle")
    one, two = client.poll_for_third_party_jobs(actionTypeId=SNYK, maxBatchSize=2)["jobs"]
    asked = {"jobId": one["jobId"], "clientToken": one["clientId"]}
    nonce = client.get_third_party_job_details(**asked)["jobDetails"]["nonce"]
    assert client.acknowledge_third_party_job(**asked, nonce=nonce)["status"] == "InProgress"
    client.put_third_party_job_success_result(**asked, executionDetails={"summary": "clean"})
    other = {"jobId": two["jobId"], "clientToken": two["clientId"]}
    nonce = client.get_third_party_job_details(**other)["jobDetails"]["nonce"]
    client.acknowledge_third_party_job(**other, nonce=nonce)
    client.put_third_party_job_failure_result(**other, failureDetails={"type": "JobFailed", "message": "dirty"})
    states = client.get_pipeline_state(name="shop")["stageStates"][1]["actionStates"]
    assert [each["latestExecution"]["summary"] for each in states] == ["clean", "dirty"]
    assert code(client.get_third_party_job_details, **asked) == "InvalidJobException"


def webhooks(_local, client):
    client.create_pipeline(pipeline=document())
    made = client.put_webhook(webhook=HOOK, tags=[{"key": "team", "value": "shop"}])["webhook"]
    assert made["definition"]["authenticationConfiguration"] == {"SecretToken": "****"}
    client.register_webhook_with_third_party(webhookName="hook")
    client.deregister_webhook_with_third_party(webhookName="hook")
    assert [each["url"] for each in client.list_webhooks()["webhooks"]] == [made["url"]]
    client.delete_webhook(name="hook")
    assert client.list_webhooks()["webhooks"] == []


def types(_local, client):
    client.create_custom_action_type(**CUSTOM)
    mine = client.list_action_types(actionOwnerFilter="Custom")["actionTypes"]
    assert [each["name"] for each in mine[0]["actionConfigurationProperties"]] == ["Target", "Pass", "JobList"]
    client.delete_custom_action_type(category="Build", provider="Bazel", version="1")
    assert client.list_action_types(actionOwnerFilter="Custom")["actionTypes"] == []
    assert "VariableCheck" in {each["id"]["provider"] for each in client.list_rule_types()["ruleTypes"]}
    which = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}
    declared = client.get_action_type(**which)["actionType"]
    client.update_action_type(actionType={**declared, "description": "ours"})
    assert client.get_action_type(**which)["actionType"]["description"] == "ours"


def test_pages_hold_everything_once(client):
    for number in range(7):
        client.create_pipeline(pipeline=pipeline(f"p{number}"))
    pages = client.get_paginator("list_pipelines").paginate(PaginationConfig={"PageSize": 3})
    names = [[each["name"] for each in page["pipelines"]] for page in pages]
    assert names == [["p0", "p1", "p2"], ["p3", "p4", "p5"], ["p6"]]


@pytest.mark.parametrize("name", ["list_pipeline_executions", "list_action_executions"])
def test_histories_are_newest_first_over_pages(local, client, name):
    client.create_pipeline(pipeline=document())
    for _ in range(4):
        local.say("settle")
        local.say("advance", span="1m")
        client.start_pipeline_execution(name="shop")
    pages = client.get_paginator(name).paginate(pipelineName="shop", PaginationConfig={"PageSize": 2})
    times = [each["startTime"] for page in pages for rows in page.values() if isinstance(rows, list) for each in rows]
    assert len(times) > 4
    assert times == sorted(times, reverse=True)


def test_only_twelve_months_are_listed(local, client):
    client.create_pipeline(pipeline=document())
    local.say("advance", span="364d")
    assert len(client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"]) == 1
    local.say("advance", span="2d")
    assert client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"] == []


def test_executions_that_succeeded_in_a_stage_can_be_asked_for(local, client):
    local.say("outcomes", given={"D/Y": "fails"})
    client.create_pipeline(pipeline=document())
    local.say("settle")

    def found(name):
        asked = {"succeededInStage": {"stageName": name}}
        return len(client.list_pipeline_executions(pipelineName="shop", filter=asked)["pipelineExecutionSummaries"])

    assert (found("B"), found("D")) == (1, 0)


def test_a_start_can_carry_variables_and_revisions(local, client):
    made = document(variables=[{"name": "TAG", "defaultValue": "none"}])
    client.create_pipeline(pipeline=made)
    override = [{"actionName": "Checkout", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": "v7"}]
    one = client.start_pipeline_execution(
        name="shop", variables=[{"name": "TAG", "value": "9"}], sourceRevisions=override
    )
    local.say("settle")
    run = client.get_pipeline_execution(pipelineName="shop", pipelineExecutionId=one["pipelineExecutionId"])[
        "pipelineExecution"
    ]
    assert run["variables"] == [{"name": "TAG", "resolvedValue": "9"}]
    assert [each["revisionId"] for each in run["artifactRevisions"]] == ["v7"]


def test_a_deployment_to_instances_has_targets(local, client):
    settings = {
        "InstanceTagKey": "role",
        "InstanceTagValue": "web",
        "InstanceType": "EC2",
        "TargetDirectory": "/srv",
        "PostScript": "a.sh",
    }
    client.create_pipeline(
        pipeline=document(stage("D", action("Go", "Deploy", "EC2", inputs=("source",), configuration=settings)))
    )
    local.say("settle")
    one = client.list_action_executions(pipelineName="shop")["actionExecutionDetails"][0]["actionExecutionId"]
    targets = client.list_deploy_action_execution_targets(pipelineName="shop", actionExecutionId=one)["targets"]
    assert [each["status"] for each in targets] == ["Succeeded"]


def test_the_first_stage_holds_only_sources(client):
    assert (
        code(client.create_pipeline, pipeline=pipeline("x", [stage("B", build()), sources()]))
        == "InvalidStructureException"
    )

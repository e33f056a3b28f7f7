"""The table of errors: what a caller did, and the class of the answer; then every class that the model knows."""

from __future__ import annotations

import pytest
from botocore.loaders import Loader

from builders import ACCOUNT, action, build, pipeline, sources, stage
from emulator.talk import Local, code
from emulator.test_operations import ARN, CUSTOM, HOOK, TYPE, bazel, partner
from reconciler.emulator.clocks import Clock
from reconciler.emulator.places import Quotas, Rules
from reconciler.emulator.site import Site
from simulation.worlds import approval, document, gate

UUID = "00000000-0000-4000-8000-000000000000"
SHAPES = Loader().load_service_model("codepipeline", "service-2")["shapes"]
MODELLED = sorted(name for name, shape in SHAPES.items() if shape.get("exception"))
MANY = [{"key": f"k{number}", "value": "v"} for number in range(51)]
SYSTEM = [{"key": "aws:team", "value": "v"}]
OAUTH = {"Owner": "shop", "Repo": "web", "Branch": "main", "OAuthToken": "****"}
SHOP = {"pipelineName": "shop"}
RETRY = {"result": "RETRY"}
RESULT = {"summary": "", "status": "Approved"}

TABLE = [
    ("get_pipeline", {"name": "none"}, "PipelineNotFoundException"),
    ("get_pipeline", {"name": "shop", "version": 9}, "PipelineVersionNotFoundException"),
    ("get_pipeline", {"name": "not a name"}, "ValidationException"),
    ("create_pipeline", {"pipeline": document()}, "PipelineNameInUseException"),
    ("create_pipeline", {"pipeline": pipeline("x", [sources()])}, "InvalidStructureException"),
    ("create_pipeline", {"pipeline": pipeline("x", [sources(), stage("B", action("X", "Build", "CodeBild"))])},
     "InvalidActionDeclarationException"),
    ("create_pipeline", {"pipeline": pipeline("x", [sources(), stage("B", bazel())])},
     "InvalidActionDeclarationException"),
    ("create_pipeline", {"pipeline": pipeline("x", [sources(action("S", "Source", "GitHub", owner="ThirdParty",
      outputs=("source",), configuration=OAUTH)), stage("B", build())])}, "InvalidActionDeclarationException"),
    ("create_pipeline", {"pipeline": pipeline("x"), "tags": MANY}, "TooManyTagsException"),
    ("create_pipeline", {"pipeline": pipeline("x"), "tags": SYSTEM}, "InvalidTagsException"),
    ("update_pipeline", {"pipeline": pipeline("none")}, "PipelineNotFoundException"),
    ("update_pipeline", {"pipeline": document(stage("B", build(), onFailure=RETRY | gate("ROLLBACK")))},
     "InvalidStageDeclarationException"),
    ("list_pipelines", {"nextToken": "made-up"}, "InvalidNextTokenException"),
    ("list_tags_for_resource", {"resourceArn": ARN, "nextToken": "x"}, "InvalidNextTokenException"),
    ("list_tags_for_resource", {"resourceArn": ARN.replace("shop", "none")}, "ResourceNotFoundException"),
    ("list_tags_for_resource", {"resourceArn": ARN.replace(ACCOUNT, "222222222222")}, "ResourceNotFoundException"),
    ("tag_resource", {"resourceArn": ARN, "tags": MANY}, "TooManyTagsException"),
    ("tag_resource", {"resourceArn": ARN, "tags": SYSTEM}, "InvalidTagsException"),
    ("untag_resource", {"resourceArn": ARN, "tagKeys": ["aws:x"]}, "InvalidTagsException"),
    ("start_pipeline_execution", {"name": "none"}, "PipelineNotFoundException"),
    ("start_pipeline_execution", {"name": "shop", "variables": [{"name": "no", "value": "x"}]}, "ValidationException"),
    ("stop_pipeline_execution", {**SHOP, "pipelineExecutionId": UUID}, "PipelineExecutionNotStoppableException"),
    ("get_pipeline_execution", {**SHOP, "pipelineExecutionId": UUID}, "PipelineExecutionNotFoundException"),
    ("list_action_executions", {**SHOP, "filter": {"pipelineExecutionId": UUID}}, "PipelineExecutionNotFoundException"),
    ("list_deploy_action_execution_targets", {**SHOP, "actionExecutionId": UUID}, "ActionExecutionNotFoundException"),
    ("retry_stage_execution", {**SHOP, "stageName": "none", "pipelineExecutionId": UUID, "retryMode": "ALL_ACTIONS"},
     "StageNotFoundException"),
    ("retry_stage_execution", {**SHOP, "stageName": "B", "pipelineExecutionId": UUID, "retryMode": "ALL_ACTIONS"},
     "StageNotRetryableException"),
    ("rollback_stage", {**SHOP, "stageName": "B", "targetPipelineExecutionId": UUID},
     "PipelineExecutionNotFoundException"),
    ("override_stage_condition", {**SHOP, "stageName": "B", "pipelineExecutionId": "$latest",
      "conditionType": "ON_SUCCESS"},
     "ConditionNotOverridableException"),
    ("disable_stage_transition", {**SHOP, "stageName": "B", "transitionType": "Inbound", "reason": "ü"},
     "ValidationException"),
    ("enable_stage_transition", {**SHOP, "stageName": "none", "transitionType": "Inbound"}, "StageNotFoundException"),
    ("put_approval_result", {**SHOP, "stageName": "B", "actionName": "none", "token": UUID, "result": RESULT},
     "ActionNotFoundException"),
    ("put_approval_result", {**SHOP, "stageName": "B", "actionName": "Approve", "token": UUID, "result": RESULT},
     "InvalidApprovalTokenException"),
    ("poll_for_jobs", {"actionTypeId": TYPE}, "ActionTypeNotFoundException"),
    ("acknowledge_job", {"jobId": UUID, "nonce": "1"}, "JobNotFoundException"),
    ("get_action_type", TYPE | {"owner": "AWS"}, "ActionTypeNotFoundException"),
    ("delete_custom_action_type", {"category": "Build", "provider": "x y", "version": "1"}, "ValidationException"),
    ("put_webhook", {"webhook": HOOK | {"targetPipeline": "none"}}, "PipelineNotFoundException"),
    ("put_webhook", {"webhook": HOOK | {"filters": [{"jsonPath": "ref["}]}}, "InvalidWebhookFilterPatternException"),
    ("put_webhook", {"webhook": HOOK | {"authenticationConfiguration": {}}},
     "InvalidWebhookAuthenticationParametersException"),
    ("register_webhook_with_third_party", {"webhookName": "none"}, "WebhookNotFoundException"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "arguments", "expected"), TABLE, ids=[f"{row[0]}-{number}-{row[2]}" for number, row in enumerate(TABLE)]
)
def test_a_wrong_call_is_refused_with_the_class_of_the_service(local, client, call, arguments, expected):
    client.create_pipeline(pipeline=document(stage("B", build("X"), approval()), stage("D", build("Y"))))
    local.say("settle")
    latest = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0][
        "pipelineExecutionId"
    ]
    given = {key: latest if value == "$latest" else value for key, value in arguments.items()}
    assert code(getattr(client, call), **given) == expected


def test_an_arn_of_another_service_is_none(client):
    arn = "arn:aws:codepipeline::111111111111:" + "x"
    assert code(client.list_tags_for_resource, resourceArn=arn.replace("codepipeline::", "codecommit::")) in (
        "ValidationException", "InvalidArnException",
    )  # fmt: skip


def test_a_fifty_first_execution_is_refused(client):
    client.create_pipeline(pipeline=document(mode="PARALLEL"))
    for _ in range(49):
        client.start_pipeline_execution(name="shop")
    assert code(client.start_pipeline_execution, name="shop") == "ConcurrentPipelineExecutionsLimitExceededException"


def test_quotas_are_limits():
    local = Local(Site(Clock(0), Rules(quotas=Quotas(pipelines=1, custom_types=1, webhooks=1))))
    client = local.client()
    client.create_pipeline(pipeline=document())
    client.create_custom_action_type(**CUSTOM)
    client.put_webhook(webhook=HOOK)
    found = [
        code(client.create_pipeline, pipeline=pipeline("x")),
        code(client.create_custom_action_type, **CUSTOM | {"version": "2"}),
        code(client.put_webhook, webhook=HOOK | {"name": "other"}),
    ]
    local.close()
    assert found == ["LimitExceededException"] * 3


def test_a_worker_is_refused_what_is_not_its_own(local, client):
    client.create_custom_action_type(**CUSTOM)
    client.create_pipeline(pipeline=document(stage("B", bazel())))
    local.say("settle")
    (job,) = client.poll_for_jobs(actionTypeId=TYPE)["jobs"]
    assert code(client.put_job_success_result, jobId=job["id"]) == "InvalidJobStateException"
    assert code(client.acknowledge_job, jobId=job["id"], nonce="999") == "InvalidNonceException"
    client.acknowledge_job(jobId=job["id"], nonce=job["nonce"])
    much = {f"K{number}": "x" * 100_000 for number in range(2)}
    assert (
        code(client.put_job_success_result, jobId=job["id"], outputVariables=much)
        == "OutputVariablesSizeExceededException"
    )


def test_a_partner_needs_its_token(local, client):
    local.say("outcomes", given={"B/*": "worker"})
    client.create_pipeline(pipeline=document(stage("B", partner())))
    local.say("settle")
    (job,) = client.poll_for_third_party_jobs(
        actionTypeId={**TYPE, "owner": "ThirdParty", "provider": "Snyk", "category": "Invoke"}
    )["jobs"]
    assert (
        code(client.get_third_party_job_details, jobId=job["jobId"], clientToken="x") == "InvalidClientTokenException"
    )


def test_an_executor_must_be_what_it_says(client):
    which = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}
    declared = client.get_action_type(**which)["actionType"]
    declared["executor"]["type"] = "Lambda"
    assert code(client.update_action_type, actionType=declared) == "RequestFailedException"


@pytest.mark.parametrize("name", MODELLED)
def test_every_modelled_error_can_be_ordered_and_is_raised_as_its_class(local, client, name):
    operation = next((key for key, each in OPERATIONS.items() if name in each), "GetPipeline")
    local.say("faults", error=name)
    with pytest.raises(getattr(client.exceptions, name)):
        client.list_pipelines()
    assert operation


OPERATIONS = {
    name: {each["shape"] for each in operation.get("errors", ())}
    for name, operation in Loader().load_service_model("codepipeline", "service-2")["operations"].items()
}


def test_wrong_bounds_are_told_together_and_secrets_are_not(local):
    made = document(sources(action("S", "Source", "GitHub", owner="ThirdParty", outputs=("source",),
                                   configuration={"OAuthToken": ""})), stage("B", build("X", runOrder=0)))  # fmt: skip
    status, answer = local.ask("CreatePipeline", {"pipeline": made | {"name": "a b"}})
    assert (status, answer["__type"]) == (400, "ValidationException")
    assert answer["message"].startswith("3 validation errors detected: Value 'a b' at 'pipeline.name'")
    assert "Value at 'pipeline.stages.1.member.actions.1.member.configuration.OAuthToken.member'" in answer["message"]

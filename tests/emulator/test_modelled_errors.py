"""Every operation with every error that the service model lists for it: reached by a call, or why it cannot be."""

from __future__ import annotations

import pytest
from botocore import xform_name
from botocore.loaders import Loader

from builders import ACCOUNT, REGION, action, build, pipeline, sources, stage
from emulator.talk import Local, code
from emulator.test_operations import ARN, CUSTOM, HOOK, SNYK, TYPE, bazel, partner
from reconciler.emulator.clocks import Clock
from reconciler.emulator.places import Quotas, Rules
from reconciler.emulator.site import Site
from simulation.worlds import approval, document, gate

CROWD = "222222222222"
"""An account whose two pipelines run as many executions as may be."""
FULL = "333333333333"
"""An account without room, at an endpoint of its own."""

OPERATIONS = {
    name: {each["shape"].removesuffix("Exception") for each in operation.get("errors", ())}
    for name, operation in Loader().load_service_model("codepipeline", "service-2")["operations"].items()
}
UUID = "00000000-0000-4000-8000-000000000000"
NOBODY = {"pipelineName": "none"}
SHOP, DONE, CLASH, STOPPING = ({"pipelineName": name} for name in ("shop", "done", "clash", "stopping"))
MANY = [{"key": f"k{number}", "value": "v"} for number in range(51)]
SYSTEM = [{"key": "aws:team", "value": "v"}]
TAG = [{"key": "team", "value": "v"}]
INBOUND = {"transitionType": "Inbound", "reason": "freeze"}
RETRY = {"stageName": "B", "retryMode": "FAILED_ACTIONS", "pipelineExecutionId": UUID}
BACK = {"stageName": "B", "targetPipelineExecutionId": UUID}
OVERRIDE = {"stageName": "B", "conditionType": "ON_SUCCESS", "pipelineExecutionId": UUID}
REVISION = {"revisionId": "r1", "revisionChangeId": "c1", "created": 1767600000}
REVISED = {"stageName": "Source", "actionName": "Checkout", "actionRevision": REVISION}
ANSWER = {"stageName": "B", "actionName": "Approve", "token": UUID, "result": {"summary": "", "status": "Approved"}}
FAILURE = {"failureDetails": {"type": "JobFailed", "message": "no"}}
JOB, THEIRS = {"jobId": UUID}, {"jobId": UUID, "clientToken": "$client"}
STRANGER = {"jobId": "$dispatched partner", "clientToken": "x"}
TARGETS = {"actionExecutionId": UUID}
TOKEN = {"nextToken": "made-up"}
ONE = {"filter": {"pipelineExecutionId": UUID}}
NOT_AN_ARN, ELSEWHERE = ARN.replace(ACCOUNT, f"shop:{ACCOUNT}"), ARN.replace("shop", "none")
UNKNOWN = {"category": "Build", "owner": "AWS", "provider": "None", "version": "1"}
EXECUTOR = {"executor": {"type": "Lambda", "configuration": {}}, "id": {**UNKNOWN, "provider": "CodeBuild"},
            "inputArtifactDetails": {"minimumCount": 0, "maximumCount": 1},
            "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 1}}  # fmt: skip
BROKEN = {"stage": {"pipeline": document(stage("B", build(), onFailure={"result": "RETRY"} | gate("ROLLBACK")))},
          "action": {"pipeline": document(stage("B", action("X", "Build", "CodeBild")))},
          "structure": {"pipeline": pipeline("shop", [sources()])}}  # fmt: skip
FRESH = {"pipeline": pipeline("fresh")}
LARGE = {"outputVariables": {f"K{number}": "x" * 100_000 for number in range(2)}}

TABLE = [
    ("AcknowledgeJob", "InvalidNonce", {"jobId": "$dispatched", "nonce": "999"}),
    ("AcknowledgeJob", "JobNotFound", JOB | {"nonce": "1"}),
    ("AcknowledgeThirdPartyJob", "InvalidClientToken", STRANGER | {"nonce": "1"}),
    ("AcknowledgeThirdPartyJob", "InvalidNonce", STRANGER | {"nonce": "999", "clientToken": "$client"}),
    ("AcknowledgeThirdPartyJob", "JobNotFound", THEIRS | {"nonce": "1"}),
    ("CreateCustomActionType", "InvalidTags", CUSTOM | {"version": "2", "tags": SYSTEM}),
    ("CreateCustomActionType", "LimitExceeded", CUSTOM, FULL),
    ("CreateCustomActionType", "TooManyTags", CUSTOM | {"version": "2", "tags": MANY}),
    ("CreatePipeline", "InvalidActionDeclaration", BROKEN["action"]),
    ("CreatePipeline", "InvalidStageDeclaration", BROKEN["stage"]),
    ("CreatePipeline", "InvalidStructure", BROKEN["structure"]),
    ("CreatePipeline", "InvalidTags", FRESH | {"tags": SYSTEM}),
    ("CreatePipeline", "LimitExceeded", FRESH, FULL),
    ("CreatePipeline", "PipelineNameInUse", {"pipeline": document()}),
    ("CreatePipeline", "TooManyTags", FRESH | {"tags": MANY}),
    ("DeregisterWebhookWithThirdParty", "WebhookNotFound", {"webhookName": "none"}),
    ("DisableStageTransition", "PipelineNotFound", NOBODY | INBOUND | {"stageName": "B"}),
    ("DisableStageTransition", "StageNotFound", SHOP | INBOUND | {"stageName": "none"}),
    ("EnableStageTransition", "PipelineNotFound", NOBODY | {"stageName": "B", "transitionType": "Inbound"}),
    ("EnableStageTransition", "StageNotFound", SHOP | {"stageName": "none", "transitionType": "Inbound"}),
    ("GetActionType", "ActionTypeNotFound", UNKNOWN),
    ("GetJobDetails", "JobNotFound", JOB),
    ("GetPipeline", "PipelineNotFound", {"name": "none"}),
    ("GetPipeline", "PipelineVersionNotFound", {"name": "shop", "version": 9}),
    ("GetPipelineExecution", "PipelineExecutionNotFound", SHOP | {"pipelineExecutionId": UUID}),
    ("GetPipelineExecution", "PipelineNotFound", NOBODY | {"pipelineExecutionId": UUID}),
    ("GetPipelineState", "PipelineNotFound", {"name": "none"}),
    ("GetThirdPartyJobDetails", "InvalidClientToken", STRANGER),
    ("GetThirdPartyJobDetails", "InvalidJob", {"jobId": "$ended partner", "clientToken": "$client"}),
    ("GetThirdPartyJobDetails", "JobNotFound", THEIRS),
    ("ListActionExecutions", "InvalidNextToken", SHOP | TOKEN),
    ("ListActionExecutions", "PipelineExecutionNotFound", SHOP | ONE),
    ("ListActionExecutions", "PipelineNotFound", NOBODY),
    ("ListActionTypes", "InvalidNextToken", TOKEN),
    ("ListDeployActionExecutionTargets", "ActionExecutionNotFound", SHOP | TARGETS),
    ("ListDeployActionExecutionTargets", "InvalidNextToken", SHOP | TOKEN | {"actionExecutionId": "$action"}),
    ("ListDeployActionExecutionTargets", "PipelineNotFound", NOBODY | TARGETS),
    ("ListPipelineExecutions", "InvalidNextToken", SHOP | TOKEN),
    ("ListPipelineExecutions", "PipelineNotFound", NOBODY),
    ("ListPipelines", "InvalidNextToken", TOKEN),
    ("ListRuleExecutions", "InvalidNextToken", SHOP | TOKEN),
    ("ListRuleExecutions", "PipelineExecutionNotFound", SHOP | ONE),
    ("ListRuleExecutions", "PipelineNotFound", NOBODY),
    ("ListTagsForResource", "InvalidArn", {"resourceArn": NOT_AN_ARN}),
    ("ListTagsForResource", "InvalidNextToken", {"resourceArn": ARN} | TOKEN),
    ("ListTagsForResource", "ResourceNotFound", {"resourceArn": ELSEWHERE}),
    ("ListWebhooks", "InvalidNextToken", {"NextToken": "made-up"}),
    ("OverrideStageCondition", "ConcurrentPipelineExecutionsLimitExceeded",
     OVERRIDE | {"pipelineName": "gated", "stageName": "D", "pipelineExecutionId": "$gated",
                 "conditionType": "BEFORE_ENTRY"}, CROWD),
    ("OverrideStageCondition", "ConditionNotOverridable", DONE | OVERRIDE | {"pipelineExecutionId": "$latest"}),
    ("OverrideStageCondition", "NotLatestPipelineExecution", DONE | OVERRIDE | {"pipelineExecutionId": "$first"}),
    ("OverrideStageCondition", "PipelineNotFound", NOBODY | OVERRIDE),
    ("OverrideStageCondition", "StageNotFound", SHOP | OVERRIDE | {"stageName": "none"}),
    ("PollForJobs", "ActionTypeNotFound", {"actionTypeId": {**TYPE, "version": "9"}}),
    ("PollForThirdPartyJobs", "ActionTypeNotFound", {"actionTypeId": {**SNYK, "version": "9"}}),
    ("PutActionRevision", "ActionNotFound", SHOP | REVISED | {"actionName": "none"}),
    ("PutActionRevision", "ConcurrentPipelineExecutionsLimitExceeded", REVISED | {"pipelineName": "crowd"}, CROWD),
    ("PutActionRevision", "PipelineNotFound", NOBODY | REVISED),
    ("PutActionRevision", "StageNotFound", SHOP | REVISED | {"stageName": "none"}),
    ("PutApprovalResult", "ActionNotFound", SHOP | ANSWER | {"actionName": "none"}),
    ("PutApprovalResult", "ApprovalAlreadyCompleted", ANSWER | {"pipelineName": "answered", "token": "$answered"}),
    ("PutApprovalResult", "InvalidApprovalToken", SHOP | ANSWER),
    ("PutApprovalResult", "PipelineNotFound", NOBODY | ANSWER),
    ("PutApprovalResult", "StageNotFound", SHOP | ANSWER | {"stageName": "none"}),
    ("PutJobFailureResult", "InvalidJobState", FAILURE | {"jobId": "$dispatched"}),
    ("PutJobFailureResult", "JobNotFound", FAILURE | JOB),
    ("PutJobSuccessResult", "InvalidJobState", {"jobId": "$dispatched"}),
    ("PutJobSuccessResult", "JobNotFound", JOB),
    ("PutJobSuccessResult", "OutputVariablesSizeExceeded", LARGE | {"jobId": "$acknowledged"}),
    ("PutThirdPartyJobFailureResult", "InvalidClientToken", FAILURE | STRANGER),
    ("PutThirdPartyJobFailureResult", "InvalidJobState", FAILURE | STRANGER | {"clientToken": "$client"}),
    ("PutThirdPartyJobFailureResult", "JobNotFound", FAILURE | THEIRS),
    ("PutThirdPartyJobSuccessResult", "InvalidClientToken", STRANGER),
    ("PutThirdPartyJobSuccessResult", "InvalidJobState", STRANGER | {"clientToken": "$client"}),
    ("PutThirdPartyJobSuccessResult", "JobNotFound", THEIRS),
    ("PutWebhook", "InvalidTags", {"webhook": HOOK, "tags": SYSTEM}),
    ("PutWebhook", "InvalidWebhookAuthenticationParameters", {"webhook": HOOK | {"authenticationConfiguration": {}}}),
    ("PutWebhook", "InvalidWebhookFilterPattern", {"webhook": HOOK | {"filters": [{"jsonPath": "ref["}]}}),
    ("PutWebhook", "LimitExceeded", {"webhook": HOOK}, FULL),
    ("PutWebhook", "PipelineNotFound", {"webhook": HOOK | {"targetPipeline": "none"}}),
    ("PutWebhook", "TooManyTags", {"webhook": HOOK, "tags": MANY}),
    ("RegisterWebhookWithThirdParty", "WebhookNotFound", {"webhookName": "none"}),
    ("RetryStageExecution", "ConcurrentPipelineExecutionsLimitExceeded",
     RETRY | {"pipelineName": "crowd", "pipelineExecutionId": "$crowd"}, CROWD),
    ("RetryStageExecution", "Conflict", CLASH | RETRY | {"stageName": "Clash", "pipelineExecutionId": "$clash"}),
    ("RetryStageExecution", "NotLatestPipelineExecution", DONE | RETRY | {"pipelineExecutionId": "$first"}),
    ("RetryStageExecution", "PipelineNotFound", NOBODY | RETRY),
    ("RetryStageExecution", "StageNotFound", SHOP | RETRY | {"stageName": "none"}),
    ("RetryStageExecution", "StageNotRetryable", SHOP | RETRY),
    ("RollbackStage", "PipelineExecutionNotFound", SHOP | BACK),
    ("RollbackStage", "PipelineNotFound", NOBODY | BACK),
    ("RollbackStage", "StageNotFound", SHOP | BACK | {"stageName": "none"}),
    ("RollbackStage", "UnableToRollbackStage",
     DONE | BACK | {"stageName": "Source", "targetPipelineExecutionId": "$first"}),
    ("StartPipelineExecution", "ConcurrentPipelineExecutionsLimitExceeded", {"name": "crowd"}, CROWD),
    ("StartPipelineExecution", "PipelineNotFound", {"name": "none"}),
    ("StopPipelineExecution", "DuplicatedStopRequest", STOPPING | {"pipelineExecutionId": "$stopping"}),
    ("StopPipelineExecution", "PipelineExecutionNotStoppable", SHOP | {"pipelineExecutionId": UUID}),
    ("StopPipelineExecution", "PipelineNotFound", NOBODY | {"pipelineExecutionId": UUID}),
    ("TagResource", "InvalidArn", {"resourceArn": NOT_AN_ARN, "tags": TAG}),
    ("TagResource", "InvalidTags", {"resourceArn": ARN, "tags": SYSTEM}),
    ("TagResource", "ResourceNotFound", {"resourceArn": ELSEWHERE, "tags": TAG}),
    ("TagResource", "TooManyTags", {"resourceArn": ARN, "tags": MANY}),
    ("UntagResource", "InvalidArn", {"resourceArn": NOT_AN_ARN, "tagKeys": ["team"]}),
    ("UntagResource", "InvalidTags", {"resourceArn": ARN, "tagKeys": ["aws:x"]}),
    ("UntagResource", "ResourceNotFound", {"resourceArn": ELSEWHERE, "tagKeys": ["team"]}),
    ("UpdateActionType", "ActionTypeNotFound", {"actionType": EXECUTOR | {"id": UNKNOWN}}),
    ("UpdateActionType", "RequestFailed", {"actionType": EXECUTOR}),
    ("UpdatePipeline", "InvalidActionDeclaration", BROKEN["action"]),
    ("UpdatePipeline", "InvalidStageDeclaration", BROKEN["stage"]),
    ("UpdatePipeline", "InvalidStructure", BROKEN["structure"]),
]  # fmt: skip
"""Operation, error without its ending, arguments, and the account if it is another; `$` names what the scene has."""

ONE_AT_A_TIME = "the service tells so of two requests that meet; here an account's requests are done one after another"
RESERVED = "reserved for future use (reference B.2): nothing declares a blocker"
BEYOND = {
    **{
        (name, error): ONE_AT_A_TIME
        for name, errors in OPERATIONS.items()
        for error in errors & {"ConcurrentModification", "Conflict"}
        if (name, error) != ("RetryStageExecution", "Conflict")
    },
    ("CreatePipeline", "InvalidBlockerDeclaration"): RESERVED,
    ("UpdatePipeline", "InvalidBlockerDeclaration"): RESERVED,
    ("UpdatePipeline", "LimitExceeded"): "an update adds no pipeline, and bounds inside one are its structure's",
    ("ListRuleTypes", "InvalidNextToken"): "the operation takes no token",
    ("RollbackStage", "PipelineExecutionOutdated"):
        "no fact tells it from UnableToRollbackStage, which answers a changed version (reference E.12)",
}  # fmt: skip
"""What no call reaches, and why; `POST /_local/faults` gives each of them on order."""


@pytest.fixture(scope="module")
def scene():
    """Give an endpoint, clients by account, and what happened there by its name in the table."""
    local, full = Local(), Local(Site(Clock(0), Rules(quotas=Quotas(0, 0, 0))))
    known = {"": local.client(), CROWD: local.client(key=CROWD), FULL: full.client(key=FULL)}
    yield local, known, _told(local, known[""]) | _crowded(local, known[CROWD])
    local.close()
    full.close()


def _told(local, client):
    """Lead pipelines to where calls go wrong."""
    local.say("outcomes", given={"Clash/X": ["fails@1m", "worker"], "Scan/*": "worker"})
    client.create_custom_action_type(**CUSTOM)
    asks = stage("B", build("X"), approval())
    client.create_pipeline(pipeline=document(asks, stage("D", build("Y"))))
    client.create_pipeline(pipeline=document(name="done"))
    client.create_pipeline(pipeline=document(stage("B", approval()), name="answered"))
    client.create_pipeline(pipeline=document(asks, name="stopping"))
    client.create_pipeline(pipeline=document(stage("Clash", build("X"), approval()), name="clash"))
    client.create_pipeline(pipeline=document(stage("B", bazel("Make"), bazel("Test")), name="custom"))
    again = action("Again", "Invoke", "Snyk", owner="ThirdParty", inputs=("source",), outputs=("more",))
    client.create_pipeline(pipeline=document(stage("Scan", partner(), again), name="partner"))
    local.say("settle")
    told = {"$first": _latest(client, "done"), "$stopping": _latest(client, "stopping"),
            "$clash": _latest(client, "clash"), "$answered": _approve(client, "answered")}  # fmt: skip
    client.start_pipeline_execution(name="done")
    client.stop_pipeline_execution(**STOPPING, pipelineExecutionId=told["$stopping"])
    client.retry_stage_execution(**CLASH, stageName="Clash", pipelineExecutionId=told["$clash"],
                                 retryMode="FAILED_ACTIONS")  # fmt: skip
    local.say("settle")
    actions = client.list_action_executions(**SHOP)["actionExecutionDetails"]
    return told | _jobs(client) | {"$latest": _latest(client, "done"), "$action": actions[0]["actionExecutionId"]}


def _jobs(client):
    dispatched, acknowledged = client.poll_for_jobs(actionTypeId=TYPE, maxBatchSize=2)["jobs"]
    client.acknowledge_job(jobId=acknowledged["id"], nonce=acknowledged["nonce"])
    waiting, ended = client.poll_for_third_party_jobs(actionTypeId=SNYK, maxBatchSize=2)["jobs"]
    theirs = {"jobId": ended["jobId"], "clientToken": ended["clientId"]}
    nonce = client.get_third_party_job_details(**theirs)["jobDetails"]["nonce"]
    client.acknowledge_third_party_job(**theirs, nonce=nonce)
    client.put_third_party_job_success_result(**theirs)
    return {"$dispatched": dispatched["id"], "$acknowledged": acknowledged["id"], "$client": ended["clientId"],
            "$dispatched partner": waiting["jobId"], "$ended partner": ended["jobId"]}  # fmt: skip


def _crowded(local, client):
    """Let one execution fail, and then as many wait as may."""
    there = {"account": CROWD, "region": REGION}
    local.say("outcomes", **there, given={"B/X": "fails", "D.beforeEntry/Gate": "fails"})
    crowd = document(stage("B", build("X")), stage("D", approval()), mode="PARALLEL", name="crowd")
    guarded = stage("D", build("Y"), beforeEntry=gate("FAIL"))
    gated = document(stage("B", approval()), guarded, mode="PARALLEL", name="gated")
    for made in (crowd, gated):
        client.create_pipeline(pipeline=made)
    local.say("settle")
    _approve(client, "gated")
    local.say("settle")
    told = {f"${name}": _latest(client, name) for name in ("crowd", "gated")}
    local.say("outcomes", **there, given={"B/X": "succeeds"})
    for name in ("crowd", "gated"):
        for _ in range(50):
            client.start_pipeline_execution(name=name)
    local.say("settle")
    return told


def _latest(client, name):
    return client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]["pipelineExecutionId"]


def _approve(client, name):
    state = client.get_pipeline_state(name=name)["stageStates"][1]["actionStates"][0]
    actions = client.list_action_executions(pipelineName=name)["actionExecutionDetails"]
    asked = next(each for each in actions if each["actionName"] == "Approve")["output"]["executionResult"]
    token = asked.get("externalExecutionId") or state["latestExecution"]["token"]  # PARALLEL ones are not in the state
    client.put_approval_result(**ANSWER | {"pipelineName": name, "token": token})
    return token


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]}-{row[1]}")
def test_an_operation_is_refused_with_the_class_that_its_model_lists(scene, row):
    (_, known, told), (operation, error, given, *account) = scene, row
    client = known["".join(account)]
    arguments = {key: told[value] if str(value).startswith("$") else value for key, value in given.items()}
    assert code(getattr(client, xform_name(operation)), **arguments) == f"{error}Exception"


@pytest.mark.parametrize("operation", sorted(name for name, errors in OPERATIONS.items() if "Validation" in errors))
def test_an_operation_refuses_what_the_model_does_not_allow(scene, operation):
    shape = scene[1][""].meta.service_model.operation_model(operation).input_shape
    wrong = {} if shape.required_members else {next(iter(shape.members)): ""}
    status, answer = scene[0].ask(operation, wrong)
    assert (status, answer["__type"]) == (400, "ValidationException")


def test_each_error_of_the_model_is_in_one_of_the_tables():
    reached = {(operation, error) for operation, error, *_ in TABLE}
    listed = {(name, error) for name, errors in OPERATIONS.items() for error in errors - {"Validation"}}
    assert reached & BEYOND.keys() == set()
    assert reached | BEYOND.keys() == listed

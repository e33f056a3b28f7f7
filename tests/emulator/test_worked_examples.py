"""The worked examples of reference K through the wire, in stepped time; bare numbers are seconds."""

from __future__ import annotations

import pytest

from builders import action, build, connection, sources, stage
from emulator.talk import code
from simulation.worlds import approval, document

FOUR = (0, 2, 4, 6)
NAME = "shop"


def begin(local, *stages, mode="SUPERSEDED", given=None, **members):
    """Create the pipeline; its first execution is stopped, so that the example starts with none."""
    client = local.client()
    usual = {"Source/*": "succeeds@1s", "Build/*": "succeeds@10s", "B/*": "succeeds@10s", "D/*": "succeeds@10s"}
    local.say("outcomes", given={**usual, **(given or {})})
    client.create_pipeline(pipeline=document(*stages, mode=mode, **members))
    first = client.list_pipeline_executions(pipelineName=NAME)["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
    client.stop_pipeline_execution(pipelineName=NAME, pipelineExecutionId=first, abandon=True)
    return client


def start(local, *seconds):
    found = []
    for moment in seconds:
        local.to(moment)
        found.append(local.client().start_pipeline_execution(name=NAME)["pipelineExecutionId"])
    return found


def status(client, *executions):
    given = [client.get_pipeline_execution(pipelineName=NAME, pipelineExecutionId=each) for each in executions]
    return [each["pipelineExecution"]["status"] for each in given]


def ends(local, execution):
    found = local.client().list_pipeline_executions(pipelineName=NAME)["pipelineExecutionSummaries"]
    one = next(each for each in found if each["pipelineExecutionId"] == execution)
    return seconds(local, one["lastUpdateTime"])


def seconds(local, moment):
    return round((moment - local.site.begins).total_seconds() - local.origin / 1000, 3)


def stage_of(client, name):
    states = client.get_pipeline_state(name=NAME)["stageStates"]
    return next(each for each in states if each["stageName"] == name)


def attempts(client, execution, name):
    found = client.list_action_executions(pipelineName=NAME, filter={"pipelineExecutionId": execution})
    return [each for each in reversed(found["actionExecutionDetails"]) if each["actionName"] == name]


def test_k1_superseded_replaces_who_waits(local):
    client = begin(local)
    runs = start(local, *FOUR)
    local.say("settle")
    assert status(client, *runs) == ["Succeeded", "Superseded", "Superseded", "Succeeded"]
    assert [ends(local, each) for each in runs] == [21, 5, 7, 31]


def test_k2_queued_lets_everybody_through_in_order(local):
    client = begin(local, mode="QUEUED")
    runs = start(local, *FOUR)
    local.to(7)
    waiting = [each["pipelineExecutionId"] for each in stage_of(client, "B")["inboundExecutions"]]
    assert waiting == runs[1:]
    local.say("settle")
    assert [ends(local, each) for each in runs] == [21, 31, 41, 51]


def test_k3_parallel_runs_do_not_know_each_other(local):
    client = begin(local, mode="PARALLEL")
    runs = start(local, *FOUR)
    local.say("settle")
    assert [ends(local, each) for each in runs] == [21, 23, 25, 27]
    assert "latestExecution" not in stage_of(client, "B")


def siblings(local):
    work = stage("Work", build("A"), build("B"), build("C", runOrder=2))
    given = {"Work/A": ["fails@3s", "succeeds@3s"], "Work/B": "succeeds@10s", "Work/C": "succeeds@1s"}
    client = begin(local, work, given={**given, "Source/*": "succeeds@0s"})
    return client, start(local, 0)[0]


def test_k4_a_failure_waits_for_its_sibling(local):
    client, e1 = siblings(local)
    local.to(3)
    assert (attempts(client, e1, "A")[0]["status"], stage_of(client, "Work")["latestExecution"]["status"]) == (
        "Failed",
        "InProgress",
    )
    local.to(10)
    assert (status(client, e1), attempts(client, e1, "C")) == (["Failed"], [])


def test_k4_failed_actions_are_retried_while_a_sibling_goes_on(local):
    client, e1 = siblings(local)
    local.to(5)
    client.retry_stage_execution(
        pipelineName=NAME, stageName="Work", pipelineExecutionId=e1, retryMode="FAILED_ACTIONS"
    )
    local.say("settle")
    assert (status(client, e1), [len(attempts(client, e1, name)) for name in "ABC"]) == (["Succeeded"], [2, 1, 1])
    assert seconds(local, attempts(client, e1, "C")[0]["startTime"]) == 10
    assert stage_of(client, "Work")["retryStageMetadata"]["latestRetryTrigger"] == "ManualStageRetry"


@pytest.mark.parametrize(
    ("at", "refused"), [(5, "StageNotRetryableException"), (12, "")], ids=["in progress", "failed"]
)
def test_k4_all_actions_are_retried_when_none_is_in_progress(local, at, refused):
    client, e1 = siblings(local)
    local.to(at)
    asked = {"pipelineName": NAME, "stageName": "Work", "pipelineExecutionId": e1, "retryMode": "ALL_ACTIONS"}
    assert code(client.retry_stage_execution, **asked) == refused


def test_k5_a_retry_is_lost_when_another_enters_and_with_an_update(local):
    client = begin(local, given={"D/Y": "fails@10s"})
    e1, e2 = start(local, 0, 2)
    local.say("settle")
    asked = {"pipelineName": NAME, "stageName": "D", "retryMode": "FAILED_ACTIONS"}
    assert code(client.retry_stage_execution, pipelineExecutionId=e1, **asked) == "NotLatestPipelineExecutionException"
    client.update_pipeline(pipeline=document())
    assert code(client.retry_stage_execution, pipelineExecutionId=e2, **asked) == "StageNotRetryableException"


def test_k6_a_disabled_transition_batches(local):
    client = begin(local)
    arrow = {"pipelineName": NAME, "stageName": "D", "transitionType": "Inbound"}
    client.disable_stage_transition(**arrow, reason="freeze")
    e1, e2 = start(local, 0, 2)
    local.to(21)
    assert status(client, e1, e2) == ["Superseded", "InProgress"]
    assert stage_of(client, "D")["inboundExecution"]["pipelineExecutionId"] == e2
    assert stage_of(client, "D")["inboundTransitionState"]["disabledReason"] == "freeze"
    local.to(30)
    client.enable_stage_transition(**arrow)
    local.say("settle")
    assert (status(client, e2), ends(local, e2)) == (["Succeeded"], 40)


def test_k6_a_stopped_inbound_execution_neither_enters_nor_is_retried(local):
    client = begin(local)
    arrow = {"pipelineName": NAME, "stageName": "D", "transitionType": "Inbound"}
    client.disable_stage_transition(**arrow, reason="freeze")
    _, e2 = start(local, 0, 2)
    local.to(25)
    client.stop_pipeline_execution(pipelineName=NAME, pipelineExecutionId=e2)
    client.enable_stage_transition(**arrow)
    local.say("settle")
    asked = {"pipelineName": NAME, "stageName": "D", "pipelineExecutionId": e2, "retryMode": "FAILED_ACTIONS"}
    assert (status(client, e2), code(client.retry_stage_execution, **asked)) == (
        ["Stopped"],
        "StageNotRetryableException",
    )


def stopped(local):
    client = begin(local, stage("Build", build("X")), stage("D", build("Y")), given={"Source/*": "succeeds@0s"})
    asked = {"pipelineName": NAME, "pipelineExecutionId": start(local, 0)[0]}
    local.to(5)
    client.stop_pipeline_execution(**asked)
    return client, asked


def test_k7_stop_and_wait_lets_the_action_end(local):
    client, asked = stopped(local)
    e1 = asked["pipelineExecutionId"]
    assert status(client, e1) == ["Stopping"]
    local.to(12)
    assert (status(client, e1), attempts(client, e1, "X")[0]["status"], attempts(client, e1, "Y")) == (
        ["Stopped"],
        "Succeeded",
        [],
    )
    assert code(client.stop_pipeline_execution, **asked) == "PipelineExecutionNotStoppableException"
    client.retry_stage_execution(**asked, stageName="Build", retryMode="FAILED_ACTIONS")
    local.say("settle")
    assert status(client, e1) == ["Succeeded"]


def test_k7_stopping_twice_is_refused_and_abandoning_is_not(local):
    client, asked = stopped(local)
    local.to(6)
    assert code(client.stop_pipeline_execution, **asked) == "DuplicatedStopRequestException"
    client.stop_pipeline_execution(**asked, abandon=True, reason="enough")
    e1 = asked["pipelineExecutionId"]
    assert (status(client, e1), attempts(client, e1, "X")[0]["status"]) == (["Stopped"], "Abandoned")


def test_k8_an_approval_times_out_and_is_asked_anew(local):
    client = begin(local, stage("Prod", approval(timeoutInMinutes=60)), given={"Source/*": "succeeds@0s"})
    e1 = start(local, 0)[0]
    old = stage_of(client, "Prod")["actionStates"][0]["latestExecution"]["token"]
    local.to(3600)
    assert (status(client, e1), attempts(client, e1, "Approve")[0]["status"]) == (["Failed"], "Failed")
    asked = {"pipelineName": NAME, "stageName": "Prod"}
    client.retry_stage_execution(**asked, pipelineExecutionId=e1, retryMode="FAILED_ACTIONS")
    new = stage_of(client, "Prod")["actionStates"][0]["latestExecution"]["token"]
    answer = {**asked, "actionName": "Approve", "result": {"summary": "fine", "status": "Approved"}}
    assert code(client.put_approval_result, **answer, token=old) == "InvalidApprovalTokenException"
    client.put_approval_result(**answer, token=new)
    assert status(client, e1) == ["Succeeded"]
    assert code(client.put_approval_result, **answer, token=new) == "ApprovalAlreadyCompletedException"


def test_k9_an_update_ends_what_runs_and_starts_nothing(local):
    client = begin(local, stage("Build", build("X")), stage("Deploy", build("Y")), given={"Source/*": "succeeds@0s"})
    client.disable_stage_transition(pipelineName=NAME, stageName="Deploy", transitionType="Inbound", reason="freeze")
    e2, e1 = start(local, 0, 12)
    local.to(15)
    client.update_pipeline(pipeline=document(stage("Build", build("X")), stage("Deploy", build("Z"))))
    assert status(client, e2, e1) == ["Cancelled", "InProgress"]
    local.say("settle")
    assert (
        status(client, e1),
        ends(local, e1),
        len(client.list_pipeline_executions(pipelineName=NAME)["pipelineExecutionSummaries"]),
    ) == (["Cancelled"], 22, 3)
    asked = {"pipelineName": NAME, "stageName": "Build", "targetPipelineExecutionId": e1}
    assert code(client.rollback_stage, **asked) == "UnableToRollbackStageException"


WIRING = {
    "parallel sibling": (stage("Build", build("X", outputs=("a",)), build("Y", inputs=("a",))), False),
    "later group": (stage("Build", build("X", outputs=("a",)), build("Y", inputs=("a",), runOrder=2)), True),
    "made twice": (stage("Build", build("X", outputs=("a",)), build("Y", outputs=("a",))), False),
    "never made": (stage("Build", build("X", inputs=("b",))), False),
}


@pytest.mark.parametrize(("built", "fine"), WIRING.values(), ids=WIRING)
def test_k10_wiring(client, built, fine):
    refused = code(client.create_pipeline, pipeline=document(built))
    assert (refused == "") is fine
    assert refused in ("", "InvalidActionDeclarationException", "InvalidStructureException")


BRANCHES = {"feature/a/b": 1, "feature/wip-1": 0, "main": 0}


@pytest.mark.parametrize(("branch", "started"), BRANCHES.items(), ids=BRANCHES)
def test_k11_globs_of_branches(local, branch, started):
    push = {"branches": {"includes": ["feature/**"], "excludes": ["feature/wip*"]}}
    assert len(pushed(local, push, branch=branch)) == started


FILES = {"one of two": (["README.md", "src/x.py"], 1), "excluded": (["src/y.md"], 0), "elsewhere": (["docs/a.txt"], 0)}


@pytest.mark.parametrize(("files", "started"), FILES.values(), ids=FILES)
def test_k11_globs_of_files(local, files, started):
    push = {"branches": {"includes": ["main"]}, "filePaths": {"includes": ["src/**"], "excludes": ["**/*.md"]}}
    assert len(pushed(local, push, branch="main", files=files)) == started


def pushed(local, push, **what):
    trigger = {
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {"sourceActionName": "Checkout", "push": [push]},
    }
    made = document(sources(connection()), stage("B", build("X")), triggers=[trigger])
    local.client().create_pipeline(pipeline=made)
    return local.say("deliver", push={"repository": "shop/web", "commit": "c1", **what})["started"]


NAMES = {
    "stage": (lambda name: document(stage(name, build("X"))), "a.b@c-d_e", True),
    "long": (lambda name: document(stage(name, build("X"))), "x" * 100, True),
    "too long": (lambda name: document(stage(name, build("X"))), "x" * 101, False),
    "artifact": (lambda name: document(stage("B", build("X", outputs=(name,)))), "a.b", False),
    "namespace": (lambda name: document(stage("B", build("X", namespace=name))), "a@c-d_e", True),
    "dotted namespace": (lambda name: document(stage("B", build("X", namespace=name))), "a.b", False),
}


@pytest.mark.parametrize(("make", "name", "fine"), NAMES.values(), ids=NAMES)
def test_k12_names(local, make, name, fine):
    status, answer = local.ask("CreatePipeline", {"pipeline": make(name)})
    assert (status, answer.get("__type")) == ((200, None) if fine else (400, "ValidationException"))


def test_k12_an_empty_name_is_refused(local):
    assert local.ask("CreatePipeline", {"pipeline": document(stage("", action("X", "Build", "CodeBuild")))})[0] == 400

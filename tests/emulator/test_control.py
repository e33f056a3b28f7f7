"""The commands beside the AWS namespace: time, outcomes, scenarios, changes, alarms, faults."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from builders import action, build, connection, pipeline, sources, stage
from emulator.talk import Local, code
from reconciler.emulator.clocks import Clock
from reconciler.emulator.site import Site
from simulation.worlds import approval, document, gate, rule

WRONG = {
    "unknown": ("explode", {}),
    "span": ("advance", {"span": "soon"}),
    "back": ("advance", {"span": -5}),
    "outcome": ("outcomes", {"given": {"B/X": "explodes"}}),
    "no outcome": ("outcomes", {}),
    "scenario": ("scenario", {"scenario": {"steps": [{"explode": 1}]}}),
    "change": ("deliver", {"push": 3}),
    "push": ("deliver", {"push": {"repo": "x"}}),
    "alarm": ("alarm", {"name": "x", "state": "BAD"}),
    "fault": ("faults", {"operation": "GetPipeline"}),
    "times": ("faults", {"error": "x", "times": "often"}),
    "status": ("faults", {"error": "x", "status": 200}),
    "operation": ("faults", {"error": "x", "operation": 3}),
    "no list": ("advance", {"span": []}),
    "member": ("faults", {"error": "x", "often": 3}),
    "events": ("events", {"execution": "x"}),
    "place": ("deliver", {"push": {"repository": "x"}, "account": 5}),
}


@pytest.mark.parametrize(("command", "body"), WRONG.values(), ids=WRONG)
def test_a_wrong_command_is_told_what_is_wrong(local, command, body):
    import json

    status, answer = local.post(f"/_local/{command}", json.dumps(body).encode(), {})
    assert (status in (400, 404), "error" in json.loads(answer)) == (True, True)


def status(client, name="shop"):
    return client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]["status"]


def test_outcomes_may_come_before_the_pipeline_and_the_later_one_counts(local, client):
    local.say("outcomes", given={"B/*": "fails"})
    local.say("outcomes", given=["B/X=succeeds", "Nowhere/*=fails"])
    client.create_pipeline(pipeline=document())
    local.say("settle")
    assert status(client) == "Succeeded"


def test_outcomes_of_one_place_are_not_those_of_another(local):
    local.say("outcomes", given={"B/X": "fails"}, account="222222222222", region="eu-west-1")
    for account in ("111111111111", "222222222222"):
        local.client(key=account).create_pipeline(pipeline=document())
    local.say("settle")
    assert [status(local.client(key=each)) for each in ("111111111111", "222222222222")] == ["Succeeded", "Failed"]


def test_an_outcome_that_does_not_fit_is_passed_over(local, client):
    local.say("outcomes", given={"Prod/*": "succeeds"})
    client.create_pipeline(pipeline=document(stage("Prod", approval())))
    local.say("settle")
    assert status(client) == "InProgress"


def test_settling_leaves_who_waits_for_people(local, client):
    client.create_pipeline(pipeline=document(stage("Prod", approval())))
    local.say("settle")
    assert (
        client.get_pipeline_state(name="shop")["stageStates"][1]["actionStates"][0]["latestExecution"]["status"]
        == "InProgress"
    )


def test_a_scenario_is_played_from_now_on(local, client):
    client.create_pipeline(pipeline=document())
    local.say("settle")
    steps = [{"at": "0s", "start": "shop", "as": "one"}, {"at": "1m", "start": "shop", "as": "two"}]
    played = local.say("scenario", scenario={"steps": steps, "given": {"B/X": ["fails", "succeeds"]},
                                             "expect": {"one": "Failed", "two": "Failed"}})  # fmt: skip
    assert (set(played["runs"]), played["unmet"]) == ({"one", "two"}, [])


def test_a_change_in_a_repository_starts_what_watches_it(local, client):
    client.create_pipeline(pipeline=document(sources(connection()), stage("B", build("X"))))
    assert local.say("deliver", push={"repository": "shop/web", "branch": "other", "commit": "c1"})["started"] == []
    (one,) = local.say("deliver", push={"repository": "shop/web", "branch": "main", "commit": "c1"})["started"]
    local.say("settle")
    run = client.get_pipeline_execution(pipelineName="shop", pipelineExecutionId=one)["pipelineExecution"]
    assert (run["trigger"]["triggerType"], run["artifactRevisions"][0]["revisionId"]) == ("WebhookV2", "c1")


def test_an_alarm_decides_and_events_can_be_read(local, client):
    watch = rule("CloudWatchAlarm", AlarmName="errors", WaitTime="10")
    client.create_pipeline(pipeline=document(stage("B", build("X"), onSuccess=gate("FAIL", watch))))
    local.say("alarm", name="errors", state="ALARM")
    local.say("settle")
    one = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0]
    assert one["status"] == "Failed"
    kinds = [each["detail"]["state"] for each in local.say("events", execution=one["pipelineExecutionId"])["events"]]
    assert (kinds[0], kinds[-1]) == ("STARTED", "FAILED")


@pytest.mark.parametrize("error", ["ThrottlingException", "InternalFailure", "ServiceUnavailable"])
def test_a_fault_counts_down(local, client, error):
    local.say("faults", operation="ListPipelines", error=error, times=2)
    assert code(client.list_action_types) == ""
    assert [code(client.list_pipelines) for _ in range(3)] == [error, error, ""]


def test_an_answer_can_be_lost_after_the_write(local, client):
    local.say("faults", operation="CreatePipeline", error="drop", after=True)
    with pytest.raises(ConnectionClosedError):
        client.create_pipeline(pipeline=pipeline("shop"))
    assert [each["name"] for each in client.list_pipelines()["pipelines"]] == ["shop"]


def test_a_request_can_be_lost_before_the_write(local, client):
    local.say("faults", operation="CreatePipeline", error="drop")
    with pytest.raises(ConnectionClosedError):
        client.create_pipeline(pipeline=pipeline("shop"))
    assert client.list_pipelines()["pipelines"] == []


def test_a_new_role_is_not_known_for_a_while(local, client):
    local.say("faults", operation="CreatePipeline", error="role", times=2, name="shop")
    with pytest.raises(ClientError, match="not authorized to perform AssumeRole on role arn:aws:iam") as refused:
        client.create_pipeline(pipeline=pipeline("shop"))
    assert refused.value.response["Error"]["Code"] == "InvalidStructureException"
    client.create_pipeline(pipeline=pipeline("other"))
    assert [code(client.create_pipeline, pipeline=pipeline("shop")) for _ in range(2)] == [
        "InvalidStructureException",
        "",
    ]


def test_latency_makes_one_slow_and_not_the_others(local, client):
    from threading import Thread

    local.say("faults", operation="ListPipelines", latency=0.5)
    slow = Thread(target=client.list_pipelines)
    slow.start()
    while local.site.orders.waiting:
        pass
    began = time.monotonic()
    local.ask("GetPipeline", {"name": "x"})
    assert time.monotonic() - began < 0.4
    slow.join()


def test_faults_can_be_taken_back(local, client):
    local.say("faults", error="ThrottlingException", times=None)
    assert code(client.list_pipelines) == "ThrottlingException"
    local.say("mend")
    assert code(client.list_pipelines) == ""


def test_time_passes_by_itself_and_faster():
    wall = [100.0]
    local = Local(Site(Clock(600, lambda: wall[0])))
    client = local.client()
    local.say("outcomes", given={"*/*": "succeeds@1m"})
    client.create_pipeline(
        pipeline=pipeline(
            "shop",
            [
                sources(),
                stage("B", action("X", "Build", "CodeBuild", inputs=("source",), configuration={"ProjectName": "x"})),
            ],
        )
    )
    found = []
    for _ in range(3):
        found.append(status(client))
        wall[0] += 0.15
    assert found == ["InProgress", "InProgress", "Succeeded"]
    wall[0] -= 50
    assert status(client) == "Succeeded"
    local.close()


def test_a_scenario_needs_stepped_time():
    import json

    local = Local(Site(Clock(1)))
    status_of, answer = local.post("/_local/scenario", json.dumps({"scenario": {}}).encode(), {})
    local.close()
    assert (status_of, "--stepped" in answer.decode()) == (400, True)


def test_what_was_still_to_happen_to_a_forgotten_execution_does_not():
    from reconciler.emulator.places import Rules

    local = Local(Site(Clock(0), Rules(keep=1)))
    client = local.client()
    client.create_pipeline(pipeline=document(stage("Prod", approval())))
    for _ in range(8):
        local.say("settle")
        token = client.get_pipeline_state(name="shop")["stageStates"][1]["actionStates"][0]["latestExecution"]["token"]
        client.put_approval_result(pipelineName="shop", stageName="Prod", actionName="Approve", token=token,
                                   result={"summary": "", "status": "Approved"})  # fmt: skip
        client.start_pipeline_execution(name="shop")
    client.delete_pipeline(name="shop")
    local.say("advance", span="9d")
    world = local.site.place(("111111111111", "eu-west-1")).world
    local.close()
    assert (world.runs, world.jobs, world.approvals, world.deleted) == ({}, {}, {}, {})


def test_an_answer_is_lost_although_the_call_was_refused(local, client):
    local.say("faults", operation="GetPipeline", error="drop", after=True)
    with pytest.raises(ConnectionClosedError):
        client.get_pipeline(name="none")

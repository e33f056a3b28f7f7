"""What an endpoint with a state file knows after it was stopped, or killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from builders import build, pipeline, sources, stage
from emulator.talk import Local, code
from emulator.test_operations import CUSTOM, TYPE, bazel
from reconciler.emulator.clocks import Clock
from reconciler.emulator.journal import Journal
from reconciler.emulator.site import Site
from reconciler.errors import Blocked, Broken
from simulation.worlds import approval, document


def opened(path, speed=0.0, wall=time.time):
    return Local(Site(Clock(speed, wall), journal=Journal(path)))


def closed(local):
    local.close()
    local.site._journal.close()


def everything(local):
    client = local.client()
    found = [client.list_pipelines(), client.list_action_types(actionOwnerFilter="Custom"), client.list_webhooks()]
    for each in found[0]["pipelines"]:
        name = each["name"]
        arn = client.get_pipeline(name=name)["metadata"]["pipelineArn"]
        found += [client.get_pipeline(name=name), client.get_pipeline_state(name=name),
                  client.list_pipeline_executions(pipelineName=name), client.list_action_executions(pipelineName=name),
                  client.list_tags_for_resource(resourceArn=arn)]  # fmt: skip
    found += [local.client("cloudtrail").lookup_events(), local.say("time")]
    return [{key: value for key, value in each.items() if key != "ResponseMetadata"} for each in found]


def work(local):
    """Do a little of everything."""
    client = local.client()
    local.say("outcomes", given={"B/X": ["fails@3s", "succeeds"]})
    client.create_pipeline(
        pipeline=document(stage("B", build("X")), stage("Prod", approval())), tags=[{"key": "a", "value": "b"}]
    )
    local.say("advance", span="1m")
    one = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
    client.retry_stage_execution(
        pipelineName="shop", stageName="B", pipelineExecutionId=one, retryMode="FAILED_ACTIONS"
    )
    local.say("settle")
    client.create_custom_action_type(**CUSTOM)
    client.create_pipeline(pipeline=document(stage("B", bazel()), name="tools"))
    local.say("settle")
    client.poll_for_jobs(actionTypeId=TYPE)
    client.update_pipeline(pipeline=document(stage("B", build("X")), stage("Prod", approval())))
    client.tag_resource(
        resourceArn=client.get_pipeline(name="shop")["metadata"]["pipelineArn"], tags=[{"key": "c", "value": "d"}]
    )


def test_everything_is_there_again(tmp_path):
    first = opened(tmp_path / "state")
    work(first)
    known = everything(first)
    closed(first)
    second = opened(tmp_path / "state")
    assert everything(second) == known
    job = second.site.place(("111111111111", "eu-west-1")).world.jobs
    assert [each.status for each in job.values()] == ["Dispatched"]
    closed(second)


def test_scaled_time_is_the_same_when_it_is_told_again(tmp_path):
    wall = iter(range(1_700_000_000, 1_800_000_000)).__next__
    first = opened(tmp_path / "state", 0.37, wall)
    client = first.client()
    client.create_pipeline(pipeline=document())
    for _ in range(5):
        client.start_pipeline_execution(name="shop")
        first.say("advance", span="7s")
    ids = [
        each["pipelineExecutionId"]
        for each in client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"]
    ]
    times = [first.site.place(("111111111111", "eu-west-1")).world.runs[each].started for each in ids]
    closed(first)
    second = opened(tmp_path / "state", 0.37, wall)
    runs = second.site.place(("111111111111", "eu-west-1")).world.runs
    assert [runs[each].started for each in ids] == times
    closed(second)


def test_time_goes_on_while_nobody_is_there(tmp_path):
    now = [1000.0]
    first = opened(tmp_path / "state", 2, lambda: now[0])
    first.client().create_pipeline(pipeline=pipeline("shop"))
    closed(first)
    now[0] += 3600
    second = opened(tmp_path / "state", 2, lambda: now[0])
    assert second.say("time")["elapsed"] == 7_200_000
    closed(second)


def test_half_a_line_was_never_answered(tmp_path):
    path = tmp_path / "state"
    first = opened(path)
    first.client().create_pipeline(pipeline=pipeline("shop"))
    closed(first)
    whole = path.read_bytes()
    path.write_bytes(whole + whole.splitlines()[-1][:40])
    second = opened(path)
    second.client().create_pipeline(pipeline=pipeline("next"))
    closed(second)
    third = opened(path)
    assert [each["name"] for each in third.client().list_pipelines()["pipelines"]] == ["next", "shop"]
    closed(third)


def test_a_scenario_that_fails_half_way_is_told_again_as_it_was(tmp_path):
    first = opened(tmp_path / "state")
    first.client().create_pipeline(pipeline=document())
    steps = [{"at": "1m", "start": "shop"}, {"at": "2m", "update": "no-such-file"}]
    body = json.dumps({"scenario": {"steps": steps}}).encode()
    assert first.post("/_local/scenario", body, {})[0] == 400
    first.client().start_pipeline_execution(name="shop")
    known = everything(first)
    closed(first)
    second = opened(tmp_path / "state")
    assert everything(second) == known
    closed(second)


def test_what_cannot_be_written_down_is_not_answered_as_done(tmp_path, monkeypatch):
    local = opened(tmp_path / "state")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert [code(local.client().create_pipeline, pipeline=pipeline(name)) for name in "ab"] == ["InternalFailure"] * 2
    closed(local)


def test_a_call_that_this_version_does_not_take_is_told(tmp_path):
    path = tmp_path / "state"
    line = {"do": "codepipeline/CreatePipeline", "at": 0, "wall": 0, "who": ["a", "b", "c"], "region": "x", "body": {}}
    path.write_text('{"format": 1, "begins": "2026-01-05T00:00:00+00:00"}\n' + json.dumps(line) + "\n")
    with pytest.raises(Broken, match="CreatePipeline"):
        Site(Clock(0), journal=Journal(path))


def test_two_do_not_share_a_file(tmp_path):
    first = Journal(tmp_path / "state")
    with pytest.raises(Blocked, match="in use"):
        Journal(tmp_path / "state")
    first.close()


@pytest.mark.parametrize("text", ["hello\n", "[]\n", '{"format": 99}\n'], ids=["text", "list", "newer"])
def test_another_file_is_not_taken_for_a_state_file(tmp_path, text):
    path = tmp_path / "state"
    path.write_text(text)
    with pytest.raises(Broken, match="state"):
        Site(Clock(0), journal=Journal(path))


def test_only_the_owner_may_read_it(tmp_path):
    Journal(tmp_path / "state").close()
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0


def test_reads_are_not_written_down(tmp_path):
    local = opened(tmp_path / "state")
    local.client().list_pipelines()
    local.client().poll_for_jobs(
        actionTypeId={"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"}
    )
    assert (tmp_path / "state").read_text().count("\n") == 1
    closed(local)


def test_a_killed_process_lost_nothing_that_it_answered(tmp_path):
    command = [sys.executable, "-m", "reconciler", "local", "--port", "0", "--stepped", "--state", "state", "--quiet"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "COVERAGE"))}
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=clean)
    import boto3

    client = boto3.client("codepipeline", endpoint_url=process.stdout.readline().strip(), region_name="eu-west-1",
                          aws_access_key_id="111111111111", aws_secret_access_key="x")  # fmt: skip
    for number in range(5):
        client.create_pipeline(pipeline=pipeline(f"p{number}", [sources(), stage("B", build())]))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    second = opened(tmp_path / "state")
    assert len(second.client().list_pipelines()["pipelines"]) == 5
    closed(second)
    assert json.loads((tmp_path / "state").read_text().splitlines()[0])["format"] == 1

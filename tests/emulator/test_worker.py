"""A job worker as a process of its own: it polls, acknowledges and reports until it is stopped."""

from __future__ import annotations

import subprocess
import sys
import time

from builders import stage
from emulator.talk import Local
from emulator.test_operations import CUSTOM, bazel
from reconciler.emulator.clocks import Clock
from reconciler.emulator.site import Site
from simulation.worlds import document

WORKER = """
import boto3, sys, time
client = boto3.client("codepipeline", endpoint_url=sys.argv[1], region_name="eu-west-1",
                      aws_access_key_id="111111111111", aws_secret_access_key="x")
kind = {"category": "Build", "owner": "Custom", "provider": "Bazel", "version": "1"}
while True:
    for job in client.poll_for_jobs(actionTypeId=kind, maxBatchSize=10)["jobs"]:
        if client.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"] != "InProgress":
            continue
        client.put_job_success_result(jobId=job["id"], executionDetails={"externalExecutionId": "b-1"})
    time.sleep(0.01)
"""


def test_a_worker_does_custom_actions():
    local = Local(Site(Clock(600)))
    client = local.client()
    client.create_custom_action_type(**CUSTOM)
    client.create_pipeline(pipeline=document(stage("B", bazel("One"), bazel("Two"))))
    worker = subprocess.Popen([sys.executable, "-c", WORKER, local.url])
    limit = time.monotonic() + 30
    run = {"status": "InProgress"}
    while run["status"] == "InProgress" and time.monotonic() < limit:
        run = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0]
    worker.kill()
    worker.wait()
    actions = client.get_pipeline_state(name="shop")["stageStates"][1]["actionStates"]
    local.close()
    assert run["status"] == "Succeeded"
    assert [each["latestExecution"]["externalExecutionId"] for each in actions] == ["b-1", "b-1"]

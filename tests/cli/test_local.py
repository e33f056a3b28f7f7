"""`reconciler local` as a process: it says where it is, serves, and ends when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import boto3
import pytest

from builders import action, pipeline, sources, stage

HANDLER = """
import boto3

def check(event, context):
    boto3.client("codepipeline").put_job_failure_result(
        jobId=event["CodePipeline.job"]["id"], failureDetails={"type": "JobFailed", "message": "too slow"})
"""


@contextmanager
def running(folder, *options):
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "COVERAGE"))}
    command = [sys.executable, "-m", "reconciler", "local", "--port", "0", *options]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean
    )
    try:
        url = process.stdout.readline().strip()
        yield (
            process,
            boto3.client(
                "codepipeline",
                endpoint_url=url,
                region_name="eu-west-1",
                aws_access_key_id="x",
                aws_secret_access_key="x",
            ),
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def test_it_serves_until_it_is_stopped_and_says_how_to_reach_it(tmp_path):
    with running(tmp_path, "--account", "222222222222") as (process, client):
        client.create_pipeline(pipeline=pipeline("shop"))
        assert client.get_pipeline(name="shop")["metadata"]["pipelineArn"].split(":")[4] == "222222222222"
        assert "AWS_ENDPOINT_URL=http://127.0.0.1:" in process.stdout.readline()
    assert process.returncode == 0


def test_outcomes_and_handlers_can_be_given(tmp_path):
    (tmp_path / "jobs.py").write_text(HANDLER)
    ask = action("Ask", "Invoke", "Lambda", configuration={"FunctionName": "check"})
    given = [
        "--given",
        "Source/*=succeeds@0s",
        "--given",
        "Check/Ask=runs:jobs:check",
        "--given",
        "Later/*=runs:jobs:gone",
    ]
    with running(tmp_path, "--speed", "100000", "--handlers", ".", "--quiet", *given) as (_, client):
        found = {}
        for name in ("Check", "Later"):
            client.create_pipeline(pipeline=pipeline(name, [sources(), stage(name, ask)]))
            run = {}
            while run.get("status") != "Failed":
                run = client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]
            state = client.get_pipeline_state(name=name)["stageStates"][1]["actionStates"][0]["latestExecution"]
            found[name] = state["errorDetails"]["code"]
    assert found == {"Check": "JobFailed", "Later": "ConfigurationError"}


WRONG = {
    "speed": ["--speed", "-1"],
    "account": ["--account", "12"],
    "credentials": ["--credentials", "AKIA=ana"],
    "outcome": ["--given", "B/X=explodes"],
    "port": ["--port", "99999"],
    "state": ["--state", "no/such/folder/state"],
    "address": ["--listen", "203.0.113.1"],
}


@pytest.mark.parametrize("options", WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_told_with_status_2(tmp_path, options):
    command = [sys.executable, "-m", "reconciler", "local", "--port", "0", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stderr.startswith("reconciler: ")) == (2, True)

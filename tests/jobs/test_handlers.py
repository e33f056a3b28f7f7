"""Lambda handlers run for real, judged by what they report."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from reconciler.errors import Broken
from reconciler.jobs.handlers import PAUSE, Handlers
from reconciler.simulation.outcomes import ActionContext, Continues, Fails, Hangs, Runs, Succeeds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

JOB = "11111111-2222-3333-4444-555555555555"
STORE = {"shop": {"artifactStore": {"type": "S3", "location": "shop-artifacts"}}}
HEAD = """\
import boto3
client = boto3.client("codepipeline")
def handler(event, context):
    job = event["CodePipeline.job"]
"""


def context(**members: Any) -> ActionContext:
    standard: dict[str, Any] = {
        "pipeline": "shop", "execution": "e", "stage": "Check", "action": "Ask", "attempt": 1, "now": 0,
        "account": "111111111111", "region": "eu-west-1", "provider": "Lambda", "job": JOB,
        "configuration": {"FunctionName": "ask", "UserParameters": "4.0"},
    }  # fmt: skip
    return ActionContext(**{**standard, **members})


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Any]:
    handlers = Handlers(tmp_path, STORE)

    def call(body: str, **members: Any) -> Any:
        (tmp_path / "checks.py").write_text(HEAD + "".join(f"    {line}\n" for line in body.splitlines()))
        return handlers(Runs("checks:handler"), context(**members))

    call.handlers = handlers
    return call


SUCCEED = 'client.put_job_success_result(jobId=job["id"])'


def test_a_reported_success_is_one_with_its_variables_and_its_summary(run):
    body = 'client.put_job_success_result(jobId=job["id"], outputVariables={"RATING": "4.4"}, '
    verdict = run(body + 'executionDetails={"summary": "fine", "externalExecutionId": "x-1"})')
    assert verdict == Succeeds(variables={"RATING": "4.4"}, summary="fine", external_id="x-1")


def test_a_reported_failure_carries_type_and_message(run):
    details = '{"type": "JobFailed", "message": "rating is 3.1"}'
    verdict = run(f'client.put_job_failure_result(jobId=job["id"], failureDetails={details})')
    assert verdict == Fails("JobFailed", "rating is 3.1")


def test_a_returned_value_is_no_verdict(run):
    assert run('return {"status": "Approved"}') == Hangs()
    assert str(run.handlers.calls[0]) == (
        "Check/Ask: checks:handler reported nothing, so the action hangs until its timeout"
    )


@pytest.mark.parametrize("body", ["raise ValueError('no')", "raise SystemExit(1)"])
def test_an_exception_is_silence_and_is_kept(run, body):
    assert run(body) == Hangs()
    assert "raised " in run.handlers.calls[0].raised


def test_a_report_before_an_exception_counts(run):
    assert run(f"{SUCCEED}\nraise ValueError") == Succeeds()


def test_a_continuation_token_means_again_later_and_comes_back(run):
    body = (
        'token = job["data"].get("continuationToken")\n'
        'more = {} if token else {"continuationToken": "page-2"}\n'
        'client.put_job_success_result(jobId=job["id"], **more)'
    )
    assert run(body) == Continues("page-2", PAUSE)
    assert run(body, continuation="page-2") == Succeeds()


def test_the_event_has_the_shape_of_a_job(run, tmp_path):
    place = str(tmp_path / "event")
    run(f"import json, pathlib\npathlib.Path({place!r}).write_text(json.dumps(event))", inputs={"app": "r1"})
    job = json.loads((tmp_path / "event").read_text())["CodePipeline.job"]
    assert (job["id"], job["accountId"]) == (JOB, "111111111111")
    assert job["data"]["actionConfiguration"] == {"configuration": {"FunctionName": "ask", "UserParameters": "4.0"}}
    (artifact,) = job["data"]["inputArtifacts"]
    assert (artifact["name"], artifact["revision"], artifact["location"]["type"]) == ("app", "r1", "S3")
    assert artifact["location"]["s3Location"]["bucketName"] == "shop-artifacts"
    assert artifact["location"]["s3Location"]["objectKey"].startswith("shop/app/")
    assert set(job["data"]["artifactCredentials"]) == {"accessKeyId", "secretAccessKey", "sessionToken"}
    assert "continuationToken" not in job["data"]


READ_AND_WRITE = """\
s3 = boto3.Session().client("s3")
def place(each):
    at = each["location"]["s3Location"]
    return {"Bucket": at["bucketName"], "Key": at["objectKey"]}
data = s3.get_object(**place(job["data"]["inputArtifacts"][0]))["Body"].read()
s3.put_object(Body=data + b"!", **place(job["data"]["outputArtifacts"][0]))
"""


def test_what_a_handler_writes_is_what_the_next_one_reads(tmp_path):
    (tmp_path / "checks.py").write_text(
        HEAD + "".join(f"    {line}\n" for line in [*READ_AND_WRITE.splitlines(), SUCCEED])
    )
    handlers = Handlers(tmp_path, STORE, contents={"app": b"hello"})
    first = handlers(Runs("checks:handler"), context(inputs={"app": "r1"}, outputs=("out",)))
    second = handlers(Runs("checks:handler"), context(inputs={"out": first.artifacts["out"]}, outputs=("more",)))
    assert {b"hello", b"hello!", b"hello!!"} <= set(handlers._objects.values())
    assert second.artifacts.keys() == {"more"}


def test_artifacts_lie_in_the_store_of_the_region_and_what_is_written_in_all_of_them(tmp_path):
    key = {"id": "arn:aws:kms:eu-central-1:111111111111:key/1", "type": "KMS"}
    stores = {
        "eu-west-1": {"type": "S3", "location": "west-artifacts"},
        "eu-central-1": {"type": "S3", "location": "central-artifacts", "encryptionKey": key},
    }
    body = [*READ_AND_WRITE.splitlines(), f"assert job['data']['encryptionKey'] == {key}", SUCCEED]
    (tmp_path / "checks.py").write_text(HEAD + "".join(f"    {line}\n" for line in body))
    handlers = Handlers(tmp_path, {"shop": {"artifactStores": stores}}, contents={"app": b"hello"})
    handlers(Runs("checks:handler"), context(region="eu-central-1", inputs={"app": "r1"}, outputs=("out",)))
    assert {bucket for (bucket, _), data in handlers._objects.items() if data == b"hello!"} == {
        "west-artifacts",
        "central-artifacts",
    }


FILES = """\
import io, pathlib
s3 = boto3.client("s3")
s3.upload_fileobj(io.BytesIO(b"one"), "bucket", "a")
s3.download_file("bucket", "a", "one.txt")
s3.upload_file("one.txt", "bucket", "b")
into = io.BytesIO()
s3.download_fileobj("bucket", "b", into)
s3.put_object(Bucket="bucket", Key="c", Body=io.BytesIO(into.getvalue()))
s3.put_object(Bucket="bucket", Key="d", Body="text")
assert s3.head_object(Bucket="bucket", Key="c")["ContentLength"] == 3
"""


def test_files_go_to_s3_and_come_back(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(FILES + SUCCEED) == Succeeds()
    assert set(run.handlers._objects.values()) == {b"one", b"text"}


def test_an_artifact_that_nobody_gave_is_an_empty_archive(run, tmp_path):
    body = (
        's3 = boto3.client("s3")\n'
        'at = job["data"]["inputArtifacts"][0]["location"]["s3Location"]\n'
        f's3.download_file(at["bucketName"], at["objectKey"], {str(tmp_path / "app.zip")!r})'
    )
    run(body, inputs={"app": "r1"})
    assert zipfile.ZipFile(io.BytesIO((tmp_path / "app.zip").read_bytes())).namelist() == []


@pytest.mark.parametrize(
    ("call", "raised"),
    [
        pytest.param("client.put_job_success_result()", "ParamValidationError", id="missing parameter"),
        pytest.param("client.put_job_success_result(jobId=1)", "ParamValidationError", id="wrong type"),
        pytest.param("client.put_job_success_result(jobId=job['id'], status='ok')", "ParamValidationError", id="new"),
        pytest.param("client.put_job_success_result(job['id'])", "TypeError", id="positional"),
        pytest.param("client.put_job_success_result(jobId='0')", "ValidationException", id="no UUID"),
        pytest.param(f"client.put_job_success_result(jobId='{JOB[:-1]}6')", "JobNotFoundException", id="foreign job"),
        pytest.param(f"{SUCCEED}; {SUCCEED}", "InvalidJobStateException", id="twice"),
        pytest.param(
            "client.put_job_failure_result(jobId=job['id'], failureDetails={'type': 'Bad', 'message': 'm'})",
            "ValidationException", id="not in the enumeration",
        ),
        pytest.param(
            "client.put_job_success_result(jobId=job['id'], continuationToken='t', outputVariables={'A': 'b'})",
            "ValidationException", id="variables with a token",
        ),
        pytest.param(
            "client.put_job_success_result(jobId=job['id'], outputVariables={'A': 'b' * 122_880})",
            "OutputVariablesSizeExceededException", id="too many variables",
        ),
        pytest.param(
            "client.put_job_success_result(jobId=job['id'], executionDetails={'percentComplete': 101})",
            "ValidationException",
            id="more than all",
        ),
        pytest.param(
            "client.put_job_success_result(jobId=job['id'], executionDetails={'summary': 's' * 2049})",
            "ValidationException",
            id="too long",
        ),
        pytest.param("boto3.client('s3').get_object(Bucket='abc', Key='x')", "NoSuchKey", id="no such object"),
        pytest.param("client.put_job_result()", "AttributeError", id="no such operation"),
    ],
)  # fmt: skip
def test_a_wrong_call_raises_what_the_real_client_raises(run, call, raised):
    run(call)
    assert raised in run.handlers.calls[0].raised


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("boto3.client('dynamodb')", "asks boto3 for 'dynamodb'; the simulation gives codepipeline, s3"),
        ("boto3.resource('s3')", "asks boto3 for a resource"),
        ("client.list_pipelines()", "calls codepipeline.list_pipelines, which the simulation does not give"),
    ],
)
def test_what_is_not_given_ends_the_simulation_and_says_what_is(run, body, message):
    with pytest.raises(Broken, match=message):
        run(body)


def test_a_client_made_outside_the_call_cannot_reach_the_network(run, monkeypatch):
    real = boto3.client("sts", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    monkeypatch.setattr(boto3, "leaked", real, raising=False)
    with pytest.raises(Broken, match="GetCallerIdentity on a client made outside the call"):
        run("boto3.leaked.get_caller_identity()")


def test_other_clients_may_be_given(tmp_path):
    (tmp_path / "checks.py").write_text(f"{HEAD}    assert boto3.client('ssm') == 'fake'\n    {SUCCEED}\n")
    assert Handlers(tmp_path, clients={"ssm": "fake"})(Runs("checks:handler"), context()) == Succeeds()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("checks", "does not name a handler; write module:function"),
        ("../checks:handler", "does not name a handler"),
        ("cheks:handler", "there is no module 'cheks' in the folder .*; there: checks"),
        ("checks:handle", "checks has no function 'handle'; it has handler"),
        ("json:loads", "there is no module 'json'"),
        ("wrong:handler", "the module cannot be imported: SyntaxError"),
        ("queue:handler", "queue is a module of Python itself, too"),
    ],
)
def test_a_handler_that_cannot_be_loaded_is_told_with_what_there_is(run, tmp_path, name, message):
    run(SUCCEED)
    if not name.startswith(("cheks", "json")):
        (tmp_path / "wrong.py").write_text("def")
        (tmp_path / "queue.py").write_text("handler = print")
    with pytest.raises(Broken, match=message):
        run.handlers(Runs(name), context())


def test_nothing_stays_behind(run, tmp_path):
    before, client, path = set(sys.modules), boto3.client, list(sys.path)
    run(f"print('hello')\n{SUCCEED}")
    assert (set(sys.modules) - before, boto3.client, sys.path) == (set(), client, path)
    assert run.handlers.calls[0].printed == "hello\n"
    assert [path.name for path in tmp_path.iterdir()] == ["checks.py"]


def test_two_folders_may_hold_modules_of_the_same_name(tmp_path):
    for name, result in (("a", "success"), ("b", "failure")):
        details = "" if result == "success" else ', failureDetails={"type": "JobFailed", "message": "b"}'
        (tmp_path / name).mkdir()
        (tmp_path / name / "checks.py").write_text(
            f'{HEAD}    client.put_job_{result}_result(jobId=job["id"]{details})\n'
        )
    verdicts = [Handlers(tmp_path / name)(Runs("checks:handler"), context()) for name in ("a", "b")]
    assert verdicts == [Succeeds(), Fails("JobFailed", "b")]


def test_a_folder_that_is_none_is_told(tmp_path):
    with pytest.raises(Broken, match=r"nowhere is no folder; name the one that holds checks\.py with --handlers"):
        Handlers(tmp_path / "nowhere")(Runs("checks:handler"), context())

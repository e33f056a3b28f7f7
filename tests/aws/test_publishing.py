"""Topics and objects over HTTP, as moto serves them."""

from __future__ import annotations

import json
from contextlib import ExitStack, closing

import boto3
import pytest
from moto.server import ThreadedMotoServer

from reconciler import settings
from reconciler.aws.buckets import Buckets
from reconciler.aws.calls import Calls
from reconciler.aws.publishing import Objects, Topic
from reconciler.aws.sessions import Sessions
from reconciler.errors import Broken, ReconcilerError
from reconciler.pipeline.arns import Target
from reconciler.report.notices import File, Message

REGION, TOPIC = "eu-west-1", "arn:aws:sns:eu-west-1:123456789012:pipelines"
SAID = Message("CodePipeline: 1 drifted — é", ("drifted: wéb",) * 3, 2, "warning")


@pytest.fixture(scope="module")
def address():
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def client(address, monkeypatch):
    variables = {"AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        yield lambda service: stack.enter_context(closing(boto3.client(service, region_name=REGION)))


@pytest.fixture
def calls(client):
    aws = settings.Aws(attempts=1)
    sessions = Sessions(aws, 1)
    yield Calls(sessions, Buckets(aws))
    sessions.close()


def test_a_topic_gets_title_and_lines(client, calls):
    sns, sqs = client("sns"), client("sqs")
    assert sns.create_topic(Name="pipelines")["TopicArn"] == TOPIC
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:123456789012:heard")
    Topic("notify[0]", calls, TOPIC).send(SAID)
    heard = json.loads(sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    assert heard["Subject"] == "CodePipeline: 1 drifted ? ?"
    assert heard["Message"] == f"{SAID.title}\n\n{SAID.body}"


def test_a_topic_that_is_not_there_is_told_by_its_arn(calls):
    with pytest.raises(ReconcilerError, match=f"Publish {TOPIC}-gone"):
        Topic("notify[0]", calls, f"{TOPIC}-gone").send(SAID)


@pytest.mark.parametrize(("prefix", "key"), [("", "drift-1.html"), ("/a/b/", "a/b/drift-1.html")])
def test_a_bucket_gets_a_file_with_its_type(client, calls, prefix, key):
    s3, bucket = client("s3"), f"reports{len(prefix)}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    place = f"s3://{bucket}{prefix}"
    Objects("drift.to x", calls, place, Target("123456789012", REGION)).send(File("drift-1.html", "text/html", "<p>ä"))
    found = s3.get_object(Bucket=bucket, Key=key)
    assert (found["Body"].read().decode(), found["ContentType"]) == ("<p>ä", "text/html")


def test_a_bucket_that_is_not_there_is_told_by_its_arn(calls):
    with pytest.raises(ReconcilerError, match=r"PutObject arn:aws:s3:::nowhere/drift-1\.html"):
        Objects("x", calls, "s3://nowhere", Target("1", REGION)).send(File("drift-1.html", "text/html", ""))


def test_each_takes_only_its_own(calls):
    with pytest.raises(Broken, match="messages only"):
        Topic("x", calls, TOPIC).send(File("a", "", ""))
    with pytest.raises(Broken, match="files only"):
        Objects("x", calls, "s3://reports", Target("1", REGION)).send(SAID)

"""A real queue over HTTP, as moto serves it."""

from __future__ import annotations

import boto3
import pytest
from moto.server import ThreadedMotoServer

from reconciler import settings
from reconciler.aws import queue
from reconciler.aws.buckets import Buckets
from reconciler.aws.calls import Calls
from reconciler.aws.sessions import Sessions
from reconciler.errors import ReconcilerError

ARN = "arn:aws:sqs:eu-west-1:123456789012:pipelines"


@pytest.fixture
def sqs(monkeypatch):
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr(queue, "WAIT", 0)
    client = boto3.client("sqs", region_name="eu-west-1")
    yield client
    client.close()
    server.stop()


@pytest.fixture
def ours():
    aws = settings.Aws(attempts=1)
    sessions = Sessions(aws, 1)
    yield lambda arn: queue.Queue(Calls(sessions, Buckets(aws)), arn)
    sessions.close()


def test_messages_are_given_once_and_are_gone_then(sqs, ours):
    url = sqs.create_queue(QueueName="pipelines")["QueueUrl"]
    for body in ("one", "two"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    read = ours(ARN)
    assert sorted(read.receive()) == ["one", "two"]
    assert (read.receive(), sqs.receive_message(QueueUrl=url).get("Messages")) == ((), None)


def test_a_queue_that_is_not_there_is_told_by_its_arn(sqs, ours):
    with pytest.raises(ReconcilerError, match=f"GetQueueUrl {ARN}-gone"):
        ours(f"{ARN}-gone").receive()

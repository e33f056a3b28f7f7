"""What begins a pass beside the poll."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reconciler import settings
from reconciler.cli import triggers
from reconciler.daemon.pulse import Pulse

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemons import Daemon
    from workshop import Workshop

MOVED = {"event": "referenceUpdated", "referenceType": "branch", "referenceName": "main"}


def test_a_message_in_the_queue_begins_a_pass_and_garbage_does_not(
    workshop: Workshop, document: dict[str, Any], daemon: Callable[..., Daemon], sqs
) -> None:
    queue = sqs.create_queue(QueueName="events")["QueueUrl"]
    workshop.settings(source={"poll": "1h", "queue": "arn:aws:sqs:eu-west-1:123456789012:events"})
    workshop.define(document)
    running = daemon(AWS_ENDPOINT_URL_SQS=sqs.meta.endpoint_url)
    running.hear("pass 1 of ")
    sqs.send_message(QueueUrl=queue, MessageBody="garbage")
    sqs.send_message(
        QueueUrl=queue, MessageBody=json.dumps({"detail-type": "CodeCommit Repository State Change", "detail": MOVED})
    )
    running.hear("the branch moved")
    running.hear("pass 2 of ")
    assert running.stop() == 0


def test_a_pass_begins_at_a_fixed_time(tmp_path):
    said = settings.Settings(source={"repository": str(tmp_path), "schedule": [{"cron": "0 6 * * *"}]})
    woken: list[str] = []
    (appointment,) = triggers._passes(said, lambda: woken.append("look"))
    appointment.work()
    assert (appointment.cron, appointment.timezone, woken) == ("0 6 * * *", "UTC", ["look"])
    with triggers.triggers(said, tmp_path, print, Pulse()):
        pass


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        pytest.param({"queue": "https://sqs.eu-west-1.amazonaws.com/1/a"}, "not the ARN of a standard queue", id="URL"),
        pytest.param({"queue": "arn:aws:sqs:eu-west-1:111111111111:a.fifo"}, "standard queue", id="FIFO"),
        pytest.param({"schedule": [{"cron": "at noon"}]}, "five fields", id="no cron"),
        pytest.param({"schedule": [{"cron": "0 6 * * *", "timezone": "Europe/Berlln"}]}, "Europe/Berlin", id="zone"),
    ],
)
def test_what_cannot_be_is_refused_at_load(source, fault):
    with pytest.raises(ValueError, match=fault):
        settings.Settings(source=source)

"""A queue of SQS that EventBridge fills; what is read is taken off it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.aws.calls import Call
from reconciler.aws.sessions import Access
from reconciler.pipeline.arns import Target

if TYPE_CHECKING:
    from reconciler.aws.calls import Calls

WAIT = 20
"""Seconds that SQS waits for a first message: the most that it does, and so the fewest calls."""

AT_ONCE = 10
"""Messages in one answer: the most that SQS gives."""


class Queue:
    """One standard queue, reached with the process's own credentials."""

    def __init__(self, calls: Calls, arn: str) -> None:
        """Take a queue by its ARN; nothing is asked yet."""
        _, _, _, region, self._account, self._name = arn.split(":")
        self._calls, self._access, self._arn = calls, Access(Target(self._account, region)), arn
        self._url = ""

    def find(self) -> None:
        """Find the queue, once; raises `Retry`, `Blocked` or `Broken`."""
        if not self._url:
            named = {"QueueName": self._name, "QueueOwnerAWSAccountId": self._account}
            self._url = self._call("GetQueueUrl", named)["QueueUrl"]

    def receive(self) -> tuple[str, ...]:
        """Take messages off the queue and give their bodies; waits up to `WAIT` seconds for a first one.

        They are gone when this returns: what they ask for is a look, and a look that is lost comes with the next poll.
        Raises `Retry`, `Blocked` or `Broken`.
        """
        self.find()
        there = {"QueueUrl": self._url}
        asked = {**there, "WaitTimeSeconds": WAIT, "MaxNumberOfMessages": AT_ONCE}
        messages = self._call("ReceiveMessage", asked).get("Messages", [])
        if messages:
            read = [{"Id": str(at), "ReceiptHandle": each["ReceiptHandle"]} for at, each in enumerate(messages)]
            self._call("DeleteMessageBatch", {**there, "Entries": read})
        return tuple(each.get("Body", "") for each in messages)

    def _call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        return self._calls.send(Call(self._access, operation, parameters=parameters, resource=self._arn))

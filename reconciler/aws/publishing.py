"""Topics of SNS and objects of S3: where messages and reports go that stay in AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.aws.calls import Call
from reconciler.aws.sessions import Access
from reconciler.errors import Broken
from reconciler.pipeline import arns
from reconciler.pipeline.arns import Target
from reconciler.report.notices import File, Message

if TYPE_CHECKING:
    from reconciler.aws.calls import Calls
    from reconciler.report.notices import Item

SUBJECT = 100
"""Characters of a subject at most: ASCII, in one line, or SNS refuses it."""
BODY = 200_000
"""Bytes of a message, below the 256 KiB that SNS takes with everything around it."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A standard topic, reached with the process's own credentials."""

    label: str
    calls: Calls
    arn: str

    def send(self, item: Item) -> None:
        """Publish a message; raises `Retry`, `Blocked` or `Broken`."""
        if not isinstance(item, Message):
            raise Broken(f"{self.label} takes messages only")
        _, _, _, region, account, _ = self.arn.split(":")
        text = f"{item.title}\n\n{item.body}".encode()[:BODY].decode(errors="ignore")
        subject = item.title.encode("ascii", "replace").decode()[:SUBJECT]
        said = {"TopicArn": self.arn, "Subject": subject, "Message": text}
        self.calls.send(Call(Access(Target(account, region)), "Publish", parameters=said, resource=self.arn))


@dataclass(frozen=True, slots=True)
class Objects:
    """A prefix in a bucket, reached with the process's own credentials. How long objects stay is the bucket's rule."""

    label: str
    calls: Calls
    place: str
    """`s3://BUCKET/PREFIX`."""
    target: Target
    """Where to ask first; the SDK finds the Region of the bucket from there."""

    def send(self, item: Item) -> None:
        """Write a file as an object; raises `Retry`, `Blocked` or `Broken`."""
        if not isinstance(item, File):
            raise Broken(f"{self.label} takes files only")
        bucket, _, prefix = self.place.removeprefix("s3://").partition("/")
        key = "/".join(filter(None, (prefix.strip("/"), item.name)))
        resource = f"arn:{arns.partition(self.target.region)}:s3:::{bucket}/{key}"
        said = {"Bucket": bucket, "Key": key, "Body": item.text.encode(errors="backslashreplace")}
        said |= {"ContentType": item.type}
        self.calls.send(Call(Access(self.target), "PutObject", parameters=said, resource=resource))

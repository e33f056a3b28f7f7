"""S3 in memory, as far as a handler needs it for its artifacts."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from botocore.response import StreamingBody

from reconciler.jobs.clients import Client, Parameters

if TYPE_CHECKING:
    from collections.abc import MutableMapping


class S3(Client):
    """A client on objects by (bucket, key); reading what is not there raises `NoSuchKey`."""

    def __init__(self, region: str, objects: MutableMapping[tuple[str, str], bytes]) -> None:
        self.objects = objects
        answers = {"GetObject": self._get, "HeadObject": self._head, "PutObject": self._put}
        super().__init__("s3", region, answers)

    def download_file(self, Bucket: str, Key: str, Filename: str, **_: Any) -> None:  # noqa: N803  boto3's names
        """Write an object to a file."""
        Path(Filename).write_bytes(self._content(Bucket, Key, "GetObject"))

    def upload_file(self, Filename: str, Bucket: str, Key: str, **_: Any) -> None:  # noqa: N803  boto3's names
        """Put the content of a file."""
        self.objects[Bucket, Key] = Path(Filename).read_bytes()

    def download_fileobj(self, Bucket: str, Key: str, Fileobj: BinaryIO, **_: Any) -> None:  # noqa: N803  boto3's names
        """Write an object to an open file."""
        Fileobj.write(self._content(Bucket, Key, "GetObject"))

    def upload_fileobj(self, Fileobj: BinaryIO, Bucket: str, Key: str, **_: Any) -> None:  # noqa: N803  boto3's names
        """Put what an open file still holds."""
        self.objects[Bucket, Key] = Fileobj.read()

    def _content(self, bucket: str, key: str, operation: str) -> bytes:
        if (bucket, key) not in self.objects:
            raise self.error("NoSuchKey", "The specified key does not exist.", operation)
        return self.objects[bucket, key]

    def _get(self, parameters: Parameters) -> Parameters:
        content = self._content(parameters["Bucket"], parameters["Key"], "GetObject")
        return {"Body": StreamingBody(BytesIO(content), len(content)), **_facts(content)}

    def _head(self, parameters: Parameters) -> Parameters:
        return _facts(self._content(parameters["Bucket"], parameters["Key"], "HeadObject"))

    def _put(self, parameters: Parameters) -> Parameters:
        body = parameters.get("Body", b"")
        content = body.read() if hasattr(body, "read") else body
        self.objects[parameters["Bucket"], parameters["Key"]] = (
            content.encode() if isinstance(content, str) else bytes(content)
        )
        return {"ETag": _facts(self.objects[parameters["Bucket"], parameters["Key"]])["ETag"]}


def _facts(content: bytes) -> Parameters:
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()  # what S3 itself calls an ETag
    return {"ContentLength": len(content), "ETag": f'"{digest}"', "ContentType": "application/zip"}

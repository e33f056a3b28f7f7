"""A light AWS endpoint on loopback for tests and benchmarks: CodePipeline, resource tagging and STS on one URL.

    with Endpoint() as endpoint:
        endpoint.put("111111111111", "eu-west-1", declaration, {"owner": "team"})
        client = boto3.client("codepipeline", endpoint_url=endpoint.url, …)
        endpoint.fail("UpdatePipeline", "drop", after_effect=True)
        …
        assert endpoint.counts() == {"ListPipelines": 1}

The Region is that of the request's signature. The account is the access key when that has 12 digits, the account of the
role when `AssumeRole` gave the key out, and `Endpoint.account` otherwise. Signatures are read and never verified.
"""

from __future__ import annotations

from endpoint.faults import Drop
from endpoint.request import Refusal, Request
from endpoint.samples import sample
from endpoint.server import Endpoint

__all__ = ["Drop", "Endpoint", "Refusal", "Request", "sample"]

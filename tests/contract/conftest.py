"""The same tests on every endpoint: the local one, and moto's server where moto implements the operation.

Where moto differs, `DIFFERENCES` says which part of the reference decides; those tests must fail there.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from builders import ACCOUNT, REGION, ROLE
from reconciler.emulator.clocks import Clock
from reconciler.emulator.server import Server
from reconciler.emulator.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

DIFFERENCES = {
    "test_a_duplicate_name_is_in_use": "B.2, I2: moto says InvalidStructureException",
    "test_an_old_version_can_be_read": "F.4, F.5: moto gives the latest whatever is asked for",
    "test_a_version_that_never_was_is_told": "F.1, F.5: moto gives the latest whatever is asked for",
    "test_mode_and_type_are_filled_in": "A.9, F.5: moto fills in neither",
    "test_summaries_say_mode_and_type": "F.1, F.5: moto's have neither",
    "test_lists_have_pages": "F.2, F.5: moto has none",
    "test_a_wrong_token_is_refused": "F.1, F.5: moto has no pages",
    "test_an_update_is_checked_like_a_creation": "B.1, F.5: moto checks nothing at update",
    "test_the_first_stage_holds_sources_only": "B2, F.5: moto does not look",
    "test_an_unknown_provider_is_refused": "B21, F.5: moto does not look",
    "test_a_bad_name_is_refused": "A.1, B.2: moto takes every name",
    "test_secrets_are_masked": "F.4, F.5: moto shows them",
    "test_a_refused_tag_leaves_no_pipeline": "I35, F.5: moto keeps the pipeline",
    "test_overwriting_tags_counts_once": "C, F.5: moto counts existing and new",
    "test_updating_what_is_not_there_is_told": "I3: moto says ResourceNotFoundException",
}
_CONFIG = Config(retries={"total_max_attempts": 1})
_ALLOW = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
TRUST = {"Version": "2012-10-17", "Statement": [_ALLOW]}


@pytest.fixture(scope="session")
def _local() -> Iterator[str]:
    with Server(Site(Clock(0))) as server:
        yield server.url


@pytest.fixture(scope="session")
def _moto() -> Iterator[str]:
    server = pytest.importorskip("moto.server")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    yield "http://{}:{}".format(*running.get_host_and_port())
    running.stop()


@pytest.fixture(params=["local", "moto"])
def service(request: pytest.FixtureRequest) -> Any:
    """A client of an empty endpoint on which the service role is known."""
    url = request.getfixturevalue(f"_{request.param}")
    if request.param == "moto" and (reason := DIFFERENCES.get(request.function.__name__)):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    keys = {"region_name": REGION, "aws_access_key_id": ACCOUNT, "aws_secret_access_key": "x", "config": _CONFIG}
    client = boto3.client("codepipeline", endpoint_url=url, **keys)
    client.role = _reset(url, request.param, keys)
    return client


def _reset(url: str, kind: str, keys: dict[str, Any]) -> str:
    """Forget everything, and give the ARN of a role that pipelines may have."""
    from urllib.request import Request, urlopen

    path = "/_local/reset" if kind == "local" else "/moto-api/reset"
    urlopen(Request(url + path, data=b"{}", method="POST")).close()
    if kind == "moto":
        iam = boto3.client("iam", endpoint_url=url, **keys)
        made = iam.create_role(RoleName="pipeline", AssumeRolePolicyDocument=json.dumps(TRUST))
        return str(made["Role"]["Arn"])
    return ROLE

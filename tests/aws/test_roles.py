"""Roles read over HTTP from moto's IAM: everything that a role may do, or a reason."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from reconciler.aws import failures, roles
from reconciler.aws.buckets import Buckets
from reconciler.aws.calls import Calls
from reconciler.aws.sessions import Access, Sessions
from reconciler.pipeline.arns import Target
from reconciler.settings import Aws

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCESS = Access(Target("123456789012", "eu-west-1"))
_TAKEN = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
TRUST = {"Version": "2012-10-17", "Statement": [_TAKEN]}
ONE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TWO = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}]}


@pytest.fixture(scope="module")
def _moto() -> Iterator[str]:
    server = pytest.importorskip("moto.server")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    yield "http://{}:{}".format(*running.get_host_and_port())
    running.stop()


@pytest.fixture
def iam(_moto: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in {"URL": _moto, "ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(f"AWS_{'ENDPOINT_' if name == 'URL' else ''}{name}", value)
    boto3.client("iam", region_name="eu-west-1")._make_api_call("ListRoles", {})
    from urllib.request import Request, urlopen

    urlopen(Request(f"{_moto}/moto-api/reset", data=b"", method="POST")).close()
    return boto3.client("iam", region_name="eu-west-1")


@pytest.fixture
def calls() -> Calls:
    aws = Aws(attempts=1, rate=500, ceiling=1000, burst=200)
    return Calls(Sessions(aws, 2), Buckets(aws))


def made(iam: Any, **more: Any) -> str:
    answer = iam.create_role(RoleName="shop", Path="/ci/", AssumeRolePolicyDocument=json.dumps(TRUST), **more)
    return str(answer["Role"]["Arn"])


def test_trust_and_all_policies_are_given_as_documents(iam, calls):
    arn = made(iam)
    attached = iam.create_policy(PolicyName="one", PolicyDocument=json.dumps(ONE))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="shop", PolicyArn=attached)
    iam.put_role_policy(RoleName="shop", PolicyName="two", PolicyDocument=json.dumps(TWO))
    assert roles.read(calls, ACCESS, arn) == {"trust": TRUST, "policies": {attached: ONE, "two": TWO}}


def test_more_policies_than_fit_on_a_page_are_all_there(iam, calls):
    arn = made(iam)
    names = [f"p{number:03}" for number in range(101)]
    for name in names:
        iam.put_role_policy(RoleName="shop", PolicyName=name, PolicyDocument=json.dumps(TWO))
    assert sorted(roles.read(calls, ACCESS, arn)["policies"]) == names


def test_the_version_in_force_counts(iam, calls):
    arn = made(iam)
    attached = iam.create_policy(PolicyName="one", PolicyDocument=json.dumps(ONE))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=attached, PolicyDocument=json.dumps(TWO), SetAsDefault=True)
    iam.attach_role_policy(RoleName="shop", PolicyArn=attached)
    assert roles.read(calls, ACCESS, arn)["policies"] == {attached: TWO}


def test_a_boundary_is_read_too(iam, calls):
    boundary = iam.create_policy(PolicyName="edge", PolicyDocument=json.dumps(ONE))["Policy"]["Arn"]
    arn = made(iam, PermissionsBoundary=boundary)
    assert roles.read(calls, ACCESS, arn)["boundary"] == ONE


def test_a_role_that_is_not_there_is_absent(iam, calls):
    with pytest.raises(failures.Absent, match="role/gone"):
        roles.read(calls, ACCESS, "arn:aws:iam::123456789012:role/gone")


def test_a_role_of_the_same_name_below_another_path_is_not_it(iam, calls):
    made(iam)
    with pytest.raises(failures.Absent, match="role/ci/shop"):
        roles.read(calls, ACCESS, "arn:aws:iam::123456789012:role/shop")


def test_a_denial_says_what_to_allow(iam, calls, monkeypatch):
    arn = made(iam)
    client = calls._sessions.client(ACCESS, "iam")
    denial = client.exceptions.ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetRole")

    def refuse(**_: Any) -> None:
        raise denial

    monkeypatch.setattr(client, "get_role", refuse)
    with pytest.raises(failures.Denied, match=f"allow iam:GetRole on {arn}"):
        roles.read(calls, ACCESS, arn)

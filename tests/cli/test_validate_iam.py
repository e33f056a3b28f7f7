"""`reconciler validate --live --with-iam`: the pipelines are on the local endpoint, their roles in moto's IAM."""

from __future__ import annotations

import json
import logging
from urllib.request import Request, urlopen

import boto3
import pytest

from endpoint import sample
from reconciler.pipeline import providers
from reconciler.pipeline.arns import Target
from reconciler.pipeline.model import Pipeline
from reconciler.policy import iam as needed

ACCOUNT, REGION = "123456789012", "eu-west-1"  # the account that moto plays
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
NOTHING = EVERYTHING | {"Statement": [{"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}]}


@pytest.fixture(scope="module")
def moto():
    server = pytest.importorskip("moto.server")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    yield "http://{}:{}".format(*running.get_host_and_port())
    running.stop()


@pytest.fixture
def document():
    return sample(1, account=ACCOUNT, region=REGION)[0]


@pytest.fixture
def live(workshop, cli, document, moto, monkeypatch):
    """Put the pipeline there, give it roles, and judge: `live(trust=…, policy=…)`."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", moto)
    workshop.settings(environments={"prod": {"account": ACCOUNT, "regions": [REGION]}})
    workshop.endpoint.put(ACCOUNT, REGION, document, {})
    client = boto3.client("iam", region_name=REGION, endpoint_url=moto)

    def judge(*arguments, make=True, profile="recommended", waivers=(), **said):
        workshop.settings(
            environments={"prod": {"account": ACCOUNT, "regions": [REGION]}},
            policy={"profile": profile, "rules": {}, "waivers": list(waivers)},
        )
        for role in needed.roles(Pipeline(document), Target(ACCOUNT, REGION), providers.catalogue()) if make else ():
            name, path = role.arn.rpartition("/")[2], role.arn.partition(":role")[2].rpartition("/")[0] + "/"
            trust = json.dumps(said.get("trust", role.trust))
            client.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)
            policy = json.dumps(said.get("policy", role.permissions))
            client.put_role_policy(RoleName=name, PolicyName="needed", PolicyDocument=policy)
        done = cli("validate", "--live", "--format", "json", "--quiet", *arguments)
        worst_last = sorted(done.json["findings"], key=lambda each: each["severity"] != "info")
        return {each["rule"]: each for each in worst_last if each["rule"].startswith(("role-", "live-unread"))}

    urlopen(Request(f"{moto}/moto-api/reset", data=b"", method="POST")).close()
    return judge


def test_roles_as_they_are_printed_have_nothing_said_of_them(live):
    assert live("--with-iam") == {}


def test_rights_without_bounds_and_a_foreign_principal_are_findings_at_the_pipeline(live, document):
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    found = live("--with-iam", trust=trust, policy=EVERYTHING)
    assert found.keys() == {"role-trust", "role-wildcard"}
    assert found["role-trust"]["severity"] == "error"
    assert found["role-wildcard"]["file"] == f"live:{ACCOUNT}/{REGION}/{document['name']}"


def test_what_a_role_lacks_is_told_with_the_action(live):
    found = live("--with-iam", policy=NOTHING)
    assert "may not do cloudformation:DescribeStackEvents" in found["role-permission"]["message"]


def test_a_waiver_of_the_settings_lets_it_pass_and_is_not_missed_where_files_are_judged(live, cli, workshop, document):
    waiver = {"rule": "role-wildcard", "pipeline": "svc*", "reason": "being narrowed"}
    assert "role-wildcard" not in live("--with-iam", policy=EVERYTHING, waivers=[waiver])
    workshop.define(document)
    assert "waiver-unused" not in cli("validate", "repository/pipelines").out


def test_a_role_that_is_not_there_is_an_error(live):
    assert live("--with-iam", make=False)["role-absent"]["severity"] == "error"


def test_a_role_that_may_not_be_read_is_told_and_never_fine(live, workshop, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", workshop.endpoint.url)  # which does not serve IAM
    found = live("--with-iam", make=False)
    assert found["live-unread"]["severity"] == "warning"
    assert {each["severity"] for rule, each in found.items() if rule != "live-unread"} == {"info"}


def test_without_the_option_no_role_is_read(live):
    assert live(policy=EVERYTHING) == {}


def test_the_option_takes_what_is_live(cli):
    assert "pass --live" in cli("validate", "--with-iam", check=2).err

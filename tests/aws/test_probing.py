"""Questions to AWS: clocks by the Date of an answer over HTTP, and IAM's simulation."""

from __future__ import annotations

import datetime as dt
import logging

import pytest
from botocore.stub import Stubber

from reconciler.aws import probing
from reconciler.aws.buckets import Buckets
from reconciler.aws.probing import Caller, Clocks, Probe, Simulated
from reconciler.aws.sessions import Access, Sessions
from reconciler.errors import ReconcilerError
from reconciler.pipeline.arns import Target
from reconciler.settings import Aws

ACCESS = Access(Target("123456789012", "eu-west-1"))
ROLE = "arn:aws:iam::123456789012:role/ops/reconciler"


@pytest.fixture(scope="module")
def _moto():
    server = pytest.importorskip("moto.server")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    yield "http://{}:{}".format(*running.get_host_and_port())
    running.stop()


@pytest.fixture
def sessions(_moto, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", _moto)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    return Sessions(Aws(attempts=1), 2)


@pytest.fixture
def probe(sessions):
    return Probe(sessions, Buckets(Aws(attempts=1)), lambda: dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))


def test_a_clock_that_is_an_hour_ahead_is_seen_in_the_answer(probe):
    assert 3590 < probe.clocks(ACCESS).skew < 3660


def test_the_date_of_a_refusal_counts_and_no_role_is_assumed(probe, monkeypatch):
    monkeypatch.setattr(probe._calls, "send", refusing(probe._calls.send))
    assert 3590 < probe.clocks(Access(ACCESS.target, ROLE)).skew < 3660


def refusing(send):
    def refused(call):
        send(call)
        raise ReconcilerError("SignatureDoesNotMatch")

    return refused


def test_the_caller_has_an_account_and_an_arn(probe):
    assert probe.caller(ACCESS).account == "123456789012"
    assert probe.ask(ACCESS, "ListPipelines", {})["pipelines"] == []


def test_what_iam_does_not_allow_is_given(probe, sessions):
    actions = ["codepipeline:UpdatePipeline", "codepipeline:TagResource", "codepipeline:UntagResource"]
    decisions = ("allowed", "implicitDeny", "explicitDeny")
    found = [{"EvalActionName": one, "EvalDecision": two} for one, two in zip(actions, decisions, strict=True)]
    with Stubber(sessions.client(ACCESS, "iam")) as stub:
        expected = {
            "PolicySourceArn": ROLE,
            "ActionNames": actions,
            "ResourceArns": ["arn"],
            "ContextEntries": [{"ContextKeyName": "aws:k", "ContextKeyValues": ["v"], "ContextKeyType": "string"}],
        }
        answer = {"EvaluationResults": found, "ResponseMetadata": {"HTTPHeaders": {}}}
        stub.add_response("simulate_principal_policy", answer, expected)
        assert probe.denied(ACCESS, ROLE, Simulated(actions, "arn", {"aws:k": "v"})) == tuple(actions[1:])


@pytest.mark.parametrize(
    ("arn", "assumed", "principal"),
    [
        ("arn:aws:sts::123456789012:assumed-role/reconciler/i-1", None, "arn:aws:iam::123456789012:role/reconciler"),
        ("arn:aws:sts::123456789012:assumed-role/reconciler/i-1", ROLE, ROLE),
        ("arn:aws:iam::123456789012:user/ana", None, "arn:aws:iam::123456789012:user/ana"),
        ("arn:aws:iam::123456789012:root", None, ""),
    ],
)
def test_policies_are_those_of_the_role_or_user_behind_a_session(arn, assumed, principal):
    assert probing.principal(Caller("123456789012", arn), Access(ACCESS.target, assumed)) == principal


def test_a_skew_is_positive_where_our_clock_is_ahead():
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert Clocks(now, now + dt.timedelta(seconds=5)).skew == 5

"""A test of pipelines that calls AWS fails at once and names the marker; loopback and other hosts are left alone."""

from __future__ import annotations

import socket

import pytest

from plugin.shops import lay, run
from pytest_pipeline import guard

pytest_plugins = ["pytester"]

REAL = """\
import boto3, pytest

@pytest.fixture(autouse=True)
def _credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")

def test_calls(pipeline):
    boto3.client("codepipeline", region_name="eu-west-1").list_pipelines()
"""


@pytest.mark.parametrize(
    ("host", "is_aws"),
    [
        ("codepipeline.eu-west-1.amazonaws.com", True),
        ("AMAZONAWS.COM.", True),
        ("s3.cn-north-1.amazonaws.com.cn", True),
        ("lambda.eu-west-1.api.aws", True),
        ("169.254.169.254", True),
        ("[fd00:ec2::254]", True),
        ("localhost", False),
        ("127.0.0.1", False),
        ("localstack", False),
        ("notamazonaws.com", False),
        ("amazonaws.com.example", False),
    ],
)
def test_the_names_that_are_amazons(host, is_aws):
    assert guard.is_aws(host) is is_aws


def test_a_lookup_fails_at_once_and_is_remembered():
    with guard.raised() as touched, pytest.raises(pytest.fail.Exception, match="mark it @pytest"):
        socket.getaddrinfo("sts.amazonaws.com", 443)
    assert touched == ["sts.amazonaws.com"]


def test_loopback_is_looked_up_and_everything_is_as_before_afterwards():
    before = socket.getaddrinfo
    with guard.raised():
        assert socket.getaddrinfo("127.0.0.1", 80)
    assert socket.getaddrinfo is before


def test_a_client_of_boto3_fails_the_test(pytester):
    lay(pytester, test_real_py=REAL)
    result = run(pytester, "test_real.py")
    result.assert_outcomes(failed=1)
    assert guard.said("codepipeline.eu-west-1.amazonaws.com") in result.outlines


def test_a_proxy_does_not_help(pytester, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    lay(pytester, test_real_py=REAL)
    run(pytester, "test_real.py").assert_outcomes(failed=1)
    assert "this test calls AWS" in run(pytester, "test_real.py").stdout.str()


def test_a_call_that_the_test_swallows_fails_it_too(pytester):
    swallowing = REAL.replace("    boto3.client", "    try:\n        boto3.client").replace(
        "list_pipelines()", "list_pipelines()\n    except BaseException:\n        pass"
    )
    lay(pytester, test_real_py=swallowing)
    run(pytester, "test_real.py").assert_outcomes(failed=1)


def test_a_test_marked_live_is_skipped_unless_that_is_wanted(pytester):
    look = "import pytest, socket\n\n@pytest.mark.live\ndef test_it(pipeline): socket.getaddrinfo('127.0.0.1', 80)\n"
    lay(pytester, test_real_py=look)
    run(pytester, "test_real.py").assert_outcomes(skipped=1)
    run(pytester, "test_real.py", "--pipeline-live").assert_outcomes(passed=1)


def test_a_local_endpoint_is_no_business_of_the_guard(pytester, endpoint):
    local = REAL.replace('region_name="eu-west-1"', f'region_name="eu-west-1", endpoint_url="{endpoint.url}"')
    lay(pytester, test_real_py=local)
    run(pytester, "test_real.py").assert_outcomes(passed=1)

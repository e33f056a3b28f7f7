"""The fixture codepipeline_endpoint: one process for a session, empty for each test, with clients and commands."""

from __future__ import annotations

import sys

import pytest

from plugin.shops import SHOP, lay, run
from pytest_pipeline import endpoint
from reconciler.errors import Broken

pytest_plugins = ["pytester"]

USING = f"""\
import pytest, yaml

DOCUMENT = yaml.safe_load('''{SHOP}''')["pipeline"]


@pytest.mark.parametrize("turn", [1, 2])
def test_it_is_empty_and_time_is_told_to_pass(codepipeline_endpoint, turn):
    client = codepipeline_endpoint.client()
    assert client.list_pipelines()["pipelines"] == []
    codepipeline_endpoint.give({{"Build/Compile": "fails"}})
    client.create_pipeline(pipeline=DOCUMENT)
    run, = client.list_pipeline_executions(pipelineName="shop-prod-deploy")["pipelineExecutionSummaries"]
    codepipeline_endpoint.settle()
    again, = client.list_pipeline_executions(pipelineName="shop-prod-deploy")["pipelineExecutionSummaries"]
    assert (run["status"], again["status"]) == ("InProgress", "Failed")


def test_accounts_and_faults(codepipeline_endpoint):
    client = codepipeline_endpoint.client("sts", account="222222222222", region="us-east-1")
    assert client.get_caller_identity()["Account"] == "222222222222"
    codepipeline_endpoint.fault("AccessDeniedException", operation="ListPipelines")
    with pytest.raises(Exception, match="AccessDenied"):
        codepipeline_endpoint.client().list_pipelines()
    codepipeline_endpoint.advance("5m")
"""


def test_a_session_uses_one_endpoint(pytester):
    lay(pytester, test_shop_py=USING)
    run(pytester, "test_shop.py", "-W", "error").assert_outcomes(passed=3)


def test_nothing_starts_where_no_test_asks_for_it(pytester, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere")
    lay(pytester, test_shop_py="def test_nothing(): pass\n")
    run(pytester, "test_shop.py").assert_outcomes(passed=1)


def test_an_endpoint_that_does_not_start_says_why(monkeypatch):
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.setattr(endpoint.sys, "executable", "/bin/false")
    told = pytest.raises(pytest.fail.Exception, match="does not start: it said nothing; pip install")
    with told, endpoint.running():
        pass


def test_without_boto3_the_factory_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(pytest.fail.Exception, match="pip install boto3"):
        endpoint.Endpoint("http://127.0.0.1:9").client()


def test_a_command_that_is_refused_says_what_is_wrong():
    with endpoint.running() as found, pytest.raises(Broken, match=r"explode.*there are advance"):
        found.say("explode")

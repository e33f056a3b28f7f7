"""What is live is read by the daemon, over an endpoint on loopback."""

from __future__ import annotations

import pytest

from builders import action, pipeline, sources, stage
from plugin.projects import INSTALLED
from pytest_pipeline import plugin

pytest_plugins = ["pytester"]

BODY = """
import pytest

@pytest.mark.live
def test_it(live_pipelines):
    assert list(live_pipelines) == ["shop-prod-deploy"]
    assert live_pipelines["shop-prod-deploy"].environment == "prod"
"""


@pytest.fixture
def session(pytester, workshop):
    workshop.define(pipeline("shop-prod-deploy", [sources(), stage("Prod", action("Go", "Approval", "Manual"))]))
    workshop.folder.joinpath("pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    workshop.folder.joinpath("test_live.py").write_text(BODY)
    pytester.chdir()

    def run(*more):
        folder = str(workshop.folder)
        words = ["--rootdir", folder, "-c", f"{folder}/pytest.ini", "-p", "no:cacheprovider", folder, *more]
        return pytester.runpytest_inprocess(*words, plugins=[] if INSTALLED else [plugin])

    return run


def test_live_pipelines_are_what_the_daemon_sees(session, workshop):
    workshop.apply()
    session("--pipeline-live").assert_outcomes(passed=1)


def test_what_cannot_be_read_is_told(session, workshop, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    result = session("--pipeline-live")
    result.assert_outcomes(errors=1)
    assert "live pipelines could not be read: " in result.stdout.str()

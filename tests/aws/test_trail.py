"""CloudTrail is asked about one pipeline, slowly, and last executions are read with what failed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler import settings
from reconciler.aws import executions, trail
from reconciler.aws.buckets import TRAIL, Buckets
from reconciler.pipeline.arns import Target

TARGET = Target("111111111111", "eu-west-1")
AT = datetime(2026, 5, 1, tzinfo=UTC)


class Answers(trail.Trail):
    """A trail whose calls are answered from a table by resource."""

    def __init__(self, **pages):
        self.asked, self.table, self._calls = [], pages, self

    def pages(self, call):
        name = call.parameters["LookupAttributes"][0]["AttributeValue"]
        self.asked.append(name)
        return iter(self.table.get("arn" if name.startswith("arn:") else name, [{"Events": []}]))


class Access:
    target = TARGET


def entry(text):
    return {"EventId": "e1", "EventName": "UpdatePipeline", "EventTime": AT, "CloudTrailEvent": text}


def test_events_come_as_they_were_written():
    (event,) = Answers(web=[{"Events": [entry('{"userAgent": "x"}')]}]).events(Access(), "web", AT, None)
    assert (event.name, event.at, event.detail) == ("UpdatePipeline", AT, {"userAgent": "x"})


def test_the_arn_is_asked_for_where_the_name_has_no_events():
    made = Answers(arn=[{"Events": [entry("{}")]}])
    assert len(made.events(Access(), "web", AT, AT)) == 1
    assert made.asked == ["web", "arn:aws:codepipeline:eu-west-1:111111111111:web"]


@pytest.mark.parametrize("text", ["", "no json", "[]", "[" * 100_000])
def test_an_event_that_is_no_object_says_nothing(text):
    (event,) = Answers(web=[{"Events": [entry(text)]}]).events(Access(), "web", AT, AT)
    assert event.detail == {}


def test_no_more_than_a_few_pages_are_read():
    made = Answers(web=[{"Events": [entry("{}")]}] * 10)
    assert len(made.events(Access(), "web", AT, AT)) == trail.PAGES


def test_cloudtrail_is_asked_twice_a_second_whatever_the_settings_say():
    waits = []
    clock = [0.0]

    def sleep(seconds):
        waits.append(seconds)
        clock[0] += seconds

    buckets = Buckets(settings.Aws(rate=500, ceiling=1000, burst=200), clock=lambda: clock[0], sleep=sleep)
    for _ in range(12):
        buckets.of(TARGET, "trail").take()
        buckets.of(TARGET, "trail").succeeded()
    assert sum(waits) >= 10 / TRAIL


def stage(**latest):
    inside = {"pipelineExecutionId": "x1"}
    state = {"actionName": "Compile", "latestExecution": {"status": "Failed", **latest}}
    return {"stageName": "Build", "latestExecution": inside, "actionStates": [state]}


def test_what_failed_in_another_execution_is_not_told():
    assert list(executions._failures(stage(), "x2")) == []


@pytest.mark.parametrize(("url", "kept"), [("https://x", "https://x"), ("javascript:alert(1)", ""), ("http://x", "")])
def test_only_secure_addresses_are_kept(url, kept):
    (found,) = executions._failures(stage(externalExecutionUrl=url), "x1")
    assert found.url == kept


def test_messages_are_cut_and_hold_no_secret():
    token = "ghp_" + "k33pth1s" * 5
    details = {"code": "JobFailed", "message": f"{token} " + "x" * 5000}
    (found,) = executions._failures(stage(errorDetails=details), "x1")
    assert token not in found.message
    assert len(found.message) == executions.LONGEST


def test_a_condition_that_failed_is_told_by_its_rule():
    rule = {
        "ruleName": "Alarm",
        "latestExecution": {"status": "Failed", "errorDetails": {"code": "JobFailed", "message": "no"}},
    }
    shown = {"stageName": "Build", "latestExecution": {"pipelineExecutionId": "x1"},
             "beforeEntryConditionState": {"conditionStates": [{"ruleStates": [rule]}]}}  # fmt: skip
    (found,) = executions._failures(shown, "x1")
    assert (found.action, found.code) == ("beforeEntry Alarm", "JobFailed")

"""Who did it, out of CloudTrail's events, whatever stands in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.plan import authors
from reconciler.plan.authors import Event, Question
from reconciler.plan.drift import Kind

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ANA = {"arn": "arn:aws:iam::111111111111:user/ana"}


def event(name="UpdatePipeline", *, at=NOW, version=2, agent="aws-cli/2.15", who=ANA, **more):
    answer = {"pipeline": {"version": version}} if version else None
    detail = {"userIdentity": who, "userAgent": agent, "responseElements": answer, **more}
    return Event(f"e-{name}", name, at, "ana", detail)


def question(kind=Kind.DEFINITION, *places, updated=NOW, since=NOW, now=NOW):
    return Question(kind, 2, updated, places, since, now)


def test_the_event_that_made_the_version_is_the_authors_and_no_other():
    later = event(version=3, at=NOW + timedelta(1))
    found = authors.find(question(), [later, event(version=1), event()])
    assert (found.principal, found.how, found.event_id) == (ANA["arn"], "cli", "e-UpdatePipeline")


def test_a_refused_call_made_nothing():
    assert authors.find(question(), [event(errorCode="AccessDenied")]) is None


@pytest.mark.parametrize(("apart", "found"), [(3, True), (60, False)])
def test_where_cloudtrail_left_the_answer_out_the_time_tells(apart, found):
    one = event(version=0, at=NOW + timedelta(seconds=apart))
    assert (authors.find(question(), [one]) is not None) is found


def test_our_own_write_is_never_drift_of_others():
    found = authors.find(question(), [event(agent="Boto3/1.40 codepipeline-reconciler/1.0")])
    assert (found.how, found.principal) == ("self", "")
    assert "our own write came back different" in found.note


def test_of_tags_the_newest_event_about_one_of_them_counts_and_never_ours():
    tagged = {"requestParameters": {"tags": [{"key": "team", "value": "x"}]}}
    other = event("TagResource", at=NOW + timedelta(2), requestParameters={"tags": [{"key": "colour"}]})
    ours = event("TagResource", at=NOW + timedelta(1), agent="codepipeline-reconciler/1", **tagged)
    theirs = event("UntagResource", requestParameters={"tagKeys": ["team"]})
    assert authors.find(question(Kind.TAGS, "tags.team"), [other, ours, theirs]).event == "UntagResource"


@pytest.mark.parametrize(
    ("detail", "means"),
    [
        pytest.param({"sessionCredentialFromConsole": "true"}, ("console", ""), id="console-session"),
        pytest.param({"userAgent": "Mozilla/5.0"}, ("console", ""), id="browser"),
        pytest.param({"userAgent": "aws-cli/2.15 md/Botocore"}, ("cli", "aws-cli"), id="cli"),
        pytest.param({"userAgent": "APN/1.0 Terraform/1.5 aws-sdk-go-v2"}, ("tool", "terraform"), id="terraform"),
        pytest.param({"userAgent": "cloudformation.amazonaws.com"}, ("tool", "cloudformation"), id="cloudformation"),
        pytest.param({"userAgent": "Boto3/1.34 md/Botocore"}, ("sdk", "boto3"), id="boto3"),
        pytest.param({"userAgent": "events.amazonaws.com"}, ("aws", "events.amazonaws.com"), id="service"),
        pytest.param({"userAgent": ["x"], "userIdentity": "y"}, ("unknown", ""), id="of-another-shape"),
    ],
)  # fmt: skip
def test_the_user_agent_tells_by_which_means(detail, means):
    assert authors.means(Event("e", "UpdatePipeline", NOW, "", detail)) == means


@pytest.mark.parametrize("answer", [[], {"pipeline": []}, {"pipeline": {"version": "2"}}, "text", None])
def test_events_of_another_shape_say_nothing_and_disturb_nobody(answer):
    strange = event(at=NOW - timedelta(1), responseElements=answer, requestParameters=answer)
    assert authors.find(question(), [strange]) is None
    assert authors.find(question(Kind.TAGS, "tags.team"), [event("TagResource", requestParameters=answer)]) is None


def test_an_event_without_anybody_says_so():
    found = authors.author(Event("e", "DeletePipeline", NOW, "", {}))
    assert (found.known, found.note) == (False, "CloudTrail's event does not say who")


@pytest.mark.parametrize(
    ("age", "again", "words"),
    [
        (timedelta(minutes=1), True, "events take some minutes"),
        (timedelta(minutes=30), True, "no event that made it"),
        (timedelta(days=2), False, "no event that made it"),
        (timedelta(days=91), False, "remembers 90 days"),
    ],
)
def test_where_nobody_is_found_the_report_says_why_and_whether_to_ask_again(age, again, words):
    found, more = authors.absent(question(since=NOW - age, updated=NOW - age))
    assert words in found.note
    assert more is again


def test_a_secret_in_an_event_is_not_repeated():
    token = "ghp_" + "k33pth1s" * 5
    assert token not in authors.turned(f"arn:{token}", NOW, token).principal
    assert token not in authors.turned("arn", NOW, token).reason


@pytest.mark.parametrize(("apart", "found"), [(3, True), (60, False)])
def test_an_unmanaged_pipeline_was_made_by_who_created_it_at_that_time(apart, found):
    one = event("CreatePipeline", at=NOW + timedelta(seconds=apart))
    assert (authors.find(question(Kind.UNMANAGED), [one]) is not None) is found


def test_what_we_created_and_nobody_owns_any_more_is_our_own():
    found = authors.find(question(Kind.UNMANAGED), [event("CreatePipeline", agent=f"{authors.OURS}/1")])
    assert (found.how, found.note) == ("self", "created by this reconciler; its owner was taken away since")


def test_a_name_that_is_too_long_is_cut_with_a_mark():
    found = authors.find(question(), [event(who={"arn": "a" * 600})])
    assert found.principal == "a" * 512 + "…"

from __future__ import annotations

import pytest

from builders import action, build, connection, sources, stage
from reconciler.errors import Broken
from reconciler.simulation import forgetting, messages
from reconciler.simulation.assumptions import Assumptions
from reconciler.simulation.durations import HOUR, MINUTE
from reconciler.simulation.outcomes import Alarm, Calls, Continues, Hangs, Runs, Succeeds
from reconciler.simulation.sources import CodeCommitChange, Push
from reconciler.simulation.webhooks import Delivery
from simulation.worlds import (
    BEGINS,
    NAME,
    approval,
    at,
    code,
    document,
    fails,
    gate,
    rule,
    shop,
    starts,
    status,
    takes,
    world,
)

LAMBDA = stage("B", action("X", "Invoke", "Lambda", configuration={"FunctionName": "check"}))


def _handled(*verdicts):
    asked = []

    def handle(runs, about):
        asked.append((runs.handler, about.continuation))
        return verdicts[min(len(asked), len(verdicts)) - 1]

    made = shop(LAMBDA, given={"B/X": Runs("jobs:check")}, handlers=handle)
    return made, asked, starts(made, 0)[0]


def test_a_handler_decides():
    made, asked, e1 = _handled(Succeeds(variables={"SCORE": "9"}))
    made.settle()
    assert (asked, made.run_of(e1).action("B/X").variables) == ([("jobs:check", "")], {"SCORE": "9"})


def test_a_handler_that_never_reports_fails_after_its_window():
    made, _, e1 = _handled(Hangs())
    made.settle()
    found = made.run_of(e1).action("B/X")
    assert (found.status, found.ended - found.started) == ("Failed", 20 * MINUTE)


def test_a_continuation_token_brings_the_handler_again_and_restarts_its_window():
    made, asked, e1 = _handled(Continues("one", "15m"), Continues("two", "15m"), Succeeds(after=0))
    made.settle()
    assert ([token for _, token in asked], status(made, e1)) == (["", "one", "two"], ["Succeeded"])


def test_continuations_end_after_a_day():
    made, _, e1 = _handled(Continues("on", "10m"))
    made.settle()
    found = made.run_of(e1).action("B/X")
    assert (found.status, found.ended - found.started) == ("Failed", 24 * HOUR)


def test_what_never_ends_parks_with_the_budget_as_the_reason():
    made, _, e1 = _handled(Continues("on", 0))
    made.budget = 50
    made.settle()
    assert (made.run_of(e1).waiting.kind, "budget" in made.run_of(e1).waiting.reason) == ("budget", True)


def test_a_handler_without_handlers_is_an_error():
    made = shop(LAMBDA, given={"B/X": Runs("jobs:check")})
    starts(made, 0)
    with pytest.raises(Broken, match="jobs:check"):
        made.settle()


@pytest.mark.parametrize("function", [lambda _: None, lambda _: Continues("x") and 3], ids=["nothing", "a number"])
def test_a_function_has_to_give_an_outcome(function):
    made = shop(given={"B/X": Calls(function)})
    starts(made, 0)
    with pytest.raises(Broken, match="must give an outcome"):
        made.settle()


def test_interventions_can_be_put_into_the_future():
    made = shop()
    e1 = starts(made, 0)[0]
    made.schedule("5s", "stop", NAME, 1, reason="enough")
    made.schedule("6s", "stop", NAME, "nobody")
    made.settle()
    assert (status(made, e1), made.run_of(e1).stop_reason) == (["Stopped"], "enough")
    assert made.log[-1].state == "STOPPED" or any("code" in each.detail for each in made.log)


@pytest.mark.parametrize(("moment", "intent"), [("1s", "stop"), ("1h", "explode")], ids=["past", "unknown"])
def test_a_wrong_plan_is_an_error(moment, intent):
    made = at(shop(), 60)
    with pytest.raises(Broken, match=r"ago|explode"):
        made.schedule(moment, intent, NAME)


def test_time_does_not_go_backwards():
    with pytest.raises(Broken, match="backwards"):
        at(shop(), 60).run("1s")


def test_a_fork_shares_the_past_and_not_the_future():
    made = shop(stage("Prod", approval()))
    e1 = made.start(NAME)
    made.settle()
    twin = made.fork()
    twin.approve(NAME, "Prod", "Approve")
    made.approve(NAME, "Prod", "Approve", status="Rejected")
    assert (status(made, e1), status(twin, e1)) == (["Failed"], ["Succeeded"])


def test_keeping_bounds_what_is_remembered():
    made = shop(keep=3)
    for _ in range(30):
        made.start(NAME)
        made.settle()
    assert 3 <= len(made.executions(NAME)) <= 7
    assert len(made.log) < 8 * 20
    assert status(made, *made.executions(NAME))[0] == "Succeeded"


def test_the_timeout_of_a_forgotten_execution_does_not_happen():
    made = shop(stage("Prod", approval()), keep=1)
    for _ in range(8):
        made.start(NAME)
        made.settle()
        made.approve(NAME, "Prod", "Approve")
    made.run()
    assert (len(made.runs), len(made.approvals)) == (2, 2)


@pytest.mark.parametrize("deletion", ["abandons", "runs on"])
def test_nothing_is_kept_of_a_pipeline_that_was_deleted(deletion):
    made = shop(stage("Prod", approval()), keep=1, assumptions=Assumptions(deletion=deletion))
    for _ in range(3):
        made.start(NAME)
        made.settle()
        made.delete(NAME)
        made.create(document(stage("Prod", approval())))
    made.delete(NAME)
    made.run()
    assert (made.runs, made.jobs, made.approvals, made.deleted) == ({}, {}, {}, {})
    assert len(made.log) <= 2 * sum(not line.execution for line in made.log)


def test_a_history_that_survives_a_deletion_is_bounded_too():
    made = shop(keep=2, assumptions=Assumptions(history_survives_deletion=True))
    for _ in range(4):
        for _ in range(3):
            made.start(NAME)
            made.settle()
        made.delete(NAME)
        made.create(document(), run=False)
    assert 0 < len(made.executions(NAME)) == len(made.runs) <= 4


def test_the_last_execution_of_each_stage_is_kept():
    made = shop(stage("B", build("X")), stage("D", build("Y")), keep=1)
    first = made.start(NAME)
    made.settle()
    made.give({"B/X": fails()})
    for _ in range(9):
        made.start(NAME)
        made.settle()
    assert made.state(NAME).stage("D").latest == first
    assert (status(made, first), len(made.runs) < 9) == (["Succeeded"], True)


def test_lines_about_no_execution_are_bounded(monkeypatch):
    monkeypatch.setattr(forgetting, "LOOSE", 10)
    made = shop(keep=1)
    for _ in range(100):
        assert code(made.start, "nobody") == "PipelineNotFoundException"
        assert code(made.retry, NAME, "B", "none")
    assert len(made.log) <= 20
    assert made.log[-1].pipeline == NAME


def test_an_alarm_decides_a_rule():
    watch = rule("CloudWatchAlarm", AlarmName="errors", WaitTime="10")
    made = shop(stage("B", build("X"), onSuccess=gate("FAIL", watch)))
    made.alarm("errors", "ALARM")
    e1 = starts(made, 0)[0]
    at(made, 60)
    assert made.run_of(e1).waiting.kind == "window"
    made.alarm("errors", "OK")
    assert status(made, e1) == ["Succeeded"]


LATER = {"B.onSuccess/Gate": Alarm("errors", "ALARM", after="1m")}


@pytest.mark.parametrize("given", [{}, LATER], ids=["known", "given"])
def test_an_alarm_that_changes_is_asked_about_at_once(given):
    watch = rule("CloudWatchAlarm", AlarmName="errors", AlarmStates="INSUFFICIENT_DATA", WaitTime="10")
    made = shop(stage("B", build("X"), onSuccess=gate("FAIL", watch)), given=given)
    made.alarm("errors", "ALARM")
    e1 = starts(made, 0)[0]
    at(made, 180)
    made.alarm("errors", "INSUFFICIENT_DATA")
    run = made.run_of(e1)
    assert (run.status, run.ended) == ("Succeeded", 180_000)


def test_an_alarm_that_was_given_stays_known_when_another_changes():
    watch = rule("CloudWatchAlarm", AlarmName="errors", WaitTime="10")
    given = {"B.onSuccess/Gate": Alarm("errors", "ALARM", at=0)}
    made = shop(stage("B", build("X"), onSuccess=gate("FAIL", watch)), given=given)
    e1 = starts(made, 0)[0]
    at(made, 60).alarm("latency", "ALARM")
    made.settle()
    assert (status(made, e1), made.run_of(e1).ended) == (["Failed"], 611_000)


def test_an_alarm_can_be_given():
    watch = rule("CloudWatchAlarm", AlarmName="errors", WaitTime="10")
    given = {"B.onSuccess/Gate": Alarm("errors", "ALARM", at=0)}
    made = shop(stage("B", build("X"), onSuccess=gate("FAIL", watch)), given=given)
    e1 = starts(made, 0)[0]
    made.settle()
    assert status(made, e1) == ["Failed"]


def test_a_push_starts_the_pipelines_that_watch_it():
    made = world(given={"*/*": takes(1)})
    made.create(document(sources(connection()), stage("B", build("X"))), run=False)
    (e1,) = made.deliver(Push(repository="shop/web", branch="main", commit="3f2a"))
    assert made.deliver(Push(repository="shop/web", branch="other", commit="beef")) == ()
    made.settle()
    run = made.run_of(e1)
    assert (run.trigger.type, run.revisions, run.status) == ("WebhookV2", {"Checkout": "3f2a"}, "Succeeded")


def test_an_event_starts_a_pipeline_once_where_its_source_does_not_poll():
    place = {"RepositoryName": "web", "BranchName": "main", "PollForSourceChanges": "false"}
    made = world(given={"*/*": takes(1)})
    source = action("Checkout", "Source", "CodeCommit", outputs=("source",), configuration=place)
    made.create(document(sources(source), stage("B", build("X"))), run=False)
    (e1,) = made.deliver(CodeCommitChange(repository="web", branch="main", commit="3f2a"))
    assert (made.run_of(e1).trigger.type, made.executions(NAME)) == ("CloudWatchEvent", (e1,))


def test_a_webhook_starts_its_pipeline():
    place = {"Owner": "shop", "Repo": "web", "Branch": "main", "OAuthToken": "****x", "PollForSourceChanges": "false"}
    made = world()
    source = action("Checkout", "Source", "GitHub", owner="ThirdParty", outputs=("source",), configuration=place)
    made.create(document(sources(source), stage("B", build("X"))), run=False)
    hook = {"name": "hook", "targetPipeline": NAME, "targetAction": "Checkout", "authentication": "UNAUTHENTICATED",
            "authenticationConfiguration": {},
            "filters": [{"jsonPath": "$.ref", "matchEquals": "refs/heads/{Branch}"}]}  # fmt: skip
    made.put_webhook(hook)
    answer, e1 = made.deliver_webhook("hook", Delivery(b'{"ref": "refs/heads/main"}'))
    told = made.run_of(e1).trigger
    assert (answer.starts, told.type, told.detail.split(":")[-2:]) == (True, "Webhook", ["webhook", "hook"])
    assert made.deliver_webhook("hook", Delivery(b'{"ref": "refs/heads/x"}'))[1] == ""
    assert made.deliver_webhook("nobody", Delivery(b"{}"))[0].status == 404
    assert code(made.put_webhook, {**hook, "targetAction": "Nobody"}) == "ValidationException"


def test_a_revision_that_is_known_starts_nothing():
    made = shop()
    new, e1 = made.put_action_revision(NAME, "Source", "Checkout", "v1")
    assert (new, made.put_action_revision(NAME, "Source", "Checkout", "v1")) == (True, (False, e1))
    assert code(made.put_action_revision, NAME, "Source", "Nobody", "v1") == "ActionNotFoundException"


def test_a_run_says_near_names():
    made = shop()
    e1 = starts(made, 0)[0]
    made.settle()
    run = made.run_of(e1)
    for ask, message in ((lambda: run.action("B/Y"), "there is D/Y, B/X"), (lambda: run.stage("Z"), "never came")):
        with pytest.raises(KeyError, match=message):
            ask()
    with pytest.raises(KeyError, match="it has Source"):
        made.state(NAME).stage("Z")


def test_a_run_knows_how_long_it_took():
    made = shop()
    e1 = starts(made, 0)[0]
    at(made, 5)
    assert (made.run_of(e1).elapsed, made.run_of(e1).parked) == (5_000, False)
    made.settle()
    assert made.run_of(e1).elapsed == 21_000


def test_an_intent_has_the_shape_of_a_cloudtrail_record():
    made = at(shop(), 90)
    made.start(NAME, by="arn:aws:iam::111111111111:user/ana")
    code(made.start, "nobody")
    first, second = [messages.call(each, BEGINS, "111111111111", "eu-west-1") for each in made.log
                     if each.state == "StartPipelineExecution"]  # fmt: skip
    assert (first["eventName"], first["eventTime"]) == ("StartPipelineExecution", "2026-01-05T09:01:30Z")
    assert (second["errorCode"], "errorCode" in first) == ("PipelineNotFoundException", False)


def test_events_say_what_happened_outside():
    made = shop(given={"B/X": Succeeds(summary="built", external_id="build:7")})
    e1 = made.start(NAME, by="ana")
    made.settle()
    events = made.run_of(e1).events
    last = next(each["detail"] for each in events if each["detail"].get("action") == "X" and
                each["detail"]["state"] == "SUCCEEDED")  # fmt: skip
    assert events[0]["detail"]["execution-trigger"] == {
        "trigger-type": "StartPipelineExecution",
        "trigger-detail": "ana",
    }
    assert last["execution-result"] == {"external-execution-summary": "built", "external-execution-id": "build:7"}
    assert events[0]["resources"] == ["arn:aws:codepipeline:eu-west-1:111111111111:shop"]


def test_a_retry_is_told_as_resumed_with_the_next_attempt():
    made = shop(given={"B/X": [takes(1), takes(1)]})
    e1 = starts(made, 0)[0]
    made.stop(NAME, e1, reason="oops")
    made.settle()
    made.retry(NAME, "Source", e1)
    made.settle()
    told = [each["detail"] for each in made.run_of(e1).events if "Pipeline Execution" in each["detail-type"]]
    assert [(each["state"], each["pipeline-execution-attempt"]) for each in told] == [
        ("STARTED", 1),
        ("STOPPING", 1),
        ("STOPPED", 1),
        ("RESUMED", 2),
        ("SUCCEEDED", 2),
    ]

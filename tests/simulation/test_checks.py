"""Verdicts of rules (reference D.6, E.9)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.errors import Broken
from reconciler.simulation import checks
from reconciler.simulation.durations import HOUR, MINUTE

MONDAY = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def rule(provider, **configuration):
    kind = {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": "Gate", "ruleTypeId": kind, "configuration": configuration}


def facts(clock=0, **members):
    return checks.Facts(MONDAY, clock, **members)


@pytest.mark.parametrize(
    ("operator", "value", "status"),
    [
        pytest.param("EQ", "main", "Succeeded", id="D6-EQ"),
        pytest.param("EQ", "Main", "Failed", id="D6-EQ-not"),
        pytest.param("NE", "next", "Succeeded", id="D6-NE"),
        pytest.param("NE", "main", "Failed", id="D6-NE-not"),
        pytest.param("CONTAINS", "ai", "Succeeded", id="D6-CONTAINS"),
        pytest.param("CONTAINS", "x", "Failed", id="D6-CONTAINS-not"),
        pytest.param("MATCHES", "ma.*", "Succeeded", id="D6-MATCHES"),
        pytest.param("MATCHES", "a", "Failed", id="D6-MATCHES-not"),
        pytest.param("MATCHES", "(?=m)", "Failed", id="an-expression-not-read"),
        pytest.param("LIKE", "main", "Failed", id="unknown-operator"),
    ],
)
def test_d6_variable_check(operator, value, status):
    given = rule("VariableCheck", Variable="#{Src.BranchName}", Value=value, Operator=operator)
    assert checks.verdict(given, facts(variables={"Src.BranchName": "main"})).status == status


def test_a_variable_without_a_value_fails_and_is_named():
    given = rule("VariableCheck", Variable="#{Src.Nope}", Value="x", Operator="NE")
    found = checks.verdict(given, facts())
    assert (found.status, "Src.Nope has no value" in found.summary) == ("Failed", True)


def test_matches_can_mean_a_part():
    given = rule("VariableCheck", Variable="main", Value="a", Operator="MATCHES")
    assert checks.verdict(given, facts(), checks.Choices(matches_whole=False)).status == "Succeeded"


def test_d6_an_open_window_succeeds():
    assert checks.verdict(rule("DeploymentWindow", Cron="* * 8 ? * MON"), facts()).status == "Succeeded"


def test_d6_a_closed_window_waits_until_it_opens():
    found = checks.verdict(rule("DeploymentWindow", Cron="* * 9 ? * MON"), facts(clock=500))
    assert (found.status, found.until) == ("InProgress", 500 + HOUR)


def test_d6_a_closed_window_can_fail_at_once():
    closed = rule("DeploymentWindow", Cron="* * 9 ? * MON")
    assert checks.verdict(closed, facts(), checks.Choices(outside_window="fail")).status == "Failed"


def test_a_window_that_never_opens_is_waited_for_without_end():
    found = checks.verdict(rule("DeploymentWindow", Cron="* * * ? * * 2020"), facts())
    assert (found.status, found.until, "never" in found.summary) == ("InProgress", None, True)


def test_d6_the_zone_of_a_window_counts():
    assert checks.verdict(rule("DeploymentWindow", Cron="* * 9 ? * *", TimeZone="CET"), facts()).status == "Succeeded"


def test_a_wrong_cron_expression_fails_and_says_why():
    assert "5 fields" in checks.verdict(rule("DeploymentWindow", Cron="* * * * *"), facts()).summary


ALARMS = {"cpu": (checks.AlarmState(0, "ALARM"), checks.AlarmState(5 * MINUTE, "OK"))}
LATE = {"cpu": (checks.AlarmState(0, "OK"), checks.AlarmState(5 * MINUTE, "ALARM"))}
WATCHED = checks.Choices(alarm_states="watched")


@pytest.mark.parametrize(
    ("clock", "wait", "status", "until"),
    [
        pytest.param(0, "10", "InProgress", 5 * MINUTE, id="the-next-change"),
        pytest.param(5 * MINUTE, "10", "Succeeded", None, id="it-became-OK"),
        pytest.param(0, "3", "InProgress", 3 * MINUTE, id="the-end-of-WaitTime"),
        pytest.param(3 * MINUTE, "3", "Failed", None, id="WaitTime-is-over"),
        pytest.param(6 * MINUTE, "3", "Failed", None, id="OK-too-late"),
        pytest.param(0, "0", "Failed", None, id="no-WaitTime"),
        pytest.param(0, "soon", "Failed", None, id="no-number"),
    ],
)
def test_d6_an_alarm_is_awaited(clock, wait, status, until):
    found = checks.verdict(rule("CloudWatchAlarm", AlarmName="cpu", WaitTime=wait), facts(clock, alarms=ALARMS))
    assert (found.status, found.until) == (status, until)


def test_d6_an_alarm_that_is_ok_at_the_first_check_succeeds_at_once():
    given = rule("CloudWatchAlarm", AlarmName="cpu", WaitTime="10", AlarmStates="ALARM")
    assert checks.verdict(given, facts(alarms=LATE)).status == "Succeeded"


def test_an_alarm_nobody_gave_is_ok_unless_said_otherwise():
    given = rule("CloudWatchAlarm", AlarmName="cpu")
    unknown = [checks.Choices(), checks.Choices(alarm_unknown="INSUFFICIENT_DATA")]
    assert [checks.verdict(given, facts(), each).status for each in unknown] == ["Succeeded", "Failed"]


@pytest.mark.parametrize(
    ("clock", "status", "until"),
    [
        pytest.param(0, "InProgress", 5 * MINUTE, id="the-next-change"),
        pytest.param(5 * MINUTE, "Failed", None, id="it-alarms"),
    ],
)
def test_an_alarm_can_be_watched_instead(clock, status, until):
    given = rule("CloudWatchAlarm", AlarmName="cpu", WaitTime="10")
    found = checks.verdict(given, facts(clock, alarms=LATE), WATCHED)
    assert (found.status, found.until) == (status, until)


def test_a_watched_alarm_that_stays_quiet_succeeds_at_the_end():
    given = rule("CloudWatchAlarm", AlarmName="cpu", WaitTime="4")
    found = [checks.verdict(given, facts(minutes * MINUTE, alarms=LATE), WATCHED).status for minutes in (3, 4)]
    assert found == ["InProgress", "Succeeded"]


def test_what_an_alarm_did_before_the_rule_started_is_over():
    given = rule("CloudWatchAlarm", AlarmName="cpu", WaitTime="1")
    assert checks.verdict(given, facts(6 * MINUTE, started=6 * MINUTE, alarms=ALARMS)).status == "Succeeded"


def test_an_alarm_state_that_is_not_there_is_named():
    given = rule("CloudWatchAlarm", AlarmName="cpu", AlarmStates="RED")
    assert "RED is no alarm state" in checks.verdict(given, facts(alarms=ALARMS)).summary


@pytest.mark.parametrize("provider", checks.GIVEN)
def test_d6_the_verdict_of_a_run_comes_from_outside(provider):
    told = checks.Check("Failed", "exit 1")
    assert checks.verdict(rule(provider), facts(outcome=told)) is told
    assert checks.verdict(rule(provider), facts()).status == "InProgress"


def test_an_unknown_provider_is_refused():
    with pytest.raises(Broken, match="Weather is not known"):
        checks.verdict(rule("Weather"), facts())

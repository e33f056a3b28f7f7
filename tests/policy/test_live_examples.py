"""Every rule about live pipelines with its own examples: each is laid over what is seen of a sound pipeline in prod."""

from __future__ import annotations

import datetime as dt
from textwrap import dedent

import pytest

from reconciler import documents
from reconciler.definitions import native, reading
from reconciler.definitions.tags import OWNER
from reconciler.pipeline import providers
from reconciler.pipeline.model import Pipeline
from reconciler.policy import examples, iam, judge, rules, table
from reconciler.policy.rules import Outcome
from reconciler.policy.sightings import Seen
from reconciler.settings import Settings

NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
SETTINGS = Settings.model_validate(documents.parse(examples.SETTINGS, "settings"))
POLICY = judge.Policy(SETTINGS, NOW.date())
BY_RULE = [pytest.param(rule, id=rule.id) for rule in table.RULES if rule.scope == "live"]


def sound():
    text = examples.files("prod: {}")["web.yaml"]
    found, _ = reading.judge(text.encode(), "web.yaml", native.Context(SETTINGS.environments, SETTINGS.naming, str))
    return next(each for each in found if each.environment == "prod")


PIPELINE = sound()
ROLES = iam.roles(Pipeline(PIPELINE.document), PIPELINE.target, providers.catalogue())


def merged(base, more):
    both = isinstance(base, dict) and isinstance(more, dict)
    return (
        {key: merged(base.get(key), more[key]) if key in more else base[key] for key in {**base, **more}}
        if both
        else more
    )


def seen(example: str) -> Seen:
    said = documents.parse(dedent(example), "example")
    as_printed = {role.arn: {"trust": role.trust, "policies": {"printed": role.permissions}} for role in ROLES}
    return Seen(
        now=NOW,
        tags=said.get("tags", {OWNER: SETTINGS.sync.owner}),
        metadata=said.get("metadata", {}),
        stages=said.get("stages", {}),
        roles=merged(as_printed, said["roles"]) if "roles" in said else None,
    )


def told(example: str) -> list[tuple[int, str]]:
    found = judge.live(POLICY.gather(judge.stated(PIPELINE)), seen(example), POLICY)
    faults = [each.fault for each in found if each.verdict.outcome is Outcome.FAIL]
    return sorted((each.line, each.rule) for each in documents.locate(dedent(example), "example", faults))


def marked(rule: rules.PolicyRule) -> list[tuple[int, str]]:
    lines = enumerate(dedent(rule.bad).splitlines(), 1)
    return [(number, rule.id) for number, line in lines if line.endswith("# finding")]


@pytest.mark.parametrize("rule", BY_RULE)
def test_the_bad_example_breaks_this_rule_at_its_line_and_no_other(rule):
    assert marked(rule)
    assert told(rule.bad) == marked(rule)


@pytest.mark.parametrize("rule", BY_RULE)
def test_the_good_example_breaks_no_rule(rule):
    assert told(rule.good) == []


def test_roles_that_nobody_read_are_not_judged():
    outcomes = judge.outcomes(POLICY.gather(judge.stated(PIPELINE)), POLICY, seen("{}"))
    assert {outcomes[each] for each in outcomes if each.startswith("role-")} == {Outcome.NOT_APPLICABLE}


def test_a_role_that_could_not_be_read_is_unknown_to_every_rule_and_never_fine():
    unread = Seen(NOW, roles={role.arn: {"unread": "denied"} for role in ROLES})
    outcomes = judge.outcomes(POLICY.gather(judge.stated(PIPELINE)), POLICY, unread)
    assert {outcomes[each] for each in outcomes if each.startswith("role-")} == {Outcome.UNKNOWN}


def test_the_roles_as_they_are_printed_break_nothing_and_leave_nothing_open():
    outcomes = judge.outcomes(POLICY.gather(judge.stated(PIPELINE)), POLICY, seen("roles: {}"))
    assert {outcomes[each] for each in outcomes if each.startswith("role-")} == {Outcome.PASS}


def test_stages_that_could_not_be_read_are_unknown():
    outcomes = judge.outcomes(POLICY.gather(judge.stated(PIPELINE)), POLICY, Seen(NOW, stages={"unread": "denied"}))
    assert outcomes["live-transition-frozen"] is Outcome.UNKNOWN


def test_files_are_not_asked_about_what_only_live_pipelines_show():
    assert not [each for each in judge.pipeline(POLICY.gather(judge.stated(PIPELINE)), POLICY) if "live-" in each.rule]

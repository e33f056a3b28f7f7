"""Roles as IAM shows them: who takes them, what they may do, and what is missing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from reconciler import settings
from reconciler.definitions import native, reading
from reconciler.pipeline.arns import Target
from reconciler.policy import iam, judge
from reconciler.policy.facts import Stated
from reconciler.policy.rules import Outcome
from reconciler.policy.sightings import Seen
from verdicts import SETTINGS, action, pipeline

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
DEV, PROD = "111111111111", "333333333333"
SERVICE, ACTION = f"arn:aws:iam::{DEV}:role/shop", f"arn:aws:iam::{PROD}:role/ci/deploy"
DOCUMENT = pipeline(action("Deploy/Lambda", "Api", roleArn=ACTION, configuration={"FunctionName": "api"}))
POLICY = judge.Policy(SETTINGS, NOW.date())
KNOWN = POLICY.gather(Stated(DOCUMENT, "dev", Target(DEV, "eu-west-1")))


def trusting(*principals, **more):
    return {
        "Statement": [{"Effect": "Allow", "Principal": each, "Action": "sts:AssumeRole", **more} for each in principals]
    }


def printed():
    found = iam.roles(KNOWN.subject.pipeline, KNOWN.stated.target, KNOWN.subject.catalogue)
    return {role.arn: {"trust": role.trust, "policies": {"printed": role.permissions}} for role in found}


def said(rule, arn, **members):
    roles = printed()
    roles[arn] |= members
    return [each.verdict for each in judge.live(KNOWN, Seen(NOW, roles=roles), POLICY) if each.rule == rule]


def messages(rule, arn, **members):
    return [each.message for each in said(rule, arn, **members)]


def samples():
    """Give every pipeline of the sample repository."""
    folder = Path(__file__).parents[2] / "config" / "pipelines"
    loaded = settings.load(folder.joinpath("..", "reconciler.yaml").read_text(encoding="utf-8"), "settings", {})
    context = native.Context(loaded.environments, loaded.naming, str)
    for file in sorted(folder.rglob("*.yaml")):
        yield from reading.judge(file.read_bytes(), file.name, context)[0]


def test_roles_as_they_are_printed_break_no_rule_for_any_sample():
    found = []
    for each in samples():
        known = POLICY.gather(judge.stated(each))
        needed = iam.roles(known.subject.pipeline, each.target, known.subject.catalogue)
        roles = {role.arn: {"trust": role.trust, "policies": {"printed": role.permissions}} for role in needed}
        found += [each.name for said in judge.live(known, Seen(NOW, roles=roles), POLICY) if "role-" in said.rule]
    assert (list(samples()) != [], found) == (True, [])


@pytest.mark.parametrize("principal", [SERVICE, f"arn:aws:iam::{DEV}:root", DEV])
def test_an_action_role_may_trust_the_role_of_the_pipeline_or_its_account(principal):
    assert said("role-trust", ACTION, trust=trusting({"AWS": [principal]})) == []


@pytest.mark.parametrize(
    ("principal", "words"),
    [
        pytest.param({"AWS": f"arn:aws:iam::{PROD}:root"}, f"trusts arn:aws:iam::{PROD}:root", id="another account"),
        pytest.param("*", "trusts everybody", id="everybody"),
        pytest.param({"AWS": "AROAEXAMPLEID"}, "trusts AROAEXAMPLEID", id="a role that was deleted"),
    ],
)
def test_anybody_else_is_told_and_so_is_that_the_pipeline_cannot_take_it(principal, words):
    stranger, lacking = messages("role-trust", ACTION, trust=trusting(principal))
    assert words in stranger
    assert f"does not trust {SERVICE}" in lacking


def test_everybody_under_conditions_is_unknown():
    found = said("role-trust", ACTION, trust=trusting({"AWS": SERVICE}, "*", Condition={"StringEquals": {"a": "b"}}))
    assert [each.outcome for each in found] == [Outcome.UNKNOWN]


def test_a_denial_trusts_nobody():
    trust = trusting({"Service": "codepipeline.amazonaws.com"})
    trust["Statement"].append({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"})
    assert said("role-trust", SERVICE, trust=trust) == []


def test_what_an_action_needs_and_nothing_gives_is_missing_at_its_role():
    verdict, more = said("role-permission", SERVICE, policies={})
    assert (verdict.outcome, verdict.path) == (Outcome.FAIL, ("roles", SERVICE, "policies"))
    assert (more.outcome, "s3:GetObject" in more.message) == (Outcome.UNKNOWN, True)
    assert "codeconnections:UseConnection" in verdict.message


def test_what_the_policy_of_a_resource_may_allow_is_unknown():
    found = said("role-permission", ACTION, policies={})
    assert [each.outcome for each in found] == [Outcome.UNKNOWN]
    assert "lambda:PublishVersion" in found[0].message


def test_in_another_account_the_role_has_to_be_allowed_too():
    (verdict,) = [each for each in said("role-permission", SERVICE, policies={}) if each.outcome is Outcome.FAIL]
    assert f"sts:AssumeRole on {ACTION}" in verdict.message


def test_a_boundary_takes_away_what_policies_give():
    boundary = {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    assert "codeconnections:UseConnection" in said("role-permission", SERVICE, boundary=boundary)[0].message


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        pytest.param({"Action": "*"}, ["may do *"], id="everything"),
        pytest.param({"Action": ["s3:*", "s3:GetObject"]}, ["may do s3:*"], id="all of a service"),
        pytest.param({"NotAction": "iam:*"}, ["may do all actions but some"], id="all but some"),
        pytest.param({"Action": "s3:Get*"}, [], id="a part of a service"),
        pytest.param({"Action": "*", "Effect": "Deny"}, [], id="a denial"),
    ],
)
def test_rights_without_bounds_are_told(statement, found):
    policies = {"more": {"Statement": [{"Effect": "Allow", "Resource": "*", **statement}]}}
    told = messages("role-wildcard", SERVICE, policies=policies)
    assert [text.removeprefix("the service role shop ") for text in told] == found


@pytest.mark.parametrize(
    ("members", "words"),
    [
        pytest.param({"Resource": f"arn:aws:iam::{DEV}:role/*"}, "may pass any role on", id="any role"),
        pytest.param({"Resource": SERVICE}, "to any service", id="any service"),
        pytest.param(
            {"Resource": SERVICE, "Condition": {"StringLike": {"iam:PassedToService": "*"}}},
            "to any service",
            id="like",
        ),
    ],
)
def test_a_role_that_is_passed_on_is_named_and_so_is_its_service(members, words):
    policies = {"more": {"Statement": {"Effect": "Allow", "Action": "iam:Pass*", **members}}}
    (message,) = messages("role-pass-role", SERVICE, policies=policies)
    assert words in message

# ruff: noqa: UP031  YAML in one line is full of braces
from __future__ import annotations

import datetime as dt
from dataclasses import replace
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

import pytest

from reconciler import documents
from reconciler.definitions import native, reading
from reconciler.pipeline.unknown import Unknown
from reconciler.policy import examples, judge, rules, table
from reconciler.policy.facts import Stated
from reconciler.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.definitions.definition import Definition

TODAY = dt.date(2026, 6, 1)


def policy(*own: rules.PolicyRule, **settings: Any) -> judge.Policy:
    known = documents.parse(examples.SETTINGS, "settings") | settings
    return judge.Policy(Settings.model_validate(known), TODAY, own)


def defined(overrides: str, by: judge.Policy) -> tuple[tuple[Definition, ...], str]:
    text = examples.SET.replace("PURPOSE", "web") + "overrides:\n" + indent(dedent(overrides), "  ")
    context = native.Context(by.settings.environments, by.settings.naming, lambda _: "")
    found, problems = reading.judge(text.encode(), "web.yaml", context)
    assert [each for each in problems if each.severity == "error"] == []
    return found, text


def told(overrides: str, by: judge.Policy | None = None) -> list[str]:
    by = by or policy()
    return [each.rule for each in judge.file(*defined(overrides, by), by).problems if each.severity == "error"]


def rule(check: Any, scope: Any = "pipeline") -> rules.PolicyRule:
    return rules.PolicyRule(
        "own", "a title", "A reason.", rules.levels("error", "error", "error"), check, "", "", scope
    )


def failing(_: object) -> Iterator[rules.Verdict]:
    yield rules.fail(("name",), "found before")
    raise RuntimeError("no such thing")


@pytest.mark.parametrize("scope", ["pipeline", "all"])
def test_a_rule_that_raises_is_a_finding_against_the_rule_and_stops_no_other(scope):
    by = policy(rule(failing, scope))
    found, text = defined("dev: {artifactStore: {location: prod-artifacts}}", by)
    judged = judge.file(found, text, by)
    problems = [(each.rule, each.message) for each in judged.problems]
    said = [(each.fault.rule, each.fault.message) for each in judge.commit(judged.definitions, by).said]
    assert ("environment-bucket" in dict(problems), dict([*problems, *said])["rule-broken"]) == (
        True,
        "the rule own failed: RuntimeError: no such thing",
    )


def test_of_a_set_only_the_pipeline_at_fault_is_held_back():
    by = policy()
    judged = judge.file(*defined("dev: {artifactStore: {location: prod-artifacts}}", by), by)
    assert [each.name for each in judged.blocked] == ["shop-dev-web"]
    assert [each.name for each in judged.definitions] == ["shop-staging-web", "shop-prod-web"]


def test_where_errors_alone_are_asked_for_nothing_else_is_told_and_the_same_is_held_back():
    by = policy(replace(rule(failing), severity=rules.levels("warning", "warning", "warning")))
    found, text = defined("dev: {artifactStore: {location: prod-artifacts}}", by)
    whole, wrong = judge.file(found, text, by), judge.file(found, text, by, errors_only=True)
    errors = tuple(each for each in whole.problems if each.severity == "error")
    assert (wrong.problems, len(whole.problems) > len(errors) > 0) == (errors, True)
    assert (wrong.definitions, wrong.blocked) == (whole.definitions, whole.blocked)


def test_what_all_pipelines_of_a_set_do_wrong_at_one_line_is_told_once():
    settings = {"naming": {"patterns": {"stage": "X*"}}}
    by = policy(**settings)
    problems = judge.file(*defined("dev: {}", by), by).problems
    assert [(each.line, each.rule) for each in problems] == sorted({(each.line, each.rule) for each in problems})


def test_a_value_that_is_not_known_is_neither_good_nor_bad():
    by = policy()
    found, _ = defined("dev: {}", by)
    document = found[0].document
    document["artifactStore"]["location"] = Unknown("${Bucket}")
    known = by.gather(replace(judge.stated(found[0]), document=document))
    assert judge.outcomes(known, by)["environment-bucket"] == rules.Outcome.UNKNOWN
    assert [each.rule for each in judge.pipeline(known, by) if each.verdict.outcome == rules.Outcome.FAIL] == []


def test_outcomes_say_pass_fail_and_not_applicable():
    by = policy()
    found, _ = defined("prod: {stages: [{name: Approve, $delete: true}]}", by)
    dev, _, prod = (judge.outcomes(by.gather(judge.stated(each)), by)["protected-needs-approval"] for each in found)
    assert (dev, prod) == (rules.Outcome.NOT_APPLICABLE, rules.Outcome.FAIL)
    assert judge.outcomes(by.gather(judge.stated(found[0])), by)["environment-role"] == rules.Outcome.PASS


def test_where_no_environment_is_known_rules_about_environments_do_not_apply():
    by = judge.Policy(Settings(), TODAY)
    found, _ = defined("dev: {}", policy())
    outcomes = judge.outcomes(by.gather(Stated(found[0].document)), by)
    assert {outcomes[f"environment-{kind}"] for kind in ("role", "bucket", "key", "secret", "target")} == {
        rules.Outcome.NOT_APPLICABLE
    }


def test_what_is_remembered_depends_on_the_rules_and_on_the_day_only_where_a_waiver_ends():
    ending = {"policy": {"waivers": [{"rule": "tags", "reason": "x", "until": "2027-01-01"}]}}
    tomorrow = TODAY + dt.timedelta(days=1)
    assert policy().key == replace(policy(), today=tomorrow).key
    assert policy(**ending).key != replace(policy(**ending), today=tomorrow).key
    assert policy().key != policy(policy={"profile": "minimal"}).key != policy(rule(failing)).key


# Gates ---------------------------------------------------------------------------------------------------------------

SKIP = "beforeEntry: {conditions: [{result: SKIP, rules: [%s]}]}" % (
    '{name: R, ruleTypeId: {category: Rule, owner: AWS, provider: LambdaInvoke, version: "1"}, '
    "configuration: {FunctionName: shop-pending}}"
)
PERSON = 'actionTypeId: {category: Approval, owner: AWS, provider: Manual, version: "1"}'


@pytest.mark.parametrize(
    ("overrides", "found"),
    [
        pytest.param("prod: {stages: [{name: Approve, %s}]}" % SKIP, ["protected-needs-approval"], id="skippable"),
        pytest.param("prod: {stages: [{name: Deploy, %s}]}" % SKIP, [], id="the deployment itself may be skipped"),
        pytest.param("dev: {stages: [{name: Approve, $delete: true}]}", [], id="an environment without protection"),
        pytest.param("prod: {stages: [{name: Test, $after: Deploy}]}", ["protected-needs-test"], id="a test too late"),
        pytest.param(
            "prod: {stages: [{name: Test, %s}]}" % SKIP, ["protected-needs-test"], id="a test that is skipped"
        ),
    ],
)
def test_a_gate_counts_where_every_path_passes_it(overrides, found):
    assert told(overrides) == found


def test_a_stage_of_a_name_that_deploys_is_a_deployment_whatever_its_actions_are():
    action = "{name: Run, actionTypeId: %s, configuration: %s, inputArtifacts: %s}"
    build = "{name: Deploy2, $after: Build, actions: [" + action + "]}"
    row = build % (
        '{category: Build, owner: AWS, provider: CodeBuild, version: "1"}', "{ProjectName: x}", "[{name: Built}]"
    )  # fmt: skip
    assert "approval-after-deploy" in told("prod: {stages: [%s]}" % row)


def test_a_change_set_changes_nothing_until_it_is_executed():
    action = "actions: [{name: Stack, configuration: {ActionMode: CHANGE_SET_REPLACE, ChangeSetName: c}}]"
    overrides = "prod: {stages: [{name: Approve, $delete: true}, {name: Deploy, %s}]}" % action
    assert "protected-needs-approval" not in told(overrides)


def test_every_rule_is_in_the_table_once():
    assert len(table.by_id()) == len(table.RULES)

"""A team's own rules: what files and packages may say, and what becomes of it."""

from __future__ import annotations

import datetime as dt

import pytest

from reconciler.pipeline.arns import Target
from reconciler.policy import expressions, judge, own
from reconciler.policy.facts import Stated
from reconciler.policy.rules import NOT_APPLICABLE, PolicyRule, Subject, levels
from verdicts import SETTINGS, action, pipeline

ALIAS = """\
rules:
  - id: lambda-has-alias
    title: a Lambda deployment names an alias
    severity: error/warning
    expression: stages[].actions[?actionTypeId.provider == 'Lambda' && !(configuration.FunctionAlias)][]
    message: "{name} deploys {configuration.FunctionName} to {facts.environment} without an alias"
    hint: "add `FunctionAlias: live` to {name}"
"""


def rule(**members: str) -> bytes:
    lines = {"id": "own", "title": "t", "expression": "a", **members}
    return ("rules:\n- " + "\n  ".join(f"{key}: {value}" for key, value in lines.items() if value)).encode()


def judged(text: str, document: dict) -> list:
    (row,) = own.read({"rules.yaml": text.encode()}).rules
    policy = judge.Policy(SETTINGS, dt.date(2026, 1, 1), (row,))
    known = policy.gather(Stated(document, "dev", Target("111111111111", "eu-west-1"), {"team": "web"}))
    return list(row.check(Subject(known, {}, SETTINGS)))


def test_each_thing_that_is_found_is_a_finding_at_its_place():
    document = pipeline(action("Deploy/Lambda", "Api", configuration={"FunctionName": "api"}),
                        action("Deploy/Lambda", "Job", configuration={"FunctionAlias": "live"}))  # fmt: skip
    (verdict,) = judged(ALIAS, document)
    assert verdict.path == ("stages", 1, "actions", 0)
    assert verdict.message == "Api deploys api to dev without an alias"
    assert verdict.hint == "add `FunctionAlias: live` to Api"


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("facts.protected", 0),
        ("facts.environment == 'dev'", 1),
        ("facts.parts.project", 1),
        ("facts.tags.owner", 0),
        ("facts.deployments[?place == 'Deploy/ECS']", 1),
        ("[facts.account, facts.region, facts.name]", 3),
    ],
)
def test_facts_stand_beside_the_declaration(expression, count):
    text = f'rules: [{{id: own, title: t, expression: "{expression}"}}]'
    assert len(judged(text, pipeline(action("Deploy/ECS")))) == count


def test_a_deployment_of_the_facts_stands_where_its_action_does():
    text = "rules: [{id: own, title: t, expression: 'facts.deployments'}]"
    assert [each.path for each in judged(text, pipeline(action("Deploy/ECS")))] == [("stages", 1, "actions", 0)]


def test_no_secret_can_be_read_by_a_rule():
    text = "rules: [{id: own, title: t, expression: 'stages[].actions[].configuration.OAuthToken', message: '{value}'}]"
    document = pipeline(action("Source/ThirdParty/GitHub", configuration={"OAuthToken": "x8Kq2vR7"}))
    assert [each.message for each in judged(text, document)] == ["****"]


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        pytest.param(b"pipeline: {}", 1, "this holds no rules", id="something else"),
        pytest.param(b"rules: {}", 1, "this holds no rules", id="no list"),
        pytest.param(b"rules: []\nmore: 1", 2, "more is not known", id="unknown beside"),
        pytest.param(b"rules: [1]", 1, "a rule is a mapping", id="no mapping"),
        pytest.param(rule(expression=""), 2, "expression is missing", id="missing"),
        pytest.param(rule(serverity="error"), 5, "did you mean severity?", id="unknown member"),
        pytest.param(rule(id="Own"), 2, "'Own' is no id", id="bad id"),
        pytest.param(rule(title="[a]"), 3, "title is a text", id="no text"),
        pytest.param(rule(severity="bad"), 5, "'bad' is no severity", id="bad severity"),
        pytest.param(rule(severity="{strict: error}"), 5, "is no severity", id="half a severity"),
        pytest.param(rule(scope="live"), 5, "written in Python", id="scope"),
        pytest.param(rule(scope="all", message="\"{gates('A/B')}\""), 6, "leave `scope:` out", id="gates of all"),
        pytest.param(rule(expression='"a ="'), 4, "at character 3 of `a ⟨here⟩=`", id="bad expression"),
        pytest.param(rule(message='"{a =}"'), 5, "at character 3", id="bad message"),
        pytest.param(rule(id="plaintext-secret"), 2, "there is a rule plaintext-secret already", id="taken"),
        pytest.param(rule(id="source-first"), 2, "there is a rule source-first already", id="a rule about validity"),
        pytest.param(b"rules: [\xff]", 1, "not UTF-8", id="no text"),
        pytest.param(b"rules: [", 2, "did not find", id="no yaml"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_with_its_line(data, line, words):
    read = own.read({"rules.yaml": data}, {"plaintext-secret"})
    (problem,) = read.problems
    assert problem.line == line
    assert words in f"{problem.message} {problem.hint}"


def test_a_wrong_rule_takes_no_other_with_it():
    read = own.read({"a.yaml": rule(expression='"a ="'), "b.yaml": rule()})
    assert ([each.id for each in read.rules], len(read.problems)) == (["own"], 1)


def test_an_id_stands_once_in_all_files():
    read = own.read({"a.yaml": rule(), "b.yaml": rule()})
    assert [(each.file, each.message) for each in read.problems] == [("b.yaml", "there is a rule own already")]


@pytest.mark.parametrize(
    ("severity", "recommended"),
    [("", "warning"), ("off", "off"), ("error/info", "error, else info"),
     ("{minimal: off, recommended: error, strict: error}", "error")],
)  # fmt: skip
def test_a_severity_is_for_all_profiles_or_by_profile(severity, recommended):
    (row,) = own.read({"a.yaml": rule(severity=severity)}).rules
    assert str(row.severity["recommended"]) == recommended


def test_a_rule_that_fails_is_a_finding_against_the_rule():
    with pytest.raises(expressions.Failed, match=r"length\(roleArn.x\)"):
        judged("rules: [{id: own, title: t, expression: length(roleArn.x)}]", pipeline())


def a_row(name: str) -> PolicyRule:
    return PolicyRule(name, "t", "w", levels("off", "error", "error"), lambda _: [NOT_APPLICABLE], "", "")


def test_packages_bring_one_rule_or_several():
    read = own.plugged([("one", lambda: a_row("one")), ("more", lambda: [a_row("two"), a_row("three")])])
    assert ([each.id for each in read.rules], read.problems) == (["one", "two", "three"], ())


@pytest.mark.parametrize(
    ("load", "words"),
    [
        pytest.param(lambda: {}["x"], "it cannot be loaded: KeyError: 'x'", id="raises"),
        pytest.param(lambda: ["text"], "'text' is no reconciler.policy.rules.PolicyRule", id="no rule"),
        pytest.param(lambda: a_row("source-first"), "there is a rule source-first already", id="taken"),
    ],
)
def test_a_package_that_cannot_be_used_is_told_by_name(load, words):
    (problem,) = own.plugged([("team", load)]).problems
    assert problem.file == "reconciler.rules:team"
    assert words in problem.message

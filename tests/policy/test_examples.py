"""Every rule with its own examples: the bad one breaks this rule at its line and no other, the good one breaks none."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from reconciler import documents
from reconciler.definitions import native, reading
from reconciler.pipeline import validity
from reconciler.policy import examples, judge, rules, table
from reconciler.settings import Settings

if TYPE_CHECKING:
    from reconciler.definitions.definition import Definition
    from reconciler.errors import Problem

    Found = list[tuple[str, int, str]]

TODAY = dt.date(2026, 6, 1)
BY_RULE = [pytest.param(rule, id=rule.id) for rule in table.RULES if rule.scope != "live"]


def told(rule: rules.PolicyRule, example: str) -> Found:
    settings = Settings.model_validate(examples.settings(rule))
    context = native.Context(settings.environments, settings.naming, lambda _: "", settings.policy.severities)
    policy = judge.Policy(settings, TODAY)
    definitions: list[Definition] = []
    problems: list[Problem] = []
    sources = examples.files(example)
    for name, text in sources.items():
        found, said = reading.judge(text.encode(), name, context)
        judged = judge.file(found, text, policy)
        definitions += [*judged.definitions, *judged.blocked]
        problems += [*said, *judged.problems]
    for each in judge.commit(definitions, policy).said:
        name = definitions[each.number].file
        problems += documents.locate(sources[name], name, [each.fault])
    return sorted(
        (each.file, each.line, each.rule) for each in problems if each.severity != "info" or each.rule == rule.id
    )


def marked(rule: rules.PolicyRule, example: str) -> Found:
    return [
        (name, line, rule.id)
        for name, text in sorted(examples.files(example).items())
        for line, row in enumerate(text.splitlines(), 1)
        if row.endswith("# finding")
    ]


@pytest.mark.parametrize("rule", BY_RULE)
def test_the_bad_example_breaks_this_rule_at_its_line_and_no_other(rule: rules.PolicyRule) -> None:
    assert marked(rule, rule.bad)
    assert told(rule, rule.bad) == marked(rule, rule.bad)


@pytest.mark.parametrize("rule", BY_RULE)
def test_the_good_example_breaks_no_rule(rule: rules.PolicyRule) -> None:
    assert told(rule, rule.good) == []


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in table.RULES])
def test_a_row_says_what_people_need(rule: rules.PolicyRule) -> None:
    assert rule.title.strip() == rule.title
    assert not rule.title.endswith(".")
    assert rule.why[0].isupper()
    assert set(rule.severity) == set(rules.PROFILES)


def test_ids_are_taken_once_by_all_rules_there_are() -> None:
    ids = [*(rule.id for rule in table.RULES), *validity.titles(), *judge.TITLES]
    assert len(ids) == len(set(ids))

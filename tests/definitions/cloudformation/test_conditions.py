from __future__ import annotations

import itertools

import pytest

from reconciler import documents
from reconciler.definitions import cloudformation
from reconciler.pipeline.unknown import Unknown

PARAMETERS = {"Env": {"Type": "String", "Default": "dev"}, "Open": {"Type": "String"}}
TRUTHS = {"true": "!Equals [a, a]", "false": "!Equals [a, b]", "unknown": "!Equals [a, !Ref Open]"}


@pytest.fixture
def decide(resolve):
    """Give `yes`, `no` or what stays unknown, and the faults, for the condition C."""

    def run(**conditions):
        parse = documents.parse
        found = {name: parse(text, "condition.yaml", cloudformation.DIALECT) for name, text in conditions.items()}
        resolved = resolve("!If [C, 'yes', 'no']", Parameters=PARAMETERS, Conditions=found)
        return resolved.value, resolved.faults

    return run


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("!Equals [!Ref Env, dev]", "yes", id="equal"),
        pytest.param("!Equals [!Ref Env, prod]", "no", id="not equal"),
        pytest.param("!Equals [true, 'true']", "yes", id="booleans are text"),
        pytest.param("!Equals [1, '1']", "yes", id="numbers are text"),
        pytest.param("!Equals [yes, 'true']", "yes", id="yes is a boolean of YAML 1.1"),
        pytest.param("!Equals [[a, 1], [a, '1']]", "yes", id="lists"),
        pytest.param("!Not [!Equals [a, b]]", "yes", id="not"),
        pytest.param("!Condition D", "no", id="another condition"),
        pytest.param("!Not [Condition: D]", "yes", id="another condition, long form"),
        pytest.param("!Or [!Condition D, !Condition D, !Equals [a, a]]", "yes", id="or of three"),
    ],
)
def test_a_condition_over_known_values_is_true_or_false(decide, text, value):
    assert decide(C=text, D="!Equals [a, b]") == (value, [])


def expected_of_and(left, right):
    if "false" in (left, right):
        return "no"
    return "${C}" if "unknown" in (left, right) else "yes"


@pytest.mark.parametrize(("left", "right"), list(itertools.product(TRUTHS, repeat=2)))
def test_what_is_unknown_counts_only_where_nothing_else_decides(decide, left, right):
    operands = f"[{TRUTHS[left]}, {TRUTHS[right]}]"
    opposite = {"yes": "no", "no": "yes", "${C}": "${C}"}
    flipped = [{"true": "false", "false": "true"}.get(each, each) for each in (left, right)]
    assert decide(C=f"!And {operands}") == (expected_of_and(left, right), [])
    assert decide(C=f"!Or {operands}") == (opposite[expected_of_and(*flipped)], [])


def test_the_negation_of_what_is_unknown_is_unknown(decide):
    assert decide(C=f"!Not [{TRUTHS['unknown']}]") == ("${C}", [])


def test_a_value_that_depends_on_an_unknown_condition_is_unknown_and_says_on_which(resolve):
    conditions = {"IsProd": {"Fn::Equals": [{"Ref": "Open"}, "prod"]}}
    resolved = resolve("{a: !If [IsProd, x, y], b: z}", Parameters=PARAMETERS, Conditions=conditions)
    assert resolved.value == {"a": "${IsProd}", "b": "z"}
    assert isinstance(resolved.value["a"], Unknown)
    assert resolved.notes == ["the condition IsProd depends on what is not known here"]


@pytest.mark.parametrize(
    ("conditions", "fault"),
    [
        pytest.param({"C": "!Condition C"}, "Conditions.C: the condition C depends on itself", id="itself"),
        pytest.param(
            {"C": "!Not [!Condition D]", "D": "!Or [!Condition C, !Equals [a, b]]"},
            "Conditions.C: the condition C depends on itself",
            id="a circle of two",
        ),
        pytest.param({"D": "!Equals [a, a]"}, "Value.Fn::If[0]: the template has no condition C", id="not there"),
        pytest.param(
            {"C": "!Condition D"}, "Conditions.C.Condition: the template has no condition D", id="operand not there"
        ),
        pytest.param({"C": "true"}, "Conditions.C: this is not a condition", id="literal"),
        pytest.param({"C": "!Sub a"}, "Conditions.C: this is not a condition", id="another function"),
        pytest.param({"C": "!Not [a]"}, "Conditions.C.Fn::Not[0]: this is not a condition", id="not of text"),
        pytest.param(
            {"C": "!Equals [a]"}, "Conditions.C.Fn::Equals: Fn::Equals takes a list of 2; it has 1", id="equals of one"
        ),
        pytest.param(
            {"C": "!And [!Equals [a, a]]"},
            "Conditions.C.Fn::And: Fn::And takes a list of 2 to 10; it has 1",
            id="and of one",
        ),
        pytest.param({"C": "!Not {a: b}"}, "Conditions.C.Fn::Not: Fn::Not takes a list of 1; it has no list", id="not"),
        pytest.param(
            {"C": "!Equals [a, !Ref Nothing]"},
            "Conditions.C.Fn::Equals[1].Ref: the template has no parameter or resource Nothing",
            id="operand of nothing",
        ),
    ],
)
def test_what_is_no_condition_is_one_fault_and_leaves_the_value_unknown(decide, conditions, fault):
    assert decide(**conditions) == ("${C}" if "C" in conditions else "${Fn::If}", [fault])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("!If [C, a]", "Value.Fn::If: Fn::If takes a list of 3; it has 2", id="two arguments"),
        pytest.param(
            "!If [!Equals [a, a], a, b]", "Value.Fn::If[0]: the name of a condition stands here", id="no name"
        ),
    ],
)
def test_an_if_that_is_none_is_a_fault(resolve, text, fault):
    assert resolve(text, Conditions={"C": {"Fn::Equals": ["a", "a"]}}).faults == [fault]


def test_if_and_no_value_work_for_entries_and_members(resolve):
    text = "{a: !If [C, !Ref 'AWS::NoValue', 1], b: [!If [C, x, y], !If [C, !Ref 'AWS::NoValue', z]]}"
    assert resolve(text, Conditions={"C": {"Fn::Equals": ["a", "a"]}}).value == {"b": ["x"]}


def test_twenty_ifs_inside_each_other_are_fine(resolve):
    text = "x"
    for _ in range(20):
        text = f"!If [C, {text}, y]"
    assert resolve(text, Conditions={"C": {"Fn::Equals": ["a", "a"]}}) == ("x", [], [])

"""Matchers: what they match, how they write themselves, and how they say why not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.projects import shop
from pytest_pipeline import (
    absent,
    action,
    anything,
    approval,
    each,
    event,
    exactly,
    has,
    in_order,
    includes,
    json,
    like,
    none,
    regex,
    secret_ref,
    some,
)
from pytest_pipeline.matching import misses
from reconciler.errors import Broken
from strategies import law

ACTIONS = shop().actions()
EVENT = {"source": "aws.codepipeline", "detail-type": "State Change", "detail": {"state": "FAILED", "stage": "Prod"}}


@pytest.mark.parametrize(
    ("matcher", "got"),
    [
        pytest.param(has(a=1), {"a": 1, "b": 2}, id="has"),
        pytest.param(has({"a": {"b": 1}}), {"a": {"b": 1, "c": 2}}, id="has inside"),
        pytest.param(has(a=absent), {"b": 2}, id="absent"),
        pytest.param(has(a=absent()), {"a": None}, id="absent with parentheses"),
        pytest.param(has(a=anything), {"a": 0}, id="anything"),
        pytest.param(exactly(1, anything()), (1, 2), id="exactly"),
        pytest.param(exactly(a=like("x*")), {"a": "xy"}, id="exactly a mapping"),
        pytest.param(each(like("a*")), ["ab", "ac"], id="each"),
        pytest.param(some("b"), ["a", "b"], id="some"),
        pytest.param(some(regex("^a"), n=2), ["a", "b", "ab"], id="some of a number"),
        pytest.param(none(), [], id="none"),
        pytest.param(none("c"), ["a", "b"], id="none of these"),
        pytest.param(includes("b", "a"), ["a", "x", "b"], id="includes"),
        pytest.param(in_order("a", "b"), ["a", "x", "b"], id="in order"),
        pytest.param(json({"a": [1]}), '{"a": [1], "b": 2}', id="json"),
        pytest.param(json(includes(has(name="A"))), '[{"name": "A", "value": "x"}]', id="json and matchers"),
        pytest.param(secret_ref(), {"name": "A", "value": "shop/login", "type": "SECRETS_MANAGER"}, id="secret"),
        pytest.param(secret_ref("shop/*"), "{{resolve:secretsmanager:shop/login}}", id="secret by name"),
        pytest.param(event(state="FAILED"), EVENT, id="event by detail"),
        pytest.param(event({"detail": {"stage": [{"prefix": "P"}]}}), EVENT, id="event by pattern"),
        pytest.param(action("Prod/Deploy", provider="S3"), ACTIONS[-1], id="action"),
        pytest.param(approval("Prod/*"), ACTIONS[-2], id="approval"),
        pytest.param(includes(approval()), ACTIONS, id="approval among actions"),
    ],
)
def test_a_matcher_equals_what_it_describes_on_either_side(matcher, got):
    assert got == matcher
    assert matcher == got
    assert not (got != matcher)  # noqa: SIM202 - both ways are our own


@pytest.mark.parametrize(
    ("matcher", "got", "told"),
    [
        pytest.param(has(a=1), {"a": 2}, ["a: 1 / 2"], id="has"),
        pytest.param(has(a=has(b="x")), {"a": {}}, ['a.b: "x" / absent'], id="has inside"),
        pytest.param(has(a=absent), {"a": "x"}, ['a: absent / "x"'], id="absent"),
        pytest.param(exactly(1, 2), [1], ["number: 2 / 1: (1,)"], id="exactly another number"),
        pytest.param(exactly(1, 2), [1, 3], ["[1]: 2 / 3"], id="exactly another item"),
        pytest.param(exactly({"a": 1}), {"a": 1, "b": 2}, ["b: absent / 2"], id="exactly and too much"),
        pytest.param(each("a"), [], ['"a" / nothing is there'], id="each of nothing"),
        pytest.param(each("a"), ["a", "b"], ['"a" / "b"'], id="each"),
        pytest.param(some("a"), ["b"], ["number: at least 1 / 0 of 1", '"a" / "b"'], id="some"),
        pytest.param(some("a", n=1), ["a", "a"], ["number: 1 / 2 of 2", '"a" matches', '"a" matches'], id="too many"),
        pytest.param(some("a"), [], ["number: at least 1 / 0 of 0"], id="some of nothing"),
        pytest.param(none(), ["a"], ['none / "a"'], id="none"),
        pytest.param(none(like("a*")), ["ab", "b"], ['none / "ab"'], id="none of these"),
        pytest.param(includes("a", "b"), ["a"], ['"b" / missing'], id="includes"),
        pytest.param(includes("a", "a"), ["a"], ['"a" / missing'], id="includes it twice"),
        pytest.param(in_order("b", "a"), ["a", "b"], ['"a" / not after "b"'], id="in order"),
        pytest.param(in_order("x"), ["a"], ['"x" / missing', '"x" / "a"'], id="in order but not there"),
        pytest.param(like("a*"), "b", ['like("a*") / "b"'], id="like"),
        pytest.param(regex("a$"), 1, ['regex("a$") / 1'], id="regex of no text"),
        pytest.param(json({"a": 1}), '{"a": 2}', ["a: 1 / 2"], id="json"),
        pytest.param(json(1), "{", ['json(1) / "{", which is no JSON'], id="no json"),
        pytest.param(secret_ref(), "hunter2", ["secret_ref() / a value that is no reference"], id="a secret itself"),
        pytest.param(secret_ref(), None, ["secret_ref() / nothing"], id="no secret"),
        pytest.param(secret_ref("a"), {"value": "b", "type": "PARAMETER_STORE"}, ['secret_ref("a") / "b"'], id="other"),
        pytest.param(event(state="X"), EVENT, ['State Change.detail.state: "X" / "FAILED"'], id="event"),
        pytest.param(event(a=1), {}, ["event(a=1) / {}"], id="no event"),
        pytest.param(approval(), ACTIONS[0], ['Source/App.category: "Approval" / "Source"'], id="no approval"),
        pytest.param(action("Prod"), ACTIONS[0], ['Source/App.place: "Prod" / "Source/App"'], id="elsewhere"),
        pytest.param(action(), 1, ["action() / 1"], id="no action"),
    ],
)
def test_a_miss_is_told_as_path_expected_and_got(matcher, got, told):
    assert [str(miss) for miss in matcher.misses(got)] == told
    assert got != matcher


def test_the_nearest_miss_is_told():
    got = [has, {"name": "x", "a": 1, "b": 1}, {"name": "y", "a": 2, "b": 3}][1:]
    assert [str(miss) for miss in includes(has(a=2, b=2)).misses(got)] == ["has(a=2, b=2) / missing", "y.b: 2 / 3"]


def test_of_equally_near_ones_the_name_decides():
    told = [str(miss) for miss in includes(action("Prod/Deploi")).misses(ACTIONS)]
    assert told[1] == 'Prod/Deploy.place: "Prod/Deploi" / "Prod/Deploy"'


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        (has(role_arn=like("*:role/prod-*")), 'has(role_arn=like("*:role/prod-*"))'),
        (has({"detail-type": 'a"b'}), 'has({"detail-type": "a\\"b"})'),
        (exactly(approval(), 1), "exactly(approval(), 1)"),
        (exactly({"a": 1}), 'exactly({"a": 1})'),
        (some("a", n=2), 'some("a", n=2)'),
        (each(anything), "each(anything)"),
        (none(), "none()"),
        (none(absent), "none(absent)"),
        (in_order(1), "in_order(1)"),
        (includes(json([1])), "includes(json([1]))"),
        (action("Prod/*", provider="S3"), 'action("Prod/*", provider="S3")'),
        (secret_ref("a"), 'secret_ref("a")'),
        (event({"source": ["x"]}, state="F"), 'event({"source": ["x"]}, state="F")'),
    ],
    ids=repr,
)
def test_a_matcher_writes_itself_as_code_does(matcher, text):
    assert repr(matcher) == text


def test_an_attribute_that_nothing_has_is_a_mistake_and_no_miss():
    with pytest.raises(Broken, match="near are provider"):
        assert ACTIONS[0] == has(provder="S3")


@pytest.mark.parametrize("got", ["text", {"a": 1}, 1])
def test_what_is_no_sequence_is_a_mistake(got):
    with pytest.raises(Broken, match="is no sequence"):
        assert got == includes("a")


def test_a_predicate_may_be_a_selector():
    def deploys(one):
        return one.category == "Deploy"

    assert some(action(deploys), n=1) == ACTIONS
    assert repr(action(deploys)) == "action(deploys)"


values = st.recursive(
    st.integers() | st.text(max_size=3) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


@law
@given(values)
def test_everything_matches_itself(value):
    assert misses(value, value) == []


@law
@given(st.lists(values, max_size=4), st.randoms(use_true_random=False))
def test_includes_does_not_look_at_order_and_in_order_does_not_look_between(found, chance):
    mixed = found[:]
    chance.shuffle(mixed)
    assert mixed == includes(*found)
    assert found == in_order(*found[::2])

"""What is told, and when: laws of news."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from reconciler.pipeline.arns import Target
from reconciler.plan import news
from reconciler.plan.news import Fact, Told
from strategies import law

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HERE = Target("111111111111", "eu-west-1")
FACT = Fact("drift", "definition", "definition of web", "ProjectName: a → b", HERE, "web", ("prod",))


def known(*facts: Fact) -> dict[str, Told]:
    return {each.key: Told(each, NOW) for each in facts}


def facts():
    sorts, names, topics = st.sampled_from(["drift", "failed", "blocked"]), st.text(max_size=2), st.text(max_size=2)
    made = st.builds(Fact, sorts, topics, st.just("it"), st.text(max_size=3), st.just(HERE), names)
    return st.lists(made, unique_by=lambda each: each.key, max_size=6)


def test_what_is_new_is_told():
    assert news.turn([FACT], {}, lambda _: True).new == (FACT,)


def test_another_text_is_no_news():
    assert not news.turn([replace(FACT, text="version 3", subject="else", severity="error")], known(FACT), bool)


def test_another_mark_is_news_and_nothing_is_over():
    found = news.turn([replace(FACT, mark="e2")], known(replace(FACT, mark="e1")), lambda _: True)
    assert (len(found.new), found.over) == (1, ())


def test_what_was_not_looked_at_goes_on():
    assert not news.turn([], known(FACT), lambda _: False)


@law
@given(facts())
def test_what_is_told_is_not_told_again_while_it_lasts(found):
    assert not news.turn(found, known(*news.turn(found, {}, bool).new), lambda _: True)


@law
@given(facts(), facts())
def test_each_beginning_has_one_end(before, after):
    told = known(*before)
    found = news.turn(after, told, lambda _: True)
    kept = {**{key: each for key, each in told.items() if each not in found.over}, **known(*found.new)}
    assert kept.keys() == {each.key for each in after}


@law
@given(facts())
def test_a_fact_comes_back_as_it_was(found):
    assert [news.fact(news.document(each)) for each in found] == found


def test_keys_keep_places_apart_whatever_they_are_called():
    one, other = replace(FACT, name='a", "b', topic="c"), replace(FACT, name="a", topic='b", "c')
    assert one.key != other.key

"""What is to be sent, and what was told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.pipeline.arns import Target
from reconciler.plan.news import Fact, News, Told
from reconciler.store.outbox import KEPT, Letter

if TYPE_CHECKING:
    from reconciler.store.store import Store

FACT = Fact("drift", "definition", "definition of web", "\udc80 text", Target("1", "eu"), "web", ("prod",), mark="m")
LETTER = Letter(channel="notify a", kind="message", body="{}")


def test_what_is_told_is_known_until_it_is_over(store: Store, clock) -> None:
    store.tell(News((FACT,)), (), clock(0))
    assert store.told() == {FACT.key: Told(replace(FACT, text=""), clock(0))}
    store.tell(News(over=(Told(FACT, clock(0)),)), (), clock(1))
    assert store.told() == {}


def test_a_fact_with_another_mark_replaces_the_one_before(store: Store, clock) -> None:
    store.tell(News((FACT,)), (), clock(0))
    store.tell(News((replace(FACT, mark="n"),)), (), clock(1))
    assert [each.fact.mark for each in store.told().values()] == ["n"]


def test_what_happened_is_not_remembered(store: Store, clock) -> None:
    store.tell(News((replace(FACT, event=True),)), (), clock(0))
    assert store.told() == {}


def test_a_letter_waits_until_it_is_sent(store: Store, clock) -> None:
    store.tell(News(), [LETTER], clock(0))
    (found,) = store.due(clock(0))
    assert (found.channel, found.kind, found.body, store.waiting()) == ("notify a", "message", "{}", 1)
    store.sent([found.id])
    assert (store.due(clock(9)), store.waiting()) == ((), 0)


def test_of_two_that_take_a_letter_one_gets_it(store: Store, clock) -> None:
    store.tell(News(), [LETTER], clock(0))
    found = store.due(clock(0))
    assert (store.take(found, clock(2)), store.take(found, clock(2))) == (found, ())
    assert (store.due(clock(1)), len(store.due(clock(2)))) == ((), 1)


def test_a_letter_that_did_not_arrive_is_due_later_and_says_why(store: Store, clock) -> None:
    store.tell(News(), [LETTER], clock(0))
    (found,) = store.due(clock(0))
    store.unsent(found, "no answer", clock(5), None)
    assert store.due(clock(4)) == ()
    (later,) = store.due(clock(5))
    assert (later.attempts, later.fault, store.troubled()) == (1, "no answer", (later,))


def test_a_letter_that_is_given_up_is_told_for_a_week_and_empty(store: Store, clock) -> None:
    store.tell(News(), [LETTER], clock(0))
    (found,) = store.due(clock(0))
    store.unsent(found, "no answer", clock(1), clock(1))
    (lost,) = store.troubled()
    assert (lost.ended, lost.body, store.waiting(), store.due(clock(9))) == (clock(1), "", 0, ())
    store.tell(News(), (), clock(2) + KEPT + timedelta(minutes=1))
    assert store.troubled() == ()


def test_news_and_letters_are_laid_in_together_or_not_at_all(store: Store, clock) -> None:
    with pytest.raises(Exception, match=r".*"):
        store.tell(News((FACT,)), [replace(LETTER, body=None)], clock(0))  # type: ignore[arg-type]
    assert (store.told(), store.waiting()) == ({}, 0)

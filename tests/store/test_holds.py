"""What people decided, as the store keeps it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from reconciler.plan.holds import Decision, Ending, Kind

if TYPE_CHECKING:
    from reconciler.store.store import Store

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def decision(kind: Kind = Kind.SUSPENSION, **members: Any) -> Decision:
    return Decision(**{"kind": kind, "name": "shop-prod-api", "by": "ana", "reason": "vendor", "at": NOW, **members})


def test_a_decision_comes_back_as_it_was_taken(store: Store) -> None:
    taken = decision(until=NOW + timedelta(hours=1))
    number = store.decide(taken)
    (found,) = store.decisions()
    assert (found.id, found.kind, found.name, found.until) == (number, taken.kind, taken.name, taken.until)
    assert found.at == NOW


def test_a_decision_is_closed_once_and_kept(store: Store) -> None:
    number = store.decide(decision())
    assert store.close_decision(number, NOW, "bob", Ending.WITHDRAWN)
    assert not store.close_decision(number, NOW, "eve", Ending.EXPIRED)
    assert store.decisions() == ()
    (past,) = store.past_decisions(Kind.SUSPENSION, 10)
    assert (past.ended_by, past.ending) == ("bob", "withdrawn")


def test_uses_are_counted_and_the_rest_of_an_approval_is_remembered(store: Store) -> None:
    number = store.decide(decision(Kind.APPROVAL, digest="a" * 12))
    store.use_decision(number, NOW, 2, "b" * 64)
    store.use_decision(number, NOW + timedelta(hours=1), 1, "c" * 64)
    (found,) = store.decisions()
    assert (found.uses, found.used, found.digest) == (3, NOW + timedelta(hours=1), "c" * 64)


def test_past_decisions_are_those_of_one_kind_the_newest_first(store: Store) -> None:
    for kind, name in ((Kind.SUSPENSION, "a"), (Kind.OVERRIDE, "b"), (Kind.SUSPENSION, "c"), (Kind.SUSPENSION, "d")):
        store.decide(decision(kind, name=name))
    assert [each.name for each in store.past_decisions(Kind.SUSPENSION, 2)] == ["d", "c"]

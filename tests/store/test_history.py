"""Passes and the journal."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError, StatementError

from reconciler.pipeline.arns import Target
from reconciler.store.history import KEPT, Intent

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.store.store import Store

    Clock = Callable[[int], datetime]
    Builder = Callable[..., Intent]

DIES = """
import os, signal, sys
from datetime import UTC, datetime
from reconciler.pipeline.arns import Target
from reconciler.store.history import Intent
from reconciler.store.store import Store
store, now = Store(sys.argv[1]), datetime(2026, 1, 1, tzinfo=UTC)
store.intend(Intent(pass_id=store.begin("c0ffee", now, "automatic"), at=now, target=Target("1", "eu-west-1"),
    name="shop", kind="create", version_before=None, before=None, after="{}", reason="new", differences="[]"))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_passes_come_newest_first_with_what_they_did(store: Store, clock: Clock) -> None:
    first, second = (store.begin(commit, clock(0), "manual") for commit in ("a", "b"))
    store.end(first, clock(1), "changed", {"update": 2}, "two updates")
    newest, oldest = store.passes(5)
    assert (newest.id, newest.commit, newest.ended, newest.counts) == (second, "b", None, {})
    assert (oldest.began, oldest.ended, oldest.outcome) == (clock(0), clock(1), "changed")
    assert (oldest.mode, oldest.counts, oldest.message) == ("manual", {"update": 2}, "two updates")
    assert store.passes(1) == (newest,)


def test_old_passes_that_changed_nothing_are_dropped(store: Store, intent: Builder, clock: Clock) -> None:
    quiet, busy = store.begin("a", clock(0), "automatic"), store.begin("b", clock(0), "automatic")
    store.intend(intent(pass_id=busy))
    now = clock(0) + KEPT + timedelta(seconds=1)
    latest = store.begin("c", now, "automatic")
    store.end(latest, now, "synced", {}, "")
    assert quiet not in {each.id for each in store.passes(5)} == {latest, busy}


def test_a_change_gives_back_every_word_of_its_intent(store: Store, intent: Builder) -> None:
    wanted = intent(reason="caf\u00e9", differences='[["stages"]]')
    store.intend(wanted)
    (change,) = store.changes(None, 5)
    assert all(getattr(change, field.name) == getattr(wanted, field.name) for field in fields(Intent))


def test_an_intent_is_open_until_it_is_settled(store: Store, intent: Builder, clock: Clock) -> None:
    first, second = store.intend(intent()), store.intend(intent(name="cart"))
    assert [change.id for change in store.open_intents()] == [first, second]
    store.settle(first, clock(1), "applied", "done", 2)
    assert [change.id for change in store.open_intents()] == [second]
    (change,) = store.changes("shop", 5)
    assert (change.settled, change.outcome, change.message, change.version_after) == (clock(1), "applied", "done", 2)


def test_an_intent_survives_the_death_of_the_process(store: Store, url: str) -> None:
    killed = subprocess.run([sys.executable, "-c", DIES, url], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert [(change.name, change.outcome) for change in store.open_intents()] == [("shop", "")]


def test_changes_are_newest_first_and_can_be_narrowed(store: Store, intent: Builder, target: Target) -> None:
    america = target._replace(region="us-east-1")
    for name, place in (("shop", target), ("cart", target), ("shop", america)):
        store.intend(intent(name=name, target=place))
    assert [(c.name, c.target) for c in store.changes(None, 2)] == [("shop", america), ("cart", target)]
    assert [c.target for c in store.changes("shop", 9)] == [america, target]
    assert [c.name for c in store.changes(None, 9, target)] == ["cart", "shop"]


@pytest.fixture
def lived(store: Store, intent: Builder, clock: Clock) -> Store:
    """A pipeline that is created, updated, tagged, half updated, and deleted, ten minutes apart."""
    life = [
        ("create", "1", "applied"),
        ("update", "2", "applied"),
        ("tag", None, "applied"),
        ("update", "3", "failed"),
        ("update", "4", "unknown"),
        ("delete", None, "applied"),
    ]
    for number, (kind, after, outcome) in enumerate(life, 1):
        store.settle(store.intend(intent(kind=kind, after=after)), clock(10 * number), outcome, "", None)
    return store


@pytest.mark.parametrize(
    ("minute", "document"),
    [
        pytest.param(9, None, id="before it was created"),
        pytest.param(10, "1", id="at the minute of its creation"),
        pytest.param(29, "2", id="after the update"),
        pytest.param(30, "2", id="tags leave the document alone"),
        pytest.param(59, "2", id="what failed or is unknown was never in force"),
        pytest.param(60, None, id="deleted"),
    ],
)
def test_the_document_in_force_is_what_the_last_applied_change_left(
    lived: Store, clock: Clock, minute: int, document: str | None
) -> None:
    assert lived.at("shop", clock(minute)) == document


def test_the_document_in_force_can_be_asked_of_one_target(lived: Store, clock: Clock, target: Target) -> None:
    assert lived.at("shop", clock(10), target) == "1"
    assert lived.at("shop", clock(10), Target("222222222222", "eu-west-1")) is None


def test_times_come_back_in_utc_whatever_zone_they_were_given_in(store: Store, clock: Clock) -> None:
    tokyo = clock(0).astimezone(timezone(timedelta(hours=9)))
    store.begin("a", tokyo, "automatic")
    assert store.passes(1)[0].began.isoformat() == "2026-01-01T00:00:00+00:00"


def test_a_time_without_a_zone_is_refused(store: Store, clock: Clock) -> None:
    with pytest.raises(StatementError, match="times with a time zone only"):
        store.begin("a", clock(0).replace(tzinfo=None), "automatic")


def test_an_intent_without_its_pass_is_refused_and_its_words_stay_out_of_the_message(
    store: Store, intent: Builder
) -> None:
    homeless = intent(reason="a private word")
    object.__setattr__(homeless, "pass_id", 99)
    with pytest.raises(IntegrityError) as caught:
        store.intend(homeless)
    assert "a private word" not in str(caught.value)

"""What may be decided, by whom, and what is refused with which sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.errors import Broken
from reconciler.pipeline.arns import Target
from reconciler.plan.holds import Kind
from reconciler.settings import Settings
from reconciler.store.status import Status
from reconciler.store.store import Store
from reconciler.sync import deciding
from reconciler.sync.deciding import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = NOW + timedelta(hours=1)
API = "shop-prod-api"
SETTINGS = Settings.model_validate({
    "environments": {"prod": {"account": "1" * 12, "regions": ["eu-west-1"]}},
    "sync": {"break_glass": ["ana", "ops-*"]},
})  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/state.db")
    known = {"state": "synced", "reason": "", "version": 1, "since": NOW, "last_pass": 1}
    target = Target("1" * 12, "eu-west-1")
    made.record_status([Status(target=target, name=name, **known) for name in (API, "shop-prod-web")])  # type: ignore[arg-type]
    yield made
    made.close()


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(SETTINGS, store, "ana", NOW)


def test_a_suspension_replaces_the_one_before(desk: Desk) -> None:
    desk.suspend(API, "vendor", None)
    desk.suspend(API, "vendor, still", HOUR)
    assert [each.reason for each in desk.memory.decisions()] == ["vendor, still"]


def test_a_suspension_is_ended_by_whoever_resumes(desk: Desk, store: Store) -> None:
    desk.suspend(API, "vendor", None)
    (ended,) = Desk(SETTINGS, store, "bob", NOW).resume(API)
    assert (ended.ended_by, ended.ending, desk.memory.decisions()) == ("bob", "withdrawn", ())


def test_an_override_is_revoked_by_its_number(desk: Desk) -> None:
    number = desk.override("", "prod", "INC-1", HOUR).id
    assert desk.revoke(number).ended == NOW
    with pytest.raises(Broken, match=f"override {number} is not in force"):
        desk.revoke(number)


def test_an_approval_expires_as_the_settings_say(desk: Desk) -> None:
    assert desk.approve("ab" * 32, "").until == NOW + timedelta(days=1)


def test_the_same_approval_given_twice_counts_once(desk: Desk) -> None:
    desk.approve("ab" * 6, "first")
    desk.approve("ab" * 6, "second")
    assert [each.reason for each in desk.memory.decisions()] == ["second"]


REFUSED: list[Any] = [
    pytest.param(lambda desk: desk.suspend("shop-prod-ap", "x", None), "did you mean shop-prod-api", id="near name"),
    pytest.param(lambda desk: desk.suspend(API, " ", None), "a reason is missing", id="no reason"),
    pytest.param(lambda desk: desk.suspend(API, "x" * 301, None), "301 characters, at most 300", id="long reason"),
    pytest.param(lambda desk: desk.suspend(API, "a\nb", None), "one line of printable characters", id="two lines"),
    pytest.param(lambda desk: desk.suspend(API, "x", NOW), "2026-05-04 12:00Z is past", id="past"),
    pytest.param(lambda desk: desk.resume(API), "is not suspended here (suspended: none)", id="not suspended"),
    pytest.param(lambda desk: desk.override("", "", "x", HOUR), "name either", id="override of nothing"),
    pytest.param(lambda desk: desk.override(API, "prod", "x", HOUR), "name either", id="override of both"),
    pytest.param(lambda desk: desk.override("", "prd", "x", HOUR), "'prd'; did you mean prod?", id="environment"),
    pytest.param(lambda desk: desk.override("", "prod", "x", NOW + timedelta(days=8)), "7 days at most", id="too long"),
    pytest.param(lambda desk: desk.approve("prod", ""), "'prod' is no digest of a plan", id="no digest"),
    pytest.param(lambda desk: desk.approve("ab" * 5, ""), "12 to 64 of the characters", id="short digest"),
]


@pytest.mark.parametrize(("act", "words"), REFUSED)
def test_what_is_refused_is_told_and_nothing_is_written(act: Callable[[Desk], Any], words: str, desk: Desk) -> None:
    with pytest.raises(Broken) as refused:
        act(desk)
    assert words in str(refused.value)
    assert desk.memory.past_decisions(Kind.SUSPENSION, 9) + desk.memory.past_decisions(Kind.OVERRIDE, 9) == ()


@pytest.mark.parametrize(("who", "may"), [("ana", True), ("ops-bob", True), ("eve", False), ("anastasia", False)])
def test_only_those_whom_the_settings_name_may_break_glass(store: Store, who: str, may: bool) -> None:
    desk = Desk(SETTINGS, store, who, NOW)
    if may:
        assert desk.override("", "prod", "INC-1", HOUR).by == who
        return
    with pytest.raises(Broken, match=rf"{who} may not break glass \(sync.break_glass: ana, ops-\*\)"):
        desk.override("", "prod", "INC-1", HOUR)


def test_before_the_first_pass_no_pipeline_is_known(tmp_path: Path) -> None:
    fresh = Store(f"sqlite:///{tmp_path}/fresh.db")
    with pytest.raises(Broken, match="run `reconciler run --once` first"):
        Desk(SETTINGS, fresh, "ana", NOW).suspend(API, "x", None)
    fresh.close()


@pytest.mark.parametrize(
    ("length", "until", "end"),
    [
        pytest.param("2h", None, NOW + timedelta(hours=2), id="for"),
        pytest.param(None, "2026-05-04T18:00", NOW + timedelta(hours=6), id="until"),
        pytest.param(None, "2026-05-04T18:00+02:00", NOW + timedelta(hours=4), id="until, in a zone"),
        pytest.param(None, None, None, id="neither"),
    ],
)
def test_an_end_is_said_by_a_length_or_a_time(length: str | None, until: str | None, end: datetime | None) -> None:
    assert deciding.end(NOW, length, until) == end


@pytest.mark.parametrize(
    ("length", "until", "words"),
    [
        pytest.param("2h", "2026-05-04T18:00", "not both", id="both"),
        pytest.param("soon", None, "a duration is a number of seconds", id="no length"),
        pytest.param("99999999999d", None, "99999999999d: ", id="beyond all time"),
        pytest.param(None, "tomorrow", "tomorrow: write a time such as", id="no time"),
    ],
)
def test_an_end_that_is_none_is_refused(length: str | None, until: str | None, words: str) -> None:
    with pytest.raises(Broken, match=words):
        deciding.end(NOW, length, until)

"""How much of a target one plan may change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.shop import ELSEWHERE, TARGET
from reconciler.plan import limits
from reconciler.plan.changes import Cause, Change, Kind
from reconciler.settings import Limits
from strategies import law

STRICT = Limits(changes="30%", deletions="10%", at_least=0)


def changes(number: int, kind: Kind = Kind.UPDATE, target: tuple[str, str] = TARGET, held: str = "") -> list[Change]:
    return [Change(target, f"{kind}{index}", kind, Cause.GIT, held=held) for index in range(number)]  # type: ignore[arg-type]


def held(found: list[Change], owned: int = 10, limit: Limits = STRICT) -> list[str]:
    """Give the names of the changes that are held once the limits were looked at."""
    return [each.name for each in limits.hold(found, {TARGET: owned, ELSEWHERE: owned}, limit) if each.held]


@pytest.mark.parametrize(
    ("share", "owned", "at_least", "allowed"),
    [
        pytest.param("30%", 100, 0, 30, id="share"),
        pytest.param("30%", 99, 0, 29, id="share rounds down"),
        pytest.param("100%", 7, 0, 7, id="all"),
        pytest.param("0%", 1000, 0, 0, id="none"),
        pytest.param("12", 3, 0, 12, id="absolute"),
        pytest.param("30%", 10, 5, 5, id="never below at_least"),
        pytest.param("2", 10, 5, 5, id="at_least above absolute"),
        pytest.param("50%", 0, 0, 0, id="nothing owned"),
    ],
)
def test_a_limit_is_a_share_or_a_number_and_never_below_at_least(
    share: str, owned: int, at_least: int, allowed: int
) -> None:
    assert limits.allowed(share, owned, at_least) == allowed


@pytest.mark.parametrize("kind", [Kind.UPDATE, Kind.TAG, Kind.ADOPT])
def test_as_many_as_the_limit_pass_and_one_more_holds_them_all(kind: Kind) -> None:
    assert held(changes(3, kind)) == []
    assert held(changes(4, kind)) == [f"{kind}{index}" for index in range(4)]


def test_updates_tags_and_adoptions_count_together() -> None:
    mixed = changes(2, Kind.UPDATE) + changes(1, Kind.TAG) + changes(1, Kind.ADOPT)
    assert len(held(mixed)) == 4
    assert held(mixed[:3]) == []


def test_deletions_have_a_limit_of_their_own() -> None:
    assert held(changes(2, Kind.DELETE) + changes(3, Kind.UPDATE)) == ["delete0", "delete1"]
    assert held(changes(1, Kind.DELETE) + changes(4, Kind.UPDATE)) == [f"update{index}" for index in range(4)]


def test_creations_are_never_limited() -> None:
    assert held(changes(50, Kind.CREATE), owned=0) == []
    assert held(changes(50, Kind.CREATE) + changes(4)) == [f"update{index}" for index in range(4)]


def test_other_targets_are_not_affected() -> None:
    found = limits.hold(changes(4) + changes(3, target=ELSEWHERE), {TARGET: 10, ELSEWHERE: 10}, STRICT)
    assert {each.target for each in found if each.held} == {TARGET}
    assert len(found) == 7


def test_a_target_that_owns_nothing_yet_counts_as_empty() -> None:
    (change,) = limits.hold(changes(1), {}, Limits(changes="100%", at_least=0))
    assert "1 changes in 111111111111/eu-west-1, the limit is 0" in change.held


def test_held_changes_do_not_count_and_keep_their_reason() -> None:
    found = limits.hold(changes(3) + changes(9, Kind.TAG, held="foreign"), {TARGET: 10}, STRICT)
    assert [each.held for each in found] == [""] * 3 + ["foreign"] * 9
    found = limits.hold(changes(4) + changes(1, Kind.TAG, held="foreign"), {TARGET: 10}, STRICT)
    assert found[-1].held == "foreign"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        pytest.param(
            Kind.UPDATE,
            "5 changes in 111111111111/eu-west-1, the limit is 3 (sync.limits.changes 30% of 10 owned, at_least 0); "
            "after a look, pass --set sync.limits.changes=5",
            id="changes",
        ),
        pytest.param(
            Kind.DELETE,
            "5 deletions in 111111111111/eu-west-1, the limit is 1 (sync.limits.deletions 10% of 10 owned, "
            "at_least 0); after a look, pass --set sync.limits.deletions=5",
            id="deletions",
        ),
    ],
)
def test_the_reason_carries_count_limit_and_the_override(kind: Kind, reason: str) -> None:
    assert {each.held for each in limits.hold(changes(5, kind), {TARGET: 10}, STRICT)} == {reason}


@law
@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 5), st.sampled_from([Kind.UPDATE, Kind.DELETE]))
def test_the_override_in_the_reason_lets_exactly_these_changes_through(
    number: int, owned: int, at_least: int, kind: Kind
) -> None:
    strict = Limits(changes="10%", deletions="10%", at_least=at_least)
    reason = limits.hold(changes(number, kind), {TARGET: owned}, strict)[0].held
    assert (reason != "") == (number > max(owned // 10, at_least))
    if reason:
        name, value = reason.rpartition("--set sync.limits.")[2].split("=")
        widened = Limits.model_validate({"at_least": at_least, name: value})
        assert held(changes(number, kind), owned, widened) == []
        assert len(held(changes(number + 1, kind), owned, widened)) == number + 1

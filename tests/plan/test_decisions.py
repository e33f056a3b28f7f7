"""Plans under what people set and decided: modes by environment, approvals, overrides, suspensions, windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from plan.shop import ELSEWHERE, TARGET, declaration
from reconciler.plan.holds import Decision, Holds, Kind
from reconciler.settings import Environment, Sync, Window

if TYPE_CHECKING:
    from plan.shop import Shop

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
NIGHT = Window(kind="allow", cron="0 22 * * *", duration=3600)
MANUAL = Environment(account=TARGET.account, regions=(TARGET.region,), mode="manual")
OTHER = Environment(account=ELSEWHERE.account, regions=(ELSEWHERE.region,))
GLASS = Sync(break_glass=("ana",), windows=(NIGHT,))


def holds(*decisions: Decision, dev: Environment = MANUAL, now: datetime = NOW) -> Holds:
    return Holds(now, {"dev": dev, "other": OTHER}, decisions)


def decision(kind: Kind, **members: Any) -> Decision:
    return Decision(**{"id": 3, "kind": kind, "by": "ana", "reason": "INC-1", "at": NOW, **members})


@pytest.fixture
def one(shop: Shop) -> Shop:
    shop.define(declaration())
    return shop


def test_in_manual_mode_a_change_waits_and_says_how_to_approve_it(one: Shop) -> None:
    plan = one.plan(holds=holds(), approved=False)
    digest = plan.approvals["dev"]
    assert plan.changes[0].held == (
        f"environments.dev.mode is manual; approve it with `reconciler approve {digest[:12]}`, "
        "or apply it with `reconciler apply`"
    )


def test_the_digest_to_approve_is_the_one_that_a_person_sees_in_the_plan(one: Shop) -> None:
    assert one.plan(holds=holds(), approved=True).digest == one.plan(holds=holds(), approved=False).approvals["dev"]


def test_a_plan_that_was_approved_is_open_and_says_by_whom(one: Shop) -> None:
    digest = one.plan(holds=holds()).approvals["dev"]
    approved = holds(decision(Kind.APPROVAL, digest=digest[:12]))
    change = one.only(holds=approved, approved=False)
    assert change.held == ""
    assert change.warrant == f"approval 3 of {digest[:12]} by ana: INC-1"


def test_an_approval_is_for_no_other_plan(one: Shop) -> None:
    digest = one.plan(holds=holds()).approvals["dev"]
    one.define(declaration("shop-dev-web"))
    plan = one.plan(holds=holds(decision(Kind.APPROVAL, digest=digest)), approved=False)
    assert [bool(each.held) for each in plan.changes] == [True, True]


def test_an_approval_that_has_expired_lets_nothing_pass(one: Shop) -> None:
    digest = one.plan(holds=holds()).approvals["dev"]
    old = decision(Kind.APPROVAL, digest=digest, until=NOW)
    assert "is manual" in one.only(holds=holds(old), approved=False).held


def test_a_plan_may_be_approved_before_its_window_opens(one: Shop) -> None:
    one.sync = Sync(windows=(NIGHT,))
    approved = holds(decision(Kind.APPROVAL, digest=one.plan(holds=holds()).approvals["dev"]))
    assert "allowed next at 2026-05-04 22:00" in one.only(holds=approved, approved=False).held
    approved = Holds(NOW + timedelta(hours=10), approved.environments, approved.decisions)
    assert one.only(holds=approved, approved=False).held == ""


def test_what_something_else_holds_is_no_part_of_what_is_approved(one: Shop) -> None:
    before = one.plan(holds=holds()).approvals
    one.observe(declaration("shop-dev-found"), {})
    one.define(declaration("shop-dev-found"))
    assert one.plan(holds=holds()).approvals == before


def test_other_environments_do_not_wait(one: Shop) -> None:
    automatic = MANUAL.model_copy(update={"mode": "automatic"})
    one.sync = Sync(mode="manual")
    assert one.only(holds=holds(dev=automatic), approved=False).held == ""


@pytest.mark.parametrize(
    ("about", "passes"),
    [
        pytest.param({"environment": "dev"}, True, id="of the environment"),
        pytest.param({"name": "shop-dev-api"}, True, id="of the pipeline"),
        pytest.param({"environment": "other"}, False, id="of another environment"),
        pytest.param({"environment": "dev", "by": "eve"}, False, id="by somebody who may not"),
        pytest.param({"environment": "dev", "until": NOW}, False, id="expired"),
    ],
)
def test_an_override_passes_windows_approvals_and_suspensions(one: Shop, about: dict[str, Any], passes: bool) -> None:
    one.sync = GLASS
    suspended = decision(Kind.SUSPENSION, name="shop-dev-api")
    change = one.only(holds=holds(suspended, decision(Kind.OVERRIDE, **about)), approved=False)
    assert (change.held == "") is passes
    assert change.warrant.startswith("override 3 of ") is passes


def test_an_override_does_not_pass_the_mode_report(one: Shop) -> None:
    one.sync = GLASS
    report = MANUAL.model_copy(update={"mode": "report"})
    change = one.only(holds=holds(decision(Kind.OVERRIDE, environment="dev"), dev=report))
    assert change.held == "environments.dev.mode is report, which never writes; set it to manual or automatic"


def test_where_nothing_would_hold_a_change_nobodys_word_is_needed(one: Shop) -> None:
    one.sync = Sync(break_glass=("ana",))
    change = one.only(holds=holds(decision(Kind.OVERRIDE, environment="dev")), approved=True)
    assert change.warrant == ""


def test_a_person_who_applies_is_held_by_windows_and_suspensions_too(one: Shop) -> None:
    one.sync = Sync(windows=(NIGHT,))
    assert "outside of the allow window" in one.only(holds=holds(), approved=True).held


def test_a_suspended_pipeline_is_not_deleted_either(shop: Shop) -> None:
    shop.sync = Sync(prune=True)
    shop.observe(declaration())
    shop.define(declaration("shop-dev-other"))
    suspended = holds(decision(Kind.SUSPENSION, name="shop-dev-api"))
    (delete,) = (each for each in shop.plan(holds=suspended).changes if each.name == "shop-dev-api")
    assert delete.held.startswith("suspended, suspension 3 of shop-dev-api by ana: INC-1; ")


@pytest.mark.parametrize(
    ("suspend", "held", "note"),
    [
        pytest.param({"reason": "vendor"}, "suspended by its file: vendor; remove", "", id="without an end"),
        pytest.param({"reason": "vendor", "until": "2026-05-04T13:00:00+00:00"},
                     "suspended by its file until 2026-05-04 13:00Z: vendor", "", id="for an hour more"),
        pytest.param({"reason": "vendor", "until": "2026-05-04T12:00:00+00:00"},
                     "", "sync.suspend of its file ended at 2026-05-04T12:00:00+00:00; remove it", id="over"),
    ],
)  # fmt: skip
def test_a_file_may_suspend_its_pipeline(shop: Shop, suspend: dict[str, str], held: str, note: str) -> None:
    shop.define(declaration(), suspend=suspend)
    change = shop.only(holds=holds())
    assert change.held.startswith(held)
    assert (bool(change.held), change.note) == (bool(held), note)


def test_words_about_decisions_do_not_change_the_digest_of_a_plan(one: Shop) -> None:
    one.sync = GLASS
    with_word = one.plan(holds=holds(decision(Kind.OVERRIDE, environment="dev")))
    one.sync = Sync()
    assert with_word.changes[0].warrant
    assert with_word.digest == one.plan(holds=holds()).digest


def test_an_override_of_a_suspension_in_a_file_does_not_say_that_it_ended(shop: Shop) -> None:
    shop.sync = GLASS
    shop.define(declaration(), suspend={"reason": "vendor", "until": "2026-05-04T13:00:00+00:00"})
    change = shop.only(holds=holds(decision(Kind.OVERRIDE, environment="dev")))
    assert (change.held, change.note) == ("", "")
    assert change.warrant

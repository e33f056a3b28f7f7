"""What people set holds: windows, approvals, suspensions; and who breaks the glass is known. Each over whole passes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sync import passes
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from endpoint import Request
    from promises.conftest import Shop
    from reconciler.sync.state import Pass

API, WEB = "shop-prod-api", "shop-prod-web"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
OFFICE = {"kind": "allow", "cron": "0 9 * * mon-fri", "duration": "8h", "timezone": "UTC", "environments": ["prod"]}


def daemon(shop: Shop, *times: datetime) -> Pass:
    """Run one pass as the daemon does, at the given times; the last one stays."""
    clock = iter(times or (NOON,))
    last = times[-1] if times else NOON
    with shop.workshop.world() as world:
        return passes.run(replace(world, now=lambda: next(clock, last)), approved=False)


def held(done: Pass) -> dict[str, str]:
    return {each.name: each.held for each in done.known[2].held}


def cli(shop: Shop, *arguments: str, status: int = 0) -> str:
    done = shop.cli(*arguments)
    assert done.status == status, done
    return done.out + done.err


# Windows


@pytest.mark.parametrize("drift", [False, True], ids=["advance", "heal"])
def test_outside_of_its_windows_an_environment_is_not_written_and_inside_it_is(shop: Shop, drift: bool) -> None:
    shop.settle(shop.pipeline(API))
    shop.workshop.settings(sync={"windows": [OFFICE]})
    if drift:
        shop.edit(API, lambda live: live["stages"][1]["actions"][0]["configuration"].update(ProjectName="by hand"))
    else:
        shop.define(shop.pipeline(API, "package"))
    told = held(daemon(shop, NOON + timedelta(hours=8)))[API]
    assert told.endswith("writing is allowed next at 2026-05-05 09:00 UTC")
    assert shop.writes() == []
    daemon(shop, NOON)
    assert shop.project(API) == ("compile" if drift else "package")


@pytest.mark.parametrize(("overrun", "written"), [("stop", 1), ("finish", 2)])
def test_a_pass_that_is_under_way_when_its_window_ends_stops_or_finishes(
    shop: Shop, overrun: str, written: int
) -> None:
    shop.workshop.settings(sync={"windows": [OFFICE | {"overrun": overrun}]}, scale={"workers": 1})
    shop.define(shop.pipeline(API), shop.pipeline(WEB))
    over = datetime(2026, 5, 4, 17, 1, tzinfo=UTC)

    created = []

    def now() -> datetime:
        return over if created else NOON

    shop.endpoint.before(lambda request: created.append(1) if request.operation == "CreatePipeline" else None)
    with shop.workshop.world() as world:
        done = passes.run(replace(world, now=now), approved=False)
    assert len(shop.versions()) == written
    messages = [each.message for each in done.results if each.ending == "held"]
    assert len(messages) == 2 - written
    assert all("outside of the allow window" in each for each in messages)


# Manual mode and approvals


@pytest.fixture
def manual(shop: Shop) -> Shop:
    """Give a shop whose environment prod waits for approvals, with a change that does."""
    prod = {"account": ACCOUNT, "regions": [REGION], "mode": "manual"}
    shop.workshop.settings(environments={"prod": prod})
    shop.define(shop.pipeline(API))
    return shop


def digest(shop: Shop) -> str:
    return str(shop.cli("plan", "--format", "json").json["approvals"]["prod"])


def decisions(shop: Shop, verb: str) -> Any:
    return json.loads(cli(shop, verb, "--format", "json"))


def test_a_plan_is_applied_once_it_was_approved_and_history_says_by_whom(manual: Shop) -> None:
    assert "reconciler approve" in held(daemon(manual))[API]
    assert f"reconciler approve {digest(manual)[:12]}" in cli(manual, "plan", status=3)
    cli(manual, "approve", digest(manual)[:12], "--reason", "CHG-7", "--by", "ana")
    daemon(manual, datetime.now(UTC))
    assert manual.versions() == {API: 1}
    assert "by ana until" in manual.history()[0].reason
    assert manual.history()[0].reason.endswith(": CHG-7")
    (approval,) = decisions(manual, "approve")
    assert (approval["by"], approval["reason"], approval["state"], approval["uses"]) == ("ana", "CHG-7", "applied", 1)


def test_an_approval_is_forgotten_when_the_plan_is_another_one(manual: Shop) -> None:
    cli(manual, "approve", digest(manual), "--by", "ana")
    manual.define(manual.pipeline(WEB))
    done = daemon(manual, datetime.now(UTC))
    assert (manual.versions(), held(done).keys()) == ({}, {API, WEB})
    assert decisions(manual, "approve")[0]["state"] == "approved for another plan"
    assert any("approved for another plan" in each for each in done.said)


def test_what_an_approved_pass_could_not_do_is_still_approved(manual: Shop) -> None:
    manual.define(manual.pipeline(WEB))
    cli(manual, "approve", digest(manual), "--by", "ana")
    manual.endpoint.fail("CreatePipeline", "ThrottlingException", times=1)
    daemon(manual, datetime.now(UTC))
    assert len(manual.versions()) == 1
    daemon(manual, datetime.now(UTC) + timedelta(minutes=1))
    assert len(manual.versions()) == 2
    assert decisions(manual, "approve")[0]["state"] == "applied"


def test_an_approval_outlives_a_pass_that_could_not_read_everything(manual: Shop) -> None:
    cli(manual, "approve", digest(manual), "--by", "ana")
    manual.endpoint.fail("ListPipelines", "ThrottlingException", times=1)
    daemon(manual, datetime.now(UTC))
    daemon(manual, datetime.now(UTC) + timedelta(minutes=1))
    assert manual.versions() == {API: 1}


def test_a_person_applies_without_an_approval(manual: Shop) -> None:
    cli(manual, "apply")
    assert manual.versions() == {API: 1}


# Suspensions


def test_a_suspended_pipeline_is_left_alone_until_it_is_resumed(shop: Shop) -> None:
    shop.settle(shop.pipeline(API), shop.pipeline(WEB))
    cli(shop, "suspend", API, "--reason", "the vendor works on it", "--by", "ana")
    shop.define(shop.pipeline(API, "package"), shop.pipeline(WEB, "package"))
    assert "by ana: the vendor works on it" in held(daemon(shop))[API]
    assert (shop.project(API), shop.project(WEB)) == ("compile", "package")
    assert "the vendor works on it" in cli(shop, "status")
    assert "the vendor works on it" in cli(shop, "plan", status=4)
    cli(shop, "resume", API)
    daemon(shop)
    assert shop.project(API) == "package"


def test_a_suspension_that_expired_has_no_effect_and_is_told_once(shop: Shop) -> None:
    shop.settle(shop.pipeline(API))
    cli(shop, "suspend", API, "--reason", "vendor", "--for", "1h", "--by", "ana")
    shop.define(shop.pipeline(API, "package"))
    later = datetime.now(UTC) + timedelta(hours=1, minutes=1)
    told = [daemon(shop, later).said, daemon(shop, later).said]
    assert shop.project(API) == "package"
    assert [len(each) for each in told] == [1, 0]
    assert told[0][0].startswith(f"suspension 1 of {API} by ana expired at ")


def test_a_definition_may_suspend_itself(shop: Shop) -> None:
    shop.settle(shop.pipeline(API))
    shop.define(shop.pipeline(API, "package"), sync={"suspend": {"reason": "vendor", "until": "2026-05-04T13:00"}})
    assert "suspended by its file until 2026-05-04 13:00Z: vendor" in held(daemon(shop))[API]
    daemon(shop, NOON + timedelta(hours=1))
    assert shop.project(API) == "package"


def test_a_suspension_counts_at_once_also_for_a_pass_that_is_under_way(shop: Shop) -> None:
    shop.workshop.settings(scale={"workers": 1})
    shop.settle(shop.pipeline(API), shop.pipeline(WEB))
    shop.define(shop.pipeline(API, "package"), shop.pipeline(WEB, "package"))

    @shop.endpoint.before
    def suspend(request: Request) -> None:
        if request.operation == "UpdatePipeline" and not decisions(shop, "suspend"):
            cli(shop, "suspend", WEB, "--reason", "vendor", "--by", "ana")

    done = daemon(shop)
    assert [(each.change.name, str(each.ending)) for each in done.results] == [(API, "applied"), (WEB, "held")]
    assert "by ana: vendor" in done.results[1].message
    assert (shop.project(API), shop.project(WEB)) == ("package", "compile")


# Break-glass


def test_an_override_lets_changes_pass_and_everything_says_by_whom_and_why(shop: Shop) -> None:
    never = OFFICE | {"cron": "0 9 1 1 *", "duration": "1m"}
    shop.workshop.settings(sync={"windows": [never], "break_glass": ["ana"]})
    shop.define(shop.pipeline(API))
    assert held(daemon(shop, datetime.now(UTC)))
    cli(shop, "override", "--environment", "prod", "--reason", "INC-1", "--for", "1h", "--by", "ana")
    assert "passes by override 1 of prod by ana until" in cli(shop, "plan", status=3)
    done = daemon(shop, datetime.now(UTC))
    assert shop.versions() == {API: 1}
    assert "override 1 of prod by ana" in shop.history()[0].reason
    assert "override 1 of prod by ana" in cli(shop, "status")
    assert done.said[0].endswith(f": INC-1 let 1 change pass: {API}")
    assert "INC-1" in cli(shop, "history")
    assert [event.text for event in shop.workshop.events if event.step == "holds"] == [*done.said]
    assert decisions(shop, "override")[0]["uses"] == 1


def test_an_override_that_is_revoked_during_a_pass_ends_the_writing(shop: Shop) -> None:
    never = OFFICE | {"cron": "0 9 1 1 *", "duration": "1m"}
    shop.workshop.settings(sync={"windows": [never], "break_glass": ["ana"]}, scale={"workers": 1})
    shop.define(shop.pipeline(API), shop.pipeline(WEB))
    cli(shop, "override", "--environment", "prod", "--reason", "INC-1", "--for", "1h", "--by", "ana")

    @shop.endpoint.before
    def revoke(request: Request) -> None:
        if request.operation == "CreatePipeline":
            cli(shop, "override", "--revoke", "1", "--by", "bob")

    done = daemon(shop, datetime.now(UTC))
    assert [str(each.ending) for each in done.results] == ["applied", "held"]
    assert done.results[1].message == "override 1 of prod by ana was withdrawn or expired before this change"


@pytest.mark.parametrize("after", [timedelta(hours=1, minutes=1), None], ids=["expired", "revoked"])
def test_an_override_that_is_over_lets_nothing_pass(shop: Shop, after: timedelta | None) -> None:
    never = OFFICE | {"cron": "0 9 1 1 *", "duration": "1m"}
    shop.workshop.settings(sync={"windows": [never], "break_glass": ["ana"]})
    shop.define(shop.pipeline(API))
    cli(shop, "override", "--environment", "prod", "--reason", "INC-1", "--for", "1h", "--by", "ana")
    if after is None:
        cli(shop, "override", "--revoke", "1", "--by", "bob")
    assert held(daemon(shop, datetime.now(UTC) + (after or timedelta())))
    assert shop.versions() == {}


def test_nobody_breaks_glass_whom_the_settings_do_not_name(shop: Shop) -> None:
    shop.workshop.settings(sync={"break_glass": ["ops-*"]})
    said = cli(shop, "override", "--environment", "prod", "--reason", "x", "--for", "1h", "--by", "eve", status=2)
    assert "eve may not break glass (sync.break_glass: ops-*)" in said
    assert decisions(shop, "override") == []

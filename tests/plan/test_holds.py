"""Decisions that people took: of what they speak, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plan.shop import TARGET
from reconciler.plan.changes import Cause, Change, Kind
from reconciler.plan.holds import Decision, Holds
from reconciler.plan.holds import Kind as What
from reconciler.settings import Environment, Sync

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
PROD = Environment(account=TARGET.account, regions=(TARGET.region,))
UPDATE = Change(TARGET, "shop-prod-api", Kind.UPDATE, Cause.GIT, environment="prod")
DELETE = Change(TARGET, "shop-prod-api", Kind.DELETE, Cause.GIT)
GLASS = Sync(break_glass=("ana", "ops-*"))


def decision(kind: What = What.OVERRIDE, **members: Any) -> Decision:
    return Decision(**{"id": 7, "kind": kind, "by": "ana", "reason": "INC-1", "at": NOW, **members})


def holds(*decisions: Decision, **environments: Environment) -> Holds:
    return Holds(NOW, environments or {"prod": PROD}, decisions)


def test_a_decision_counts_up_to_its_end_and_not_at_it() -> None:
    one = decision(until=NOW + timedelta(hours=1))
    assert one.counts(NOW + timedelta(minutes=59))
    assert not one.counts(NOW + timedelta(hours=1))
    assert not replace(one, ended=NOW).counts(NOW)


def test_a_sentence_says_who_until_when_and_why() -> None:
    told = decision(environment="prod", until=NOW + timedelta(hours=1)).sentence
    assert told == "override 7 of prod by ana until 2026-05-04 13:00Z: INC-1"


@pytest.mark.parametrize(
    ("about", "found"),
    [
        pytest.param({"name": "shop-prod-api"}, True, id="the pipeline"),
        pytest.param({"environment": "prod"}, True, id="its environment"),
        pytest.param({"name": "shop-prod-web"}, False, id="another pipeline"),
        pytest.param({"environment": "dev"}, False, id="another environment"),
        pytest.param({"environment": "prod", "by": "eve"}, False, id="somebody who may not"),
        pytest.param({"environment": "prod", "by": "ops-bob"}, True, id="somebody whom a glob names"),
        pytest.param({"environment": "prod", "until": NOW}, False, id="expired"),
    ],
)
def test_an_override_is_for_what_it_names_by_those_who_may(about: dict[str, Any], found: bool) -> None:
    assert (holds(decision(**about)).override(UPDATE, GLASS) is not None) is found


def test_nobody_may_break_glass_unless_the_settings_say_who() -> None:
    assert holds(decision(environment="prod")).override(UPDATE, Sync()) is None


def test_a_deletion_belongs_to_every_environment_of_its_account_and_region() -> None:
    both = {"prod": PROD, "audit": PROD}
    assert holds(**both).places(DELETE) == ("prod", "audit")
    assert holds(decision(environment="prod"), **both).override(DELETE, GLASS) is None
    assert holds(decision(environment="prod")).override(DELETE, GLASS) is not None


def test_an_environment_says_its_mode_over_the_setting_for_all() -> None:
    manual = PROD.model_copy(update={"mode": "manual"})
    assert holds(prod=manual).modes(UPDATE, Sync()) == {"prod": "manual"}
    assert holds(prod=PROD).modes(UPDATE, Sync(mode="report")) == {"prod": "report"}


def test_an_approval_is_for_the_digest_that_begins_as_it_says() -> None:
    one = holds(decision(What.APPROVAL, digest="ab" * 6))
    assert one.approval("ab" * 32) is not None
    assert one.approval("ab" * 5 + "cd" * 27) is None
    assert holds(decision(What.APPROVAL, digest="")).approval("") is None

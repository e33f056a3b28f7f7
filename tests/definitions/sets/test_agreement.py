from __future__ import annotations

import pytest

from reconciler.definitions.drafts import Place
from reconciler.definitions.sets import agreement
from reconciler.definitions.sets.places import Site
from reconciler.documents import Fault
from reconciler.pipeline.arns import Target


def site(environment: str, account: str, region: str = "eu-west-1") -> Site:
    facts = {"environment": environment, "account": account, "region": region, "project": "shop", "empty": ""}
    return Site(Place(environment, Target(account, region)), facts)


DEV, PROD = site("dev", "111111111111"), site("prod", "333333333333")
OVERSEAS = site("prod", "333333333333", "us-east-1")


def told(*found: tuple[Site, list[str]]) -> list[str]:
    faults = [(each, [Fault(("pipeline",), message) for message in messages]) for each, messages in found]
    return [fault.message for fault in agreement.told_once(faults)]


@pytest.mark.parametrize(
    ("found", "messages"),
    [
        pytest.param([(DEV, ["x"]), (PROD, ["x"])], ["x"], id="in all"),
        pytest.param([(DEV, []), (PROD, ["x"])], ["in prod: x"], id="in one"),
        pytest.param([(DEV, ["x", "y"]), (PROD, ["y"])], ["in dev: x", "y"], id="one in all, one in one"),
        pytest.param([(DEV, ["x"]), (PROD, ["x"]), (OVERSEAS, ["x"])], ["x"], id="in all Regions"),
        pytest.param([(DEV, []), (PROD, ["x"]), (OVERSEAS, ["x"])], ["in prod: x"], id="in all of one environment"),
        pytest.param([(DEV, []), (PROD, []), (OVERSEAS, ["x"])], ["in prod/us-east-1: x"], id="in one Region"),
        pytest.param([(DEV, ["x", "x"]), (PROD, ["x"])], ["x"], id="twice in one"),
        pytest.param([(DEV, ["x"])], ["x"], id="the only one there is"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_a_fault_is_told_once_and_names_its_environments_where_not_all_have_it(found, messages):
    assert told(*found) == messages


def test_faults_that_differ_in_facts_only_are_one():
    messages = [(each, [f"{each.place.target.account} of shop-{each.place.environment}"]) for each in (DEV, PROD)]
    assert told(*messages) == ["${account} of shop-${environment}"]


def test_a_word_that_only_holds_a_fact_is_left_alone():
    assert told((DEV, ["developer"]), (PROD, ["produce"])) == ["in dev: developer", "in prod: produce"]


def test_another_place_or_rule_is_another_fault():
    faults = [(DEV, [Fault(("a",), "x")]), (PROD, [Fault(("a",), "x", rule="shape")])]
    assert len(agreement.told_once(faults)) == 2

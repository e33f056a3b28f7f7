"""`reconciler retry`: what it lists, and what it has tried again."""

from __future__ import annotations

import pytest

from workshop import ACCOUNT, REGION

FIRST = "svc0001-prod-deploy"


@pytest.fixture
def parked(workshop, document):
    """Give a workshop with one pipeline that AWS refuses for good."""
    workshop.define(document)
    workshop.endpoint.fail("CreatePipeline", "InvalidStructureException", message="the stage is wrong")
    workshop.apply(approved=False)
    assert workshop.apply(approved=False).known[2].held
    return workshop


def test_without_a_failure_there_is_nothing_to_list(workshop, cli):
    assert cli("retry", check=0).err == "nothing has failed\n"


def test_failures_are_listed_with_how_often_and_what_comes_next(parked, cli):
    line = cli("retry", check=0).out.splitlines()[1]
    assert line.split()[:5] == [f"{ACCOUNT}/{REGION}", FIRST, "create", "1", "parked"]
    assert "the stage is wrong" in line


def test_status_plan_and_history_say_that_it_is_parked(parked, cli):
    assert "parked, failed once" in cli("status", check=0).out
    assert "the daemon leaves it alone: parked" in cli("plan", check=3).out
    assert "parked, failed once" in cli("history", check=0).out


def test_a_failure_that_is_named_is_tried_by_the_next_pass(parked, cli):
    (shown,) = cli("retry", FIRST, "--format", "json", check=0).json
    assert (shown["name"], shown["failures"], shown["parked"]) == (FIRST, 1, False)
    assert [str(each.ending) for each in parked.apply(approved=False).results] == ["applied"]


def test_a_target_is_named_by_account_and_region(workshop, document, cli):
    workshop.define(document)
    workshop.endpoint.fail("ListPipelines", "InternalFailure")
    workshop.apply(approved=False)
    assert cli("retry", f"{ACCOUNT}/{REGION}", "--format", "json", check=0).json[0]["name"] == ""
    assert [str(each.ending) for each in workshop.apply(approved=False).results] == ["applied"]


def test_a_name_that_has_not_failed_is_told_which_have(parked, cli):
    told = cli("retry", "another", check=2).err
    assert told == f"reconciler: nothing of 'another' has failed (failed: {FIRST})\n"

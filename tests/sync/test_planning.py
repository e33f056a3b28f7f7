"""What is remembered of a plan, and whose credentials it would be applied with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconciler.definitions.tags import OWNER
from reconciler.sync import passes, planning
from reconciler.sync.state import Pass
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from endpoint.request import Document
    from reconciler.pipeline.arns import Target
    from reconciler.plan.changes import Plan
    from reconciler.plan.live import Observation
    from workshop import Workshop

OWNED = {OWNER: "codepipeline-reconciler"}
OTHER = "222222222222"


@dataclass
class Counting:
    """A port, and which of its methods were called."""

    port: Any
    calls: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        if callable(getattr(self.port, name)):
            self.calls.append(name)
        return getattr(self.port, name)


def plan(workshop: Workshop) -> Plan:
    """Plan with an empty log of requests."""
    workshop.endpoint.clear_log()
    return workshop.plan().known[2]


def calls(workshop: Workshop) -> tuple[list[str], list[str]]:
    """Plan, and give the methods of repository and memory that it called."""
    with workshop.world() as world:
        repository, memory = Counting(world.repository), Counting(world.memory)
        passes.plan(replace(world, repository=repository, memory=memory))
    return repository.calls, memory.calls


def observation(workshop: Workshop, target: Target, name: str) -> Observation:
    with workshop.world() as world:
        return world.memory.observations(target)[name]


def test_a_pair_that_was_found_equal_is_remembered(workshop: Workshop, document: Document, target: Target) -> None:
    workshop.endpoint.put(ACCOUNT, REGION, document, OWNED)
    workshop.define(document)
    assert plan(workshop).in_sync == 1
    found = observation(workshop, target, document["name"])
    assert found.agreed == found.applied != ""


def test_a_pair_that_differs_is_not_remembered_as_equal(workshop: Workshop, document: Document, target: Target) -> None:
    workshop.endpoint.put(ACCOUNT, REGION, document, OWNED)
    workshop.define(document | {"executionMode": "QUEUED"})
    assert len(plan(workshop).changes) == 1
    found = observation(workshop, target, document["name"])
    assert (found.agreed, found.applied) == ("", "")


def test_equal_pairs_are_compared_once(workshop: Workshop, documents: list[Document]) -> None:
    for document in documents:
        workshop.endpoint.put(ACCOUNT, REGION, document, OWNED)
    workshop.define(*documents)
    assert "documents" in calls(workshop)[1]
    opened, remembered = calls(workshop)
    assert (opened, "documents" in remembered) == (["fetch"], False)


def test_a_definition_is_opened_once_for_all_that_a_plan_asks_of_it(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    workshop.endpoint.edit(ACCOUNT, REGION, document["name"], lambda live: live | {"executionMode": "QUEUED"})
    assert calls(workshop)[0] == ["fetch", "read"]


def test_tags_that_differ_do_not_keep_a_declaration_from_being_equal(
    workshop: Workshop, document: Document, target: Target
) -> None:
    workshop.endpoint.put(ACCOUNT, REGION, document, OWNED)
    workshop.define(document, tags={"team": "shop"})
    assert [change.kind for change in plan(workshop).changes] == ["tag"]
    assert observation(workshop, target, document["name"]).agreed


def test_tags_from_git_are_removed_later_even_if_nobody_remembers_having_set_them(
    workshop: Workshop, document: Document
) -> None:
    workshop.define(document, tags={"team": "shop"})
    workshop.apply()
    for file in (workshop.folder / ".reconciler").glob("state.db*"):
        file.unlink()
    assert plan(workshop).changes == ()
    workshop.define(document)
    assert [change.untag for change in plan(workshop).changes] == [("team",)]


def test_tags_of_a_pipeline_that_is_not_ours_are_nobodys_business(
    workshop: Workshop, document: Document, target: Target
) -> None:
    workshop.endpoint.put(ACCOUNT, REGION, document, {"team": "shop"})
    workshop.define(document, tags={"team": "shop"})
    assert len(plan(workshop).held) == 1
    assert observation(workshop, target, document["name"]).managed_tags == ()


def test_a_secret_that_aws_masks_is_known_from_the_first_agreement_on(workshop: Workshop, secretive: Document) -> None:
    workshop.endpoint.put(ACCOUNT, REGION, secretive, OWNED)
    workshop.define(secretive)
    assert plan(workshop).changes == ()
    workshop.define(json.loads(json.dumps(secretive).replace("first-token", "second-token")))
    (change,) = plan(workshop).changes
    assert [each.place for each in change.differences] == ["Source/Checkout configuration.OAuthToken"]


def test_a_quiet_pass_asks_for_no_account(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    plan(workshop)
    assert "GetCallerIdentity" not in workshop.endpoint.counts()


def test_a_pass_with_nothing_but_held_changes_asks_for_no_account(workshop: Workshop, document: Document) -> None:
    workshop.settings(sync={"mode": "report"})
    workshop.define(document)
    assert len(plan(workshop).held) == 1
    assert "GetCallerIdentity" not in workshop.endpoint.counts()


def test_a_target_is_asked_once_for_its_account_however_many_changes_it_has(
    workshop: Workshop, documents: list[Document]
) -> None:
    workshop.define(*documents)
    assert len(plan(workshop).open) == 3
    assert workshop.endpoint.counts()["GetCallerIdentity"] == 1


def test_credentials_of_another_account_hold_every_change_of_that_target_only(
    workshop: Workshop, documents: list[Document]
) -> None:
    workshop.settings(environments={"dev": {"account": OTHER, "regions": [REGION]}})
    workshop.define(documents[0])
    for number, document in enumerate(documents[1:]):
        workshop.define(document | {"name": f"svc-dev-{'ab'[number]}"})
    found = plan(workshop)
    assert [change.name for change in found.open] == [documents[0]["name"]]
    assert [change.name for change in found.held] == ["svc-dev-a", "svc-dev-b"]
    assert {change.held.partition(";")[0] for change in found.held} == {
        f"the credentials belong to account {ACCOUNT}, the settings say {OTHER}"
    }


def test_nothing_is_written_to_an_account_that_is_not_the_configured_one(
    workshop: Workshop, document: Document
) -> None:
    workshop.settings(environments={"prod": {"account": OTHER, "regions": [REGION]}})
    workshop.define(document)
    assert workshop.apply().results == ()
    assert "CreatePipeline" not in workshop.endpoint.counts()


def test_an_account_that_cannot_be_asked_holds_every_change_of_its_target(
    workshop: Workshop, documents: list[Document]
) -> None:
    workshop.define(*documents)
    workshop.endpoint.fail("GetCallerIdentity", "ServiceUnavailable")
    found = plan(workshop)
    assert found.open == ()
    assert all(change.held.startswith("the account could not be checked: ") for change in found.held)


def test_a_change_that_is_held_already_keeps_its_own_reason(workshop: Workshop, documents: list[Document]) -> None:
    workshop.endpoint.put(ACCOUNT, REGION, documents[0])
    workshop.define(*documents[:2])
    workshop.endpoint.fail("GetCallerIdentity", "ServiceUnavailable")
    held = {change.name: change.held for change in plan(workshop).changes}
    assert "has no owner" in held[documents[0]["name"]]
    assert "could not be checked" in held[documents[1]["name"]]


def test_how_many_changes_there_are_is_told(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(*documents)
    plan(workshop)
    assert [event.text for event in workshop.events if event.step == "plan"] == ["3 changes"]


def test_nothing_is_planned_or_checked_before_anything_was_read(workshop: Workshop) -> None:
    before = Pass(approved=True)
    with workshop.world() as world:
        assert planning.verify(planning.plan(before, world), world) == before

"""List first: only what moved is read, and what cannot be read is unknown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from endpoint import sample
from reconciler.definitions.tags import OWNER
from reconciler.sync import observing, passes, reading
from reconciler.sync.state import Pass
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from endpoint import Request
    from endpoint.request import Document
    from reconciler.pipeline.arns import Target
    from reconciler.plan.live import Observation
    from workshop import Workshop

OWNED = {OWNER: "codepipeline-reconciler"}


def observe(workshop: Workshop, steps: Any = (reading.fetch, reading.read, observing.observe)) -> Pass:
    """Observe in a world of its own; the endpoint's log holds the requests of this alone."""
    workshop.endpoint.clear_log()
    state = Pass(approved=True)
    with workshop.world() as world:
        for step in steps:
            state = step(state, world)
    return state


def asked(workshop: Workshop, operation: str) -> list[str]:
    """Give the pipelines that an operation was called for, in alphabetical order."""
    return sorted(request.name for request in workshop.endpoint.log if request.operation == operation)


def put(workshop: Workshop, *documents: Document, tags: dict[str, str] | None = None) -> None:
    for document in documents:
        workshop.endpoint.put(ACCOUNT, REGION, document, tags)


def edit(workshop: Workshop, name: str) -> None:
    workshop.endpoint.edit(ACCOUNT, REGION, name, lambda document: document | {"executionMode": "QUEUED"})


def test_only_pipelines_that_git_names_are_read(workshop: Workshop, documents: list[Document]) -> None:
    put(workshop, *documents)
    workshop.define(documents[1])
    state = observe(workshop)
    assert asked(workshop, "GetPipeline") == ["svc0002-prod-deploy"]
    assert len(state.live) == 1
    assert [sorted(found) for found in state.live.values()] == [[each["name"] for each in documents]]


def test_a_pass_over_what_stood_still_lists_and_reads_nothing(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(*documents)
    workshop.apply()
    observe(workshop)
    assert workshop.endpoint.counts() == {"ListPipelines": 1, "GetResources": 1}


def test_only_the_pipeline_that_moved_is_read(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(*documents)
    workshop.apply()
    edit(workshop, "svc0003-prod-deploy")
    observe(workshop)
    assert asked(workshop, "GetPipeline") == ["svc0003-prod-deploy"]


def test_a_pipeline_that_was_made_anew_under_its_old_name_is_read(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    workshop.endpoint.remove(ACCOUNT, REGION, document["name"])
    workshop.endpoint.clock = lambda: 2_000_000_000.0
    put(workshop, document, tags=OWNED)
    observe(workshop)
    assert asked(workshop, "GetPipeline") == [document["name"]]


def test_tags_are_asked_one_by_one_only_where_an_owner_is_expected_and_missing(
    workshop: Workshop, documents: list[Document]
) -> None:
    put(workshop, *sample(5, account=ACCOUNT, region=REGION)[3:])
    workshop.define(*documents)
    workshop.apply()
    workshop.endpoint.tag(ACCOUNT, REGION, "svc0002-prod-deploy", {"team": "shop"})
    observe(workshop)
    assert asked(workshop, "ListTagsForResource") == ["svc0002-prod-deploy"]


def test_a_pipeline_that_git_dropped_is_asked_for_its_owner_too(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(*documents)
    workshop.apply()
    workshop.git("rm", "--quiet", "pipelines/svc0001-prod-deploy.json")
    workshop.commit()
    workshop.endpoint.tag(ACCOUNT, REGION, "svc0001-prod-deploy", {})
    observe(workshop)
    assert asked(workshop, "ListTagsForResource") == ["svc0001-prod-deploy"]


def test_without_the_tagging_api_every_expected_owner_is_asked_one_by_one(
    workshop: Workshop, documents: list[Document], target: Target
) -> None:
    workshop.define(*documents)
    workshop.apply()
    workshop.endpoint.fail("GetResources", "AccessDeniedException", times=None)
    state = observe(workshop)
    assert asked(workshop, "ListTagsForResource") == [each["name"] for each in documents]
    assert all(found.tags == OWNED for found in state.live[target].values())


def test_what_codepipeline_says_of_tags_counts_even_when_it_says_none(
    workshop: Workshop, document: Document, target: Target
) -> None:
    put(workshop, document, tags={"team": "shop"})
    workshop.define(document)

    @workshop.endpoint.before
    def lag(request: Request) -> None:
        if request.operation == "ListTagsForResource":
            workshop.endpoint.tag(ACCOUNT, REGION, document["name"], {})

    assert observe(workshop).live[target][document["name"]].tags == {}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(("ListPipelines", "ThrottlingException"), id="throttled"),
        pytest.param(("ListPipelines", "html"), id="a proxy"),
        pytest.param(("GetResources", "drop"), id="tags that got lost"),
        pytest.param(("GetResources", "InternalFailure"), id="tags that AWS cannot give"),
    ],
)
def test_a_target_that_cannot_be_listed_is_unreadable_and_the_others_go_on(
    workshop: Workshop, document: Document, target: Target, beside: Target, fault: tuple[str, str]
) -> None:
    put(workshop, document)
    workshop.define(document)
    workshop.endpoint.fail(*fault, times=None, account=beside.account)
    state = observe(workshop)
    assert list(state.unreadable) == [beside]
    assert f"{fault[0]} in {beside}" in state.unreadable[beside]
    assert list(state.live) == [target]


def test_a_target_whose_role_may_not_be_assumed_is_unreadable(
    workshop: Workshop, document: Document, target: Target, beside: Target
) -> None:
    workshop.define(document)
    workshop.endpoint.fail("AssumeRole", "AccessDenied", status=403, times=None)
    state = observe(workshop)
    assert list(state.unreadable) == [beside]
    assert list(state.live) == [target]


def test_one_pipeline_that_cannot_be_read_is_unknown_and_the_others_are_read(
    workshop: Workshop, documents: list[Document], target: Target
) -> None:
    put(workshop, *documents)
    workshop.define(*documents)
    workshop.endpoint.fail("GetPipeline", "InternalFailure", name="svc0002-prod-deploy")
    state = observe(workshop)
    assert list(state.unknown) == [(target, "svc0002-prod-deploy")]
    assert "GetPipeline svc0002-prod-deploy" in state.unknown[target, "svc0002-prod-deploy"]
    assert [name for name, found in sorted(state.live[target].items()) if found.digest] == [
        "svc0001-prod-deploy", "svc0003-prod-deploy",
    ]  # fmt: skip


def test_a_pipeline_that_goes_away_between_list_and_look_is_unknown_and_not_absent(
    workshop: Workshop, document: Document, target: Target
) -> None:
    put(workshop, document)
    workshop.define(document)

    @workshop.endpoint.before
    def gone(request: Request) -> None:
        if request.operation == "GetPipeline":
            workshop.endpoint.remove(ACCOUNT, REGION, document["name"])

    assert list(observe(workshop).unknown) == [(target, document["name"])]


def test_a_pipeline_whose_owner_cannot_be_asked_is_unknown(
    workshop: Workshop, document: Document, target: Target
) -> None:
    put(workshop, document)
    workshop.define(document)
    workshop.endpoint.fail("ListTagsForResource", "AccessDeniedException")
    assert list(observe(workshop).unknown) == [(target, document["name"])]


def test_what_could_not_be_read_is_read_in_the_next_pass(workshop: Workshop, document: Document) -> None:
    put(workshop, document, tags=OWNED)
    workshop.define(document)
    workshop.endpoint.fail("GetPipeline", "InternalFailure")
    observe(workshop)
    assert observe(workshop).unknown == {}
    assert asked(workshop, "GetPipeline") == [document["name"]]


@dataclass
class Batches:
    """A memory, and how many observations it was given at once."""

    memory: Any
    sizes: list[int] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.memory, name)

    def observed(self, rows: Iterable[tuple[Observation, str | None]]) -> None:
        known = list(rows)
        self.sizes.append(len(known))
        self.memory.observed(known)


def test_observations_are_remembered_in_batches(
    workshop: Workshop, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = sample(5, account=ACCOUNT, region=REGION)
    put(workshop, *documents)
    workshop.define(*documents)
    monkeypatch.setattr(observing, "BATCH", 2)
    with workshop.world() as world:
        memory = Batches(world.memory)
        batched = replace(world, memory=memory)
        state = reading.read(reading.fetch(Pass(approved=True), batched), batched)
        observing.observe(state, batched)
        assert memory.sizes == [2, 2, 1]
        assert len(world.memory.observations(target)) == 5
    told = [(event.done, event.total) for event in workshop.events if event.step == "observe" and event.total]
    assert told == [(number, 5) for number in range(1, 6)]


def test_nothing_in_the_memory_of_a_declaration_is_a_secret(
    workshop: Workshop, secretive: Document, target: Target
) -> None:
    put(workshop, secretive)
    workshop.define(secretive)
    observe(workshop)
    with workshop.world() as world:
        text = world.memory.documents(target, [secretive["name"]])[secretive["name"]]
    assert "hunter2" not in text
    assert "first-token" not in text
    assert "****#" in text


def test_a_mask_keeps_the_fingerprint_that_was_known_behind_it(
    workshop: Workshop, secretive: Document, target: Target
) -> None:
    workshop.define(secretive)
    workshop.apply()
    edit(workshop, secretive["name"])
    change = workshop.plan().known[2].changes[0]
    assert [each.place for each in change.differences] == ["executionMode"]
    workshop.define(_with_token(secretive, "second-token"))
    change = workshop.plan().known[2].changes[0]
    assert sorted(each.place for each in change.differences) == [
        "Source/Checkout configuration.OAuthToken", "executionMode",
    ]  # fmt: skip


def _with_token(document: Document, token: str) -> Document:
    first, *rest = document["stages"]
    action = first["actions"][0]
    configuration = action["configuration"] | {"OAuthToken": token}
    return document | {"stages": [first | {"actions": [action | {"configuration": configuration}]}, *rest]}


def test_a_pipeline_that_was_saved_unchanged_is_still_known_to_be_equal(
    workshop: Workshop, document: Document, target: Target
) -> None:
    workshop.define(document)
    workshop.apply()
    workshop.endpoint.edit(ACCOUNT, REGION, document["name"], lambda same: same)
    found = observe(workshop).live[target][document["name"]]
    assert found.stamp.version == 2
    assert found.agreed == found.applied != ""


def test_a_pipeline_that_was_edited_is_not_taken_for_equal_any_more(
    workshop: Workshop, document: Document, target: Target
) -> None:
    workshop.define(document)
    workshop.apply()
    edit(workshop, document["name"])
    found = observe(workshop).live[target][document["name"]]
    assert (found.agreed, found.applied == "") == ("", False)


def test_what_was_in_force_and_is_not_listed_any_more_has_vanished(
    workshop: Workshop, documents: list[Document], target: Target
) -> None:
    workshop.define(*documents)
    workshop.apply()
    workshop.endpoint.remove(ACCOUNT, REGION, "svc0002-prod-deploy")
    assert observe(workshop).vanished == {(target, "svc0002-prod-deploy")}


def test_what_was_never_in_force_does_not_vanish(workshop: Workshop, document: Document) -> None:
    put(workshop, document)
    workshop.define(document | {"executionMode": "QUEUED"})
    observe(workshop, passes.PLAN)
    workshop.endpoint.remove(ACCOUNT, REGION, document["name"])
    assert observe(workshop).vanished == frozenset()

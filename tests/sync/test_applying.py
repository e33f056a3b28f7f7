"""Each change is written once, journalled, read back; whatever moved meanwhile is left alone."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.definitions.tags import OWNER
from reconciler.pipeline.arns import Target
from reconciler.sync import passes
from reconciler.sync.state import Ending
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from endpoint import Request
    from endpoint.request import Document
    from reconciler.plan.changes import Plan
    from reconciler.store.history import Change
    from reconciler.sync.state import Pass
    from workshop import Workshop

OWNED = {OWNER: "codepipeline-reconciler"}
WRITES = ("CreatePipeline", "UpdatePipeline", "DeletePipeline", "TagResource", "UntagResource")
FIRST, SECOND, THIRD = "svc0001-prod-deploy", "svc0002-prod-deploy", "svc0003-prod-deploy"


def requests(workshop: Workshop, *operations: str) -> list[tuple[str, str]]:
    """Give the requests of these operations, else all writes, in order."""
    wanted = operations or WRITES
    return [(each.operation, each.name) for each in workshop.endpoint.log if each.operation in wanted]


def journal(workshop: Workshop) -> tuple[Change, ...]:
    """Give what was journalled, newest first."""
    with workshop.world() as world:
        return world.memory.changes(None, 100)  # type: ignore[attr-defined,no-any-return]


def queued(document: Document) -> Document:
    return document | {"executionMode": "QUEUED"}


def edit(workshop: Workshop, name: str = FIRST, change: Callable[[Document], Document] = queued) -> None:
    workshop.endpoint.edit(ACCOUNT, REGION, name, change)


def drop(workshop: Workshop, name: str) -> None:
    workshop.git("rm", "--quiet", f"pipelines/{name}.json")
    workshop.commit()


def interfered(workshop: Workshop, interfere: Callable[[], object]) -> Pass:
    """Plan, let somebody interfere, and apply what was planned."""
    with workshop.world() as world:
        planned = passes.plan(world)
        interfere()
        workshop.endpoint.clear_log()
        return passes.apply(planned, world)


def endings(done: Pass) -> dict[str, str]:
    return {result.change.name: result.ending.value for result in done.results}


def plan(done: Pass) -> Plan:
    return done.known[2]


# --- each kind of change


def test_a_pipeline_is_created_with_its_tags_and_the_owner(workshop: Workshop, document: Document) -> None:
    workshop.define(document, tags={"team": "shop"})
    (result,) = workshop.apply().results
    assert (result.ending, result.version, result.message) == (Ending.APPLIED, 1, "")
    assert requests(workshop) == [("CreatePipeline", FIRST)]
    assert workshop.endpoint.tags(ACCOUNT, REGION, FIRST) == {"team": "shop"} | OWNED


def test_a_pipeline_that_moved_away_is_updated_to_what_git_says(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    edit(workshop)
    (result,) = workshop.apply().results
    assert (result.ending, result.version) == (Ending.APPLIED, 3)
    assert workshop.endpoint.get(ACCOUNT, REGION, FIRST)["executionMode"] == "SUPERSEDED"


def test_an_update_sets_the_tags_that_changed_with_it(workshop: Workshop, document: Document) -> None:
    workshop.define(document, tags={"team": "shop", "old": "1"})
    workshop.apply()
    workshop.endpoint.clear_log()
    workshop.define(queued(document), tags={"team": "store"})
    workshop.apply()
    assert requests(workshop) == [("UpdatePipeline", FIRST), ("TagResource", FIRST), ("UntagResource", FIRST)]
    assert workshop.endpoint.tags(ACCOUNT, REGION, FIRST) == {"team": "store"} | OWNED


def test_tags_alone_are_written_without_a_new_version(workshop: Workshop, document: Document) -> None:
    workshop.define(document, tags={"team": "shop", "old": "1"})
    workshop.apply()
    workshop.define(document, tags={"team": "store"})
    (result,) = workshop.apply().results
    assert (result.change.kind, result.ending, result.version) == ("tag", Ending.APPLIED, 1)
    assert workshop.endpoint.tags(ACCOUNT, REGION, FIRST) == {"team": "store"} | OWNED


def test_a_tag_that_somebody_else_set_stays(workshop: Workshop, document: Document) -> None:
    workshop.define(document, tags={"team": "shop"})
    workshop.apply()
    workshop.endpoint.tag(ACCOUNT, REGION, FIRST, {"team": "shop", "cost": "42"} | OWNED)
    workshop.define(document)
    workshop.apply()
    assert workshop.endpoint.tags(ACCOUNT, REGION, FIRST) == {"cost": "42"} | OWNED


def test_a_pipeline_is_taken_over_by_its_tag_alone(workshop: Workshop, document: Document) -> None:
    workshop.endpoint.put(ACCOUNT, REGION, document, {"cost": "42"})
    workshop.define(document, sync={"adopt": True})
    (result,) = workshop.apply().results
    assert (result.change.kind, result.ending, result.version) == ("adopt", Ending.APPLIED, 1)
    assert requests(workshop) == [("TagResource", FIRST)]
    assert workshop.endpoint.tags(ACCOUNT, REGION, FIRST) == {"cost": "42"} | OWNED


def test_a_pipeline_that_git_dropped_is_deleted_and_forgotten(
    workshop: Workshop, documents: list[Document], target: Target
) -> None:
    workshop.settings(sync={"prune": True})
    workshop.define(*documents)
    workshop.apply()
    drop(workshop, SECOND)
    (result,) = workshop.apply().results
    assert (result.change.kind, result.ending) == ("delete", Ending.APPLIED)
    assert sorted(workshop.endpoint.pipelines(ACCOUNT, REGION)) == [FIRST, THIRD]
    with workshop.world() as world:
        assert sorted(world.memory.observations(target)) == [FIRST, THIRD]


def test_deletions_come_after_everything_else(workshop: Workshop, documents: list[Document]) -> None:
    workshop.settings(sync={"prune": True})
    workshop.define(*documents[:2])
    workshop.apply()
    workshop.endpoint.clear_log()
    drop(workshop, FIRST)
    workshop.define(queued(documents[1]), documents[2])
    workshop.apply()
    assert sorted(requests(workshop)[:2]) == [("CreatePipeline", THIRD), ("UpdatePipeline", SECOND)]
    assert requests(workshop)[2:] == [("DeletePipeline", FIRST)]


def test_after_any_kind_of_change_there_is_nothing_left_to_do(workshop: Workshop, documents: list[Document]) -> None:
    workshop.settings(sync={"prune": True, "adopt": True})
    workshop.define(*documents, tags={"team": "shop"})
    workshop.apply()
    edit(workshop, FIRST)
    workshop.endpoint.tag(ACCOUNT, REGION, SECOND, {"team": "shop"})
    drop(workshop, THIRD)
    assert set(endings(workshop.apply()).values()) == {"applied"}
    assert plan(workshop.plan()).changes == ()


def test_how_each_change_ended_is_told(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(*documents[:2])
    workshop.endpoint.fail("CreatePipeline", "ConflictException", name=SECOND)
    workshop.apply()
    told = [event for event in workshop.events if event.step == "apply"]
    assert told[0].text == f"applied: create {FIRST} in {ACCOUNT}/{REGION}"
    assert told[1].text.startswith(f"failed: create {SECOND} in {ACCOUNT}/{REGION}: CreatePipeline {SECOND}")
    assert [(event.done, event.total) for event in told] == [(1, 2), (2, 2)]


# --- what moved between plan and write


def test_a_change_of_somebody_else_between_plan_and_update_is_not_overwritten(
    workshop: Workshop, document: Document
) -> None:
    workshop.define(document)
    workshop.apply()
    edit(workshop)
    done = interfered(workshop, lambda: edit(workshop, change=lambda live: live | {"executionMode": "QUEUED"}))
    assert done.results[0].ending is Ending.FAILED
    assert "changed by somebody else" in done.results[0].message
    assert requests(workshop) == []
    assert workshop.endpoint.get(ACCOUNT, REGION, FIRST)["executionMode"] == "QUEUED"


def test_a_pipeline_that_somebody_changed_since_the_plan_is_not_deleted(
    workshop: Workshop, documents: list[Document]
) -> None:
    workshop.settings(sync={"prune": True})
    workshop.define(*documents)
    workshop.apply()
    drop(workshop, FIRST)
    done = interfered(workshop, lambda: edit(workshop))
    assert endings(done) == {FIRST: "failed"}
    assert requests(workshop) == []


def test_a_pipeline_that_somebody_changed_since_the_plan_is_not_taken_over(
    workshop: Workshop, document: Document
) -> None:
    workshop.endpoint.put(ACCOUNT, REGION, document)
    workshop.define(document, sync={"adopt": True})
    done = interfered(workshop, lambda: edit(workshop))
    assert endings(done) == {FIRST: "failed"}
    assert workshop.endpoint.tags(ACCOUNT, REGION, FIRST) == {}
    assert "zero difference" in plan(workshop.apply()).held[0].held


def test_a_pipeline_that_somebody_created_since_the_plan_is_left_as_it_is(
    workshop: Workshop, document: Document
) -> None:
    workshop.define(document)
    done = interfered(workshop, lambda: workshop.endpoint.put(ACCOUNT, REGION, queued(document)))
    assert endings(done) == {FIRST: "held"}
    assert workshop.endpoint.get(ACCOUNT, REGION, FIRST)["executionMode"] == "QUEUED"


def test_a_pipeline_that_somebody_deleted_since_the_plan_is_created_by_the_next_pass(
    workshop: Workshop, document: Document
) -> None:
    workshop.define(document)
    workshop.apply()
    edit(workshop)
    done = interfered(workshop, lambda: workshop.endpoint.remove(ACCOUNT, REGION, FIRST))
    assert endings(done) == {FIRST: "failed"}
    assert endings(workshop.apply()) == {FIRST: "applied"}


def update(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    edit(workshop)


def delete(workshop: Workshop, document: Document) -> None:
    workshop.settings(sync={"prune": True})
    workshop.define(document, document | {"name": "svc-prod-other"})
    workshop.apply()
    drop(workshop, FIRST)


def tag(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    workshop.define(document, tags={"team": "shop"})


def adopt(workshop: Workshop, document: Document) -> None:
    workshop.endpoint.put(ACCOUNT, REGION, document)
    workshop.define(document, sync={"adopt": True})


@pytest.mark.parametrize("prepare", [update, delete, tag, adopt])
def test_a_pipeline_that_another_owner_took_since_the_plan_is_left_alone(
    workshop: Workshop, document: Document, prepare: Callable[[Workshop, Document], None]
) -> None:
    prepare(workshop, document)
    done = interfered(workshop, lambda: workshop.endpoint.tag(ACCOUNT, REGION, FIRST, {OWNER: "somebody"}))
    assert endings(done) == {FIRST: "held"}
    assert done.results[0].message == "owned by 'somebody' now; nothing was written"
    assert requests(workshop) == []


@pytest.mark.parametrize("prepare", [update, delete, tag])
def test_a_pipeline_that_lost_its_owner_since_the_plan_is_left_alone(
    workshop: Workshop, document: Document, prepare: Callable[[Workshop, Document], None]
) -> None:
    prepare(workshop, document)
    done = interfered(workshop, lambda: workshop.endpoint.tag(ACCOUNT, REGION, FIRST, {}))
    assert endings(done) == {FIRST: "held"}
    assert requests(workshop) == []


# --- executions in progress


@pytest.mark.parametrize("prepare", [update, delete])
@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_a_write_waits_while_an_execution_is_in_progress(
    workshop: Workshop, document: Document, prepare: Callable[[Workshop, Document], None], status: str
) -> None:
    prepare(workshop, document)
    workshop.endpoint.executions[ACCOUNT, REGION, FIRST] = [{"pipelineExecutionId": "run-1", "status": status}]
    done = workshop.apply()
    assert endings(done) == {FIRST: "held"}
    assert "execution run-1 is in progress" in done.results[0].message
    workshop.endpoint.executions[ACCOUNT, REGION, FIRST] = [{"pipelineExecutionId": "run-1", "status": "Succeeded"}]
    assert endings(workshop.apply()) == {FIRST: "applied"}


@pytest.mark.parametrize(
    ("setting", "beside"),
    [
        pytest.param("always", {}, id="the settings"),
        pytest.param("wait", {"sync": {"interrupt": "always"}}, id="the file"),
    ],
)
def test_an_execution_is_ended_only_if_somebody_allowed_it(
    workshop: Workshop, document: Document, setting: str, beside: dict[str, Any]
) -> None:
    workshop.settings(sync={"interrupt": setting})
    workshop.define(document, **beside)
    workshop.apply()
    edit(workshop)
    workshop.endpoint.executions[ACCOUNT, REGION, FIRST] = [{"pipelineExecutionId": "run-1", "status": "InProgress"}]
    assert endings(workshop.apply()) == {FIRST: "applied"}


def test_a_file_may_wait_where_the_settings_do_not(workshop: Workshop, document: Document) -> None:
    workshop.settings(sync={"interrupt": "always"})
    workshop.define(document, sync={"interrupt": "wait"})
    workshop.apply()
    edit(workshop)
    workshop.endpoint.executions[ACCOUNT, REGION, FIRST] = [{"pipelineExecutionId": "run-1", "status": "InProgress"}]
    assert endings(workshop.apply()) == {FIRST: "held"}


def test_tags_do_not_wait_since_they_end_no_execution(workshop: Workshop, document: Document) -> None:
    tag(workshop, document)
    workshop.endpoint.executions[ACCOUNT, REGION, FIRST] = [{"pipelineExecutionId": "run-1", "status": "InProgress"}]
    assert endings(workshop.apply()) == {FIRST: "applied"}


# --- failures


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        pytest.param("ValidationException", "failed", id="refused"),
        pytest.param("ThrottlingException", "failed", id="throttled"),
        pytest.param("drop", "failed", id="lost"),
        pytest.param("AccessDeniedException", "held", id="not allowed"),
        pytest.param("LimitExceededException", "held", id="over the quota"),
    ],
)
def test_one_change_that_does_not_go_through_stops_no_other(
    workshop: Workshop, documents: list[Document], error: str, ending: str
) -> None:
    workshop.define(*documents)
    workshop.endpoint.fail("CreatePipeline", error, name=SECOND)
    assert endings(workshop.apply()) == {FIRST: "applied", SECOND: ending, THIRD: "applied"}
    assert {each.name: each.outcome for each in journal(workshop)}[SECOND] == ending


def test_what_aws_gives_back_different_fails_once_and_is_held_from_then_on(
    workshop: Workshop, document: Document
) -> None:
    workshop.define(document)
    workshop.apply()
    workshop.define(document | {"executionMode": "QUEUED"})

    @workshop.endpoint.after
    def otherwise(request: Request) -> None:
        if request.operation == "UpdatePipeline":
            place = workshop.endpoint.place(Target(ACCOUNT, REGION))
            place[FIRST].latest["executionMode"] = "PARALLEL"

    (result,) = workshop.apply().results
    assert (result.ending, result.message) == (
        Ending.FAILED, "AWS gave it back different after the write: executionMode",
    )  # fmt: skip
    again = workshop.apply()
    assert (again.results, len(plan(again).held)) == ((), 1)
    assert workshop.endpoint.counts()["UpdatePipeline"] == 1


def test_a_definition_that_was_held_for_bouncing_is_tried_again_once_it_changes(
    workshop: Workshop, document: Document
) -> None:
    test_what_aws_gives_back_different_fails_once_and_is_held_from_then_on(workshop, document)
    workshop.endpoint.clear_orders()
    workshop.define(document)
    assert endings(workshop.apply()) == {FIRST: "applied"}


# --- journal and reading back


@pytest.mark.parametrize("prepare", [update, delete, tag, adopt, lambda workshop, document: workshop.define(document)])
def test_a_write_is_journalled_before_it_happens_and_settled_after(
    workshop: Workshop, document: Document, prepare: Callable[[Workshop, Document], None]
) -> None:
    prepare(workshop, document)
    open_then: list[tuple[str, ...]] = []
    with workshop.world() as world:
        store: Any = world.memory

        @workshop.endpoint.before
        def look(request: Request) -> None:
            if request.operation in WRITES:
                open_then.append(tuple(each.name for each in store.open_intents()))

        passes.run(world, approved=True)
        assert open_then == [(FIRST,)]
        assert store.open_intents() == ()
        assert store.changes(FIRST, 1)[0].outcome == "applied"


def test_the_journal_tells_what_was_before_and_after_and_why(workshop: Workshop, document: Document) -> None:
    update(workshop, document)
    workshop.apply()
    entry = journal(workshop)[0]
    assert (entry.kind, entry.version_before, entry.version_after) == ("update", 2, 3)
    assert json.loads(entry.before or "")["executionMode"] == "QUEUED"
    assert json.loads(entry.after or "")["executionMode"] == "SUPERSEDED"
    commit = workshop.git("rev-parse", "HEAD")[:12]
    assert entry.reason == f"drift: commit {commit}"
    assert json.loads(entry.differences) == [{"place": "executionMode", "before": "QUEUED", "after": "SUPERSEDED"}]


def test_no_secret_and_no_fingerprint_gets_into_the_journal(workshop: Workshop, secretive: Document) -> None:
    workshop.define(secretive)
    workshop.apply()
    edit(workshop)
    workshop.apply()
    text = str(journal(workshop))
    assert "****" in text
    assert all(secret not in text for secret in ("first-token", "hunter2", "****#"))


def test_the_secret_that_git_knows_is_what_aws_gets(workshop: Workshop, secretive: Document) -> None:
    workshop.define(secretive)
    workshop.apply()
    place = ("Source", "Checkout", "OAuthToken")
    assert workshop.endpoint.secrets(ACCOUNT, REGION, FIRST) == {place: "first-token"}


@pytest.mark.parametrize("prepare", [update, lambda workshop, document: workshop.define(document)])
def test_each_write_is_read_back_at_once(
    workshop: Workshop, document: Document, prepare: Callable[[Workshop, Document], None]
) -> None:
    prepare(workshop, document)
    workshop.apply()
    operations = [each.operation for each in workshop.endpoint.log]
    assert operations[-2] in ("CreatePipeline", "UpdatePipeline")
    assert operations[-1] == "GetPipeline"


def test_what_was_read_back_is_not_read_again_by_the_next_pass(workshop: Workshop, document: Document) -> None:
    update(workshop, document)
    workshop.apply()
    workshop.endpoint.clear_log()
    workshop.apply()
    assert "GetPipeline" not in workshop.endpoint.counts()


def test_a_write_that_cannot_be_read_back_is_found_done_by_the_next_pass(
    workshop: Workshop, document: Document
) -> None:
    workshop.define(document, tags={"team": "shop"})
    workshop.endpoint.fail("GetPipeline", "InternalFailure")
    assert endings(workshop.apply()) == {FIRST: "failed"}
    assert plan(workshop.apply()).in_sync == 1
    assert requests(workshop) == [("CreatePipeline", FIRST)]


# --- stopping


def test_a_pass_that_is_asked_to_stop_finishes_the_write_in_hand_and_begins_no_other(
    workshop: Workshop, documents: list[Document]
) -> None:
    workshop.settings(scale={"workers": 1})
    workshop.define(*documents)
    stop = threading.Event()
    workshop.endpoint.before(lambda request: stop.set() if request.operation == "CreatePipeline" else None)
    with workshop.world() as world:
        done = passes.run(replace(world, stopping=stop.is_set), approved=True)
    assert endings(done) == {FIRST: "applied", SECOND: "held", THIRD: "held"}
    assert done.results[1].message == "the pass was asked to stop before this change"
    assert requests(workshop, "CreatePipeline", "GetPipeline")[-1] == ("GetPipeline", FIRST)
    assert [each.outcome for each in journal(workshop)] == ["applied"]


def test_a_stop_that_comes_while_a_change_is_looked_at_keeps_it_from_being_written(
    workshop: Workshop, documents: list[Document]
) -> None:
    workshop.define(*documents)
    workshop.apply()
    for document in documents:
        edit(workshop, document["name"])
    stop = threading.Event()
    with workshop.world() as world:
        planned = passes.plan(world)
        workshop.endpoint.clear_log()
        workshop.endpoint.before(lambda request: stop.set() if request.operation == "GetPipeline" else None)
        done = passes.apply(planned, replace(world, stopping=stop.is_set))
    assert set(endings(done).values()) == {"held"}
    assert requests(workshop) == []


def test_what_somebody_else_changed_right_after_the_write_is_drift_and_no_fault_of_the_definition(
    workshop: Workshop, document: Document
) -> None:
    workshop.define(document)
    workshop.apply()
    document["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "other"
    workshop.define(document)
    edits = [lambda found: found.update(executionMode="QUEUED")]

    def edit(request: Request) -> None:
        if request.operation == "UpdatePipeline" and edits:
            workshop.endpoint.edit(ACCOUNT, REGION, FIRST, edits.pop())

    workshop.endpoint.after(edit)
    (result,) = workshop.apply().results
    assert "somebody else changed it right after: executionMode" in result.message
    (healed,) = workshop.apply().results
    assert (str(healed.ending), healed.change.cause) == ("applied", "drift")

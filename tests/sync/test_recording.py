"""The pass in the history, and how every pipeline stands after it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.definitions.tags import OWNER
from reconciler.pipeline.arns import Target
from reconciler.store.history import Intent
from reconciler.sync import passes, recording
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from endpoint.request import Document
    from reconciler.store.store import Store
    from workshop import Workshop

OWNED = {OWNER: "codepipeline-reconciler"}
FIRST, SECOND, THIRD = "svc0001-prod-deploy", "svc0002-prod-deploy", "svc0003-prod-deploy"


def remembered(workshop: Workshop, ask: Callable[[Store], Any]) -> Any:
    """Ask the store in a world of its own."""
    with workshop.world() as world:
        return ask(world.memory)  # type: ignore[arg-type]


def statuses(workshop: Workshop) -> dict[str, str]:
    return {each.name: each.state for each in remembered(workshop, lambda store: store.statuses())}


def reasons(workshop: Workshop) -> dict[str, str]:
    return {each.name: each.reason for each in remembered(workshop, lambda store: store.statuses())}


def last_pass(workshop: Workshop) -> Any:
    return remembered(workshop, lambda store: store.passes(1))[0]


def edit(workshop: Workshop, name: str = FIRST) -> None:
    workshop.endpoint.edit(ACCOUNT, REGION, name, lambda live: live | {"executionMode": "QUEUED"})


def drop(workshop: Workshop, name: str) -> None:
    workshop.git("rm", "--quiet", f"pipelines/{name}.json")
    workshop.commit()


# --- how pipelines stand


def test_a_pipeline_that_is_as_git_says_is_synced(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    assert (statuses(workshop), reasons(workshop)) == ({FIRST: "synced"}, {FIRST: ""})


def test_a_pipeline_that_moved_away_and_stays_there_is_drifted(workshop: Workshop, document: Document) -> None:
    workshop.settings(sync={"self_heal": False})
    workshop.define(document)
    workshop.apply()
    edit(workshop)
    workshop.apply()
    assert statuses(workshop) == {FIRST: "drifted"}
    assert "self_heal" in reasons(workshop)[FIRST]


def test_a_pipeline_whose_change_was_planned_and_not_applied_is_pending(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    with workshop.world() as world, world.lease.held():
        recording.record(recording.begin(passes.plan(world), world), world)
    assert (statuses(workshop), reasons(workshop)) == ({FIRST: "pending"}, {FIRST: "create not applied yet"})


def test_drift_that_was_planned_and_not_healed_is_drifted(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    edit(workshop)
    with workshop.world() as world, world.lease.held():
        recording.record(recording.begin(passes.plan(world), world), world)
    assert statuses(workshop) == {FIRST: "drifted"}


def test_a_pipeline_whose_change_a_guard_holds_is_held(workshop: Workshop, document: Document) -> None:
    workshop.endpoint.put(ACCOUNT, REGION, document)
    workshop.define(document)
    workshop.apply()
    assert statuses(workshop) == {FIRST: "held"}
    assert "has no owner" in reasons(workshop)[FIRST]


def test_a_pipeline_whose_write_had_to_wait_is_held(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    edit(workshop)
    workshop.endpoint.executions[ACCOUNT, REGION, FIRST] = [{"pipelineExecutionId": "run-1", "status": "InProgress"}]
    workshop.apply()
    assert statuses(workshop) == {FIRST: "held"}
    assert "run-1 is in progress" in reasons(workshop)[FIRST]


def test_a_pipeline_whose_write_did_not_go_through_is_failed(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.endpoint.fail("CreatePipeline", "ValidationException", message="no such thing")
    workshop.apply()
    assert statuses(workshop) == {FIRST: "failed"}
    assert "no such thing" in reasons(workshop)[FIRST]


def test_a_pipeline_that_nobody_here_owns_or_names_is_unmanaged(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(documents[0])
    workshop.endpoint.put(ACCOUNT, REGION, documents[1], {"team": "shop"})
    workshop.apply()
    assert statuses(workshop) == {FIRST: "synced", SECOND: "unmanaged"}


def test_a_pipeline_of_another_owner_is_not_shown(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(documents[0])
    workshop.endpoint.put(ACCOUNT, REGION, documents[1], {OWNER: "somebody"})
    workshop.apply()
    assert statuses(workshop) == {FIRST: "synced"}


def test_a_pipeline_that_cannot_be_read_is_unknown(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(*documents)
    workshop.apply()
    edit(workshop, SECOND)
    workshop.endpoint.fail("GetPipeline", "InternalFailure", name=SECOND)
    workshop.apply()
    assert statuses(workshop) == {FIRST: "synced", SECOND: "unknown", THIRD: "synced"}


def test_all_pipelines_of_a_target_that_cannot_be_read_are_unknown(
    workshop: Workshop, documents: list[Document]
) -> None:
    workshop.define(*documents)
    workshop.apply()
    workshop.endpoint.fail("ListPipelines", "AccessDeniedException")
    workshop.apply()
    assert set(statuses(workshop).values()) == {"unknown"}
    assert "ListPipelines" in reasons(workshop)[FIRST]


def test_a_pipeline_that_git_dropped_is_held_until_it_may_be_deleted_and_then_gone(
    workshop: Workshop, document: Document
) -> None:
    workshop.define(document, document | {"name": "svc-prod-other"})
    workshop.apply()
    drop(workshop, FIRST)
    workshop.apply()
    assert statuses(workshop) == {FIRST: "held", "svc-prod-other": "synced"}
    workshop.settings(sync={"prune": True})
    workshop.apply()
    assert statuses(workshop) == {"svc-prod-other": "synced"}


def test_the_status_of_the_last_pipeline_of_a_target_goes_with_it(
    workshop: Workshop, document: Document, beside: Target
) -> None:
    workshop.define(document, document | {"name": "svc-dev-deploy"})
    workshop.apply()
    workshop.settings(
        sync={"prune": True},
        environments={"dev": {"account": beside.account, "regions": [REGION], "assume_role": _role(beside)}},
    )
    drop(workshop, "svc-dev-deploy")
    workshop.apply()
    assert statuses(workshop) == {FIRST: "synced"}


def _role(target: Target) -> str:
    return f"arn:aws:iam::{target.account}:role/reconciler"


def test_the_version_is_the_one_after_the_write(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    edit(workshop)
    workshop.apply()
    assert [each.version for each in remembered(workshop, lambda store: store.statuses())] == [3]


def test_a_state_that_lasts_keeps_the_time_it_began(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    (first,) = remembered(workshop, lambda store: store.statuses())
    workshop.apply()
    (second,) = remembered(workshop, lambda store: store.statuses())
    assert first.since == second.since
    assert first.last_pass < second.last_pass


# --- the pass itself


def quiet(workshop: Workshop, documents: list[Document]) -> None:
    workshop.apply()


def changed(workshop: Workshop, documents: list[Document]) -> None:
    edit(workshop)


def held(workshop: Workshop, documents: list[Document]) -> None:
    edit(workshop, SECOND)
    workshop.endpoint.put(ACCOUNT, REGION, documents[2])
    workshop.define(documents[2])


def waiting(workshop: Workshop, documents: list[Document]) -> None:
    edit(workshop)
    workshop.endpoint.executions[ACCOUNT, REGION, FIRST] = [{"pipelineExecutionId": "run-1", "status": "InProgress"}]


def failed(workshop: Workshop, documents: list[Document]) -> None:
    held(workshop, documents)
    workshop.endpoint.fail("UpdatePipeline", "ConflictException")


def unreadable(workshop: Workshop, documents: list[Document]) -> None:
    workshop.endpoint.fail("GetResources", "ThrottlingException")


def broken(workshop: Workshop, documents: list[Document]) -> None:
    workshop.write("broken.yaml", "pipeline: [")
    workshop.commit()


@pytest.mark.parametrize(
    ("prepare", "outcome", "counts"),
    [
        pytest.param(quiet, "synced", {"in sync": 2}, id="nothing to do"),
        pytest.param(changed, "changed", {"in sync": 1, "update": 1}, id="a change"),
        pytest.param(held, "held", {"held": 1, "in sync": 1, "update": 1}, id="a change and a held one"),
        pytest.param(waiting, "held", {"held": 1, "in sync": 1}, id="an execution in progress"),
        pytest.param(failed, "failed", {"failed": 1, "held": 1, "in sync": 1}, id="a failure and a held one"),
        pytest.param(unreadable, "held", {"unreadable": 1}, id="an unreadable target"),
        pytest.param(broken, "held", {"in sync": 2, "problems": 1}, id="a broken file"),
    ],
)
def test_a_pass_is_recorded_with_its_outcome_and_its_counts(
    workshop: Workshop,
    documents: list[Document],
    prepare: Callable[[Workshop, list[Document]], None],
    outcome: str,
    counts: dict[str, int],
) -> None:
    workshop.define(*documents[:2])
    workshop.apply()
    prepare(workshop, documents)
    assert recording.outcome(workshop.apply()) == outcome
    entry = last_pass(workshop)
    assert (entry.outcome, dict(entry.counts)) == (outcome, counts)
    assert entry.began <= entry.ended


def test_a_pass_names_its_commit_and_its_mode(workshop: Workshop, document: Document) -> None:
    workshop.settings(sync={"mode": "report"})
    workshop.define(document)
    workshop.apply()
    entry = last_pass(workshop)
    assert (entry.commit, entry.mode) == (workshop.git("rev-parse", "HEAD").strip(), "report")


def test_the_message_of_a_pass_tells_failures_unreadable_targets_and_problems(
    workshop: Workshop, document: Document, beside: Target
) -> None:
    workshop.write("broken.yaml", "pipeline: [")
    workshop.define(document)
    workshop.endpoint.fail("CreatePipeline", "ConflictException")
    workshop.endpoint.fail("ListPipelines", "ThrottlingException", account=beside.account)
    workshop.apply()
    message = last_pass(workshop).message
    assert f"{FIRST}: CreatePipeline" in message
    assert f"{beside}: ListPipelines" in message
    assert "pipelines/broken.yaml" in message


def test_a_pass_is_open_in_the_history_while_it_writes(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    ended: list[Any] = []
    with workshop.world() as world:
        store: Any = world.memory
        workshop.endpoint.before(
            lambda request: ended.append(store.passes(1)[0].ended) if request.operation == "CreatePipeline" else None
        )
        done = passes.run(world, approved=True)
    assert ended == [None]
    assert done.number == 1


# --- what a pass that died left open


def die(workshop: Workshop, document: Document, kind: str, after: Document | None) -> None:
    """Journal a write as a pass does that dies before the answer comes."""
    with workshop.world() as world:
        store: Any = world.memory
        intent = Intent(
            pass_id=store.begin("c0ffee", world.now(), "automatic"),
            at=world.now(),
            target=Target(ACCOUNT, REGION),
            name=document["name"],
            kind=kind,
            version_before=None,
            before=None,
            after=json.dumps(after) if after else None,
            reason="git: commit c0ffee",
            differences="[]",
        )
        store.intend(intent)


def left(workshop: Workshop) -> tuple[str, int | None]:
    """Give the outcome of the oldest write, and the version that it made."""
    entry = remembered(workshop, lambda store: store.changes(None, 10))[-1]
    return entry.outcome, entry.version_after


def test_a_write_that_a_dead_pass_had_done_is_told_as_applied(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    die(workshop, document, "create", document)
    workshop.endpoint.put(ACCOUNT, REGION, document, OWNED)
    workshop.apply()
    assert left(workshop) == ("applied", 1)


def test_a_deletion_that_a_dead_pass_had_done_is_told_as_applied(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(documents[1])
    die(workshop, documents[0], "delete", None)
    workshop.apply()
    assert left(workshop) == ("applied", None)


def test_a_write_that_left_no_trace_is_told_as_unknown(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    die(workshop, document, "update", document | {"executionMode": "QUEUED"})
    workshop.endpoint.put(ACCOUNT, REGION, document, OWNED)
    workshop.apply()
    assert left(workshop) == ("unknown", None)


def test_a_write_whose_target_cannot_be_read_now_stays_open(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    die(workshop, document, "create", document)
    workshop.endpoint.fail("ListPipelines", "ThrottlingException")
    workshop.apply()
    assert left(workshop) == ("", None)


# --- what can be forgotten


def observed(workshop: Workshop, target: Target) -> list[str]:
    return sorted(remembered(workshop, lambda store: store.observations(target)))


def test_what_is_neither_live_nor_in_git_is_forgotten(
    workshop: Workshop, documents: list[Document], target: Target
) -> None:
    workshop.define(*documents)
    workshop.apply()
    drop(workshop, FIRST)
    workshop.endpoint.remove(ACCOUNT, REGION, FIRST)
    workshop.apply()
    assert observed(workshop, target) == [SECOND, THIRD]


def test_what_git_still_names_is_not_forgotten_when_it_vanishes(
    workshop: Workshop, document: Document, target: Target
) -> None:
    workshop.define(document)
    workshop.apply()
    workshop.settings(sync={"mode": "report"})
    workshop.endpoint.remove(ACCOUNT, REGION, FIRST)
    workshop.apply()
    assert observed(workshop, target) == [FIRST]
    assert statuses(workshop) == {FIRST: "drifted"}


@pytest.mark.parametrize("prepare", [unreadable, broken])
def test_nothing_is_forgotten_while_anything_could_not_be_read(
    workshop: Workshop,
    documents: list[Document],
    target: Target,
    prepare: Callable[[Workshop, list[Document]], None],
) -> None:
    workshop.define(*documents)
    workshop.apply()
    drop(workshop, FIRST)
    workshop.endpoint.remove(ACCOUNT, REGION, FIRST)
    prepare(workshop, documents)
    workshop.apply()
    assert observed(workshop, target) == [FIRST, SECOND, THIRD]

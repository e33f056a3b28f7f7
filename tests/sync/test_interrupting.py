"""A plan for people says which executions it would end; nothing is asked that nobody needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.definitions.tags import OWNER
from reconciler.sync import passes
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from endpoint.request import Document
    from reconciler.plan.changes import Plan
    from workshop import Workshop

OWNED = {OWNER: "codepipeline-reconciler"}
BOTH = (
    {"pipelineExecutionId": "e1", "status": "InProgress", "latestExecution": "Build"},
    {"pipelineExecutionId": "e2", "status": "InProgress", "inboundExecution": "Build"},
)


def preview(workshop: Workshop) -> Plan:
    workshop.endpoint.clear_log()
    with workshop.world() as world:
        return passes.preview(world).known[2]


def asked(workshop: Workshop) -> list[str]:
    looks = ("ListPipelineExecutions", "GetPipelineState")
    return [each.operation for each in workshop.endpoint.log if each.operation in looks]


@pytest.fixture
def changed(workshop: Workshop, document: Document) -> Document:
    workshop.endpoint.put(ACCOUNT, REGION, document, OWNED)
    workshop.define(document | {"executionMode": "QUEUED"})
    return document


def running(workshop: Workshop, document: Document, *runs: dict[str, Any]) -> None:
    workshop.endpoint.executions[ACCOUNT, REGION, document["name"]] = list(runs)


@pytest.mark.parametrize(
    ("interrupt", "words"),
    [
        pytest.param("wait", "waits for", id="wait"),
        pytest.param("always", "would end", id="end"),
    ],
)
def test_an_update_names_the_executions_and_their_stages(workshop, changed, interrupt, words):
    workshop.settings(sync={"interrupt": interrupt})
    running(workshop, changed, *BOTH)
    assert preview(workshop).changes[0].interrupts == (
        f"{words} execution e1 in stage Build", f"{words} execution e2 before stage Build")  # fmt: skip


def test_the_state_is_asked_for_only_where_something_runs(workshop, changed):
    running(workshop, changed, {"pipelineExecutionId": "e1", "status": "Succeeded"})
    assert (preview(workshop).changes[0].interrupts, asked(workshop)) == ((), ["ListPipelineExecutions"])


def test_a_quiet_plan_asks_nothing_more(workshop, document):
    workshop.endpoint.put(ACCOUNT, REGION, document, OWNED)
    workshop.define(document)
    assert (preview(workshop).changes, asked(workshop)) == ((), [])


def test_a_held_change_asks_nothing(workshop, changed):
    workshop.settings(sync={"mode": "report"})
    running(workshop, changed, *BOTH)
    assert (bool(preview(workshop).held), asked(workshop)) == (True, [])


def test_a_plan_without_the_permission_to_look_says_so(workshop, changed):
    workshop.endpoint.fail("ListPipelineExecutions", "AccessDeniedException")
    (found,) = preview(workshop).changes[0].interrupts
    assert found.startswith("whether executions are in progress could not be seen: ")


def test_the_command_shows_it(workshop, changed):
    running(workshop, changed, *BOTH)
    assert "      waits for execution e1 in stage Build\n" in workshop.run("plan", check=3).out


def test_a_definition_that_is_not_at_hand_is_read_again(workshop, changed):
    preview(workshop)
    running(workshop, changed, *BOTH)
    assert len(preview(workshop).changes[0].interrupts) == 2


def test_a_deletion_names_the_executions_too(workshop, document):
    workshop.settings(sync={"prune": True, "interrupt": "always"})
    other = document | {"name": "shop-prod-other"}
    workshop.define(document, other)
    workshop.apply()
    (workshop.repository / "pipelines" / f"{document['name']}.json").unlink()
    workshop.commit()
    running(workshop, document, *BOTH)
    assert preview(workshop).changes[0].interrupts[0] == "would end execution e1 in stage Build"

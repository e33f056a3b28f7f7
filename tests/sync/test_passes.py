"""A pass as a whole: what it never does, and where it leads."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from endpoint import sample
from reconciler.definitions.tags import OWNER
from reconciler.errors import Blocked, ReconcilerError
from reconciler.sync import passes
from reconciler.sync.state import Pass
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from endpoint.request import Document
    from workshop import Workshop

OWNED = {OWNER: "codepipeline-reconciler"}
READS = {"ListPipelines", "GetPipeline", "GetResources", "GetCallerIdentity", "ListTagsForResource"}


def test_planning_writes_nothing_to_aws_and_records_no_pass(workshop: Workshop, documents: list[Document]) -> None:
    workshop.endpoint.put(ACCOUNT, REGION, documents[0], OWNED)
    workshop.define(*documents)
    assert len(workshop.plan().known[2].open) == 2
    assert set(workshop.endpoint.counts()) <= READS
    with workshop.world() as world:
        assert world.memory.passes(1) == ()  # type: ignore[attr-defined]


def test_a_pass_plans_applies_and_records(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    done = workshop.apply()
    assert [result.ending for result in done.results] == ["applied"]
    with workshop.world() as world:
        assert world.memory.passes(1)[0].outcome == "changed"  # type: ignore[attr-defined]


def test_the_pass_after_a_pass_finds_nothing_to_do(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(*documents)
    workshop.apply()
    workshop.endpoint.clear_log()
    done = workshop.apply()
    assert (done.known[2].changes, done.known[2].in_sync, done.results) == ((), 3, ())
    assert workshop.endpoint.counts() == {"ListPipelines": 1, "GetResources": 1}


@pytest.mark.parametrize(("approved", "created"), [(True, 1), (False, 0)])
def test_in_manual_mode_only_a_pass_that_a_person_asked_for_writes(
    workshop: Workshop, document: Document, approved: bool, created: int
) -> None:
    workshop.settings(sync={"mode": "manual"})
    workshop.define(document)
    workshop.apply(approved=approved)
    assert workshop.endpoint.counts()["CreatePipeline"] == created


def test_a_pass_over_a_repository_that_cannot_be_read_only_lists(workshop: Workshop) -> None:
    workshop.settings(source={"branch": "main", "repository": "nowhere"})
    with pytest.raises(ReconcilerError, match="nowhere"):
        workshop.apply()
    assert set(workshop.endpoint.counts()) <= {"ListPipelines", "GetResources"}


def test_a_pass_over_a_branch_that_is_not_there_is_blocked(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.settings(source={"branch": "release"})
    with pytest.raises(Blocked, match="release"):
        workshop.apply()


def test_a_pass_tells_its_steps_in_order(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    assert list(dict.fromkeys(event.step for event in workshop.events)) == ["fetch", "read", "observe", "plan", "apply"]


def test_a_pass_cannot_be_applied_before_it_was_planned(workshop: Workshop) -> None:
    with workshop.world() as world, pytest.raises(RuntimeError, match="not been planned"):
        passes.apply(Pass(approved=True), world)


MODES = ("SUPERSEDED", "QUEUED")
SIDES = st.fixed_dictionaries(
    {
        "git": st.sampled_from((None, *MODES)),
        "live": st.sampled_from((None, *MODES)),
        "owner": st.sampled_from((None, OWNED[OWNER], "somebody")),
    }
)


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sides=st.lists(SIDES, min_size=1, max_size=4))
def test_a_pass_over_anything_leaves_an_empty_plan(workshop: Workshop, sides: list[dict[str, str | None]]) -> None:
    _arrange(workshop, sides)
    before = workshop.endpoint.pipelines(ACCOUNT, REGION)
    workshop.apply()
    after = workshop.endpoint.pipelines(ACCOUNT, REGION)
    assert workshop.plan().known[2].open == ()
    for number, side in enumerate(sides, 1):
        name = f"svc{number:04}-prod-deploy"
        if side["live"] and side["owner"] != OWNED[OWNER]:
            assert after[name] == before[name]
        elif side["git"]:
            assert after[name]["executionMode"] == side["git"]


def _arrange(workshop: Workshop, sides: list[dict[str, str | None]]) -> None:
    shutil.rmtree(workshop.folder / ".reconciler", ignore_errors=True)
    shutil.rmtree(workshop.repository / "pipelines", ignore_errors=True)
    workshop.settings(sync={"prune": True, "adopt": True})
    workshop.write("README.md", "So that the folder is never empty.")
    for name in workshop.endpoint.pipelines(ACCOUNT, REGION):
        workshop.endpoint.remove(ACCOUNT, REGION, name)
    for document, side in zip(sample(len(sides), account=ACCOUNT, region=REGION), sides, strict=True):
        if side["git"]:
            workshop.write(f"{document['name']}.json", {"pipeline": document | {"executionMode": side["git"]}})
        if side["live"]:
            tags = {OWNER: side["owner"]} if side["owner"] else {}
            workshop.endpoint.put(ACCOUNT, REGION, document | {"executionMode": side["live"]}, tags)
    workshop.commit()

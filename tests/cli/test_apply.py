"""`reconciler apply`: one pass, and a plan file that must still be true."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.definitions.tags import OWNER
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from endpoint.request import Document
    from workshop import Finished, Workshop

    Cli = Callable[..., Finished]

FIRST, SECOND = "svc0001-prod-deploy", "svc0002-prod-deploy"
WRITES = {"CreatePipeline", "UpdatePipeline", "DeletePipeline", "TagResource", "UntagResource"}


def queued(document: Document) -> Document:
    return document | {"executionMode": "QUEUED"}


def written(workshop: Workshop) -> set[str]:
    return WRITES & set(workshop.endpoint.counts())


# --- exit statuses


def test_status_0_says_that_everything_is_done(cli: Cli, workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(*documents)
    lines = cli("apply", check=0).out.splitlines()
    assert lines[-3:] == [f"applied: create {each['name']} in {ACCOUNT}/{REGION}" for each in documents]
    assert cli("apply", check=0).out == "Nothing to do; 3 pipelines in sync.\n"


def test_status_1_says_that_some_pipeline_failed_and_the_others_are_done(
    cli: Cli, workshop: Workshop, documents: list[Document]
) -> None:
    workshop.define(*documents)
    workshop.endpoint.fail("CreatePipeline", "ConflictException", name=SECOND)
    lines = cli("apply", check=1).out.splitlines()[-3:]
    assert [line.partition(":")[0] for line in lines] == ["applied", "failed", "applied"]
    assert "ConflictException" in lines[1]


def test_status_1_comes_before_4_when_something_is_blocked_as_well(
    cli: Cli, workshop: Workshop, documents: list[Document]
) -> None:
    workshop.endpoint.put(ACCOUNT, REGION, documents[0])
    workshop.define(*documents)
    workshop.endpoint.fail("CreatePipeline", "ConflictException", name=SECOND)
    cli("apply", check=1)


def test_status_2_says_that_it_could_not_run(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.settings(source={"branch": "release"})
    finished = cli("apply", check=2)
    assert (finished.out, "set source.branch to one of: main" in finished.err) == ("", True)


def test_status_2_says_that_no_target_could_be_read(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.endpoint.fail("ListPipelines", "AccessDeniedException", times=None)
    cli("apply", check=2)


def test_status_4_says_that_something_is_blocked(cli: Cli, workshop: Workshop, documents: list[Document]) -> None:
    workshop.endpoint.put(ACCOUNT, REGION, documents[0])
    workshop.define(*documents[:2])
    assert f"applied: create {SECOND}" in cli("apply", check=4).out


def test_status_4_says_that_a_write_had_to_wait(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    workshop.endpoint.edit(ACCOUNT, REGION, FIRST, queued)
    workshop.endpoint.executions[ACCOUNT, REGION, FIRST] = [{"pipelineExecutionId": "run-1", "status": "InProgress"}]
    assert "held: update svc0001-prod-deploy" in cli("apply", check=4).out


# --- formats


def test_json_holds_the_plan_and_what_came_of_it(cli: Cli, workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(*documents[:2])
    workshop.endpoint.fail("CreatePipeline", "ConflictException", name=SECOND)
    document = cli("apply", "--format", "json", check=1).json
    assert document["plan"]["counts"] == {"create": 2}
    first, second = document["results"]
    assert first == {
        "account": ACCOUNT, "region": REGION, "name": FIRST, "kind": "create", "ending": "applied", "message": "",
        "version": 1,
    }  # fmt: skip
    assert (second["ending"], second["version"]) == ("failed", 0)


def test_json_is_the_same_to_the_byte_when_nothing_changes(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    cli("apply", check=0)
    first, second = cli("apply", "--format", "json", check=0), cli("apply", "--format", "json", check=0)
    assert first.out == second.out
    assert first.out == json.dumps(first.json, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_quiet_tells_what_was_done_and_no_summary(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    finished = cli("apply", "-q", check=0)
    assert "to create;" not in finished.out
    assert finished.out.endswith(f"applied: create {FIRST} in {ACCOUNT}/{REGION}\n")
    assert (cli("apply", "-q", check=0).out, finished.err) == ("", "")


def test_verbose_tells_each_write_on_standard_error(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    assert f"apply: applied: create {FIRST} in {ACCOUNT}/{REGION}\n" in cli("apply", "-v", check=0).err


# --- plan files


def test_a_plan_file_is_applied_while_it_is_true(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    cli("plan", "--out", "plan.json", check=3)
    cli("apply", "plan.json", check=0)
    assert list(workshop.endpoint.pipelines(ACCOUNT, REGION)) == [FIRST]


def test_a_plan_file_is_true_on_another_machine_too(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    cli("apply", check=0)
    workshop.define(queued(document))
    cli("plan", "--out", "plan.json", check=3)
    shutil.rmtree(workshop.folder / ".reconciler")
    cli("apply", "plan.json", check=0)


def test_a_plan_file_stays_true_over_a_commit_that_changes_no_pipeline(
    cli: Cli, workshop: Workshop, document: Document
) -> None:
    workshop.define(document)
    cli("plan", "--out", "plan.json", check=3)
    workshop.commit("Only words")
    cli("apply", "plan.json", check=0)


def git_changed(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(documents[2])


def live_changed(workshop: Workshop, documents: list[Document]) -> None:
    workshop.endpoint.edit(ACCOUNT, REGION, FIRST, lambda live: live | {"executionMode": "QUEUED"})


def owner_changed(workshop: Workshop, documents: list[Document]) -> None:
    workshop.endpoint.tag(ACCOUNT, REGION, FIRST, {OWNER: "somebody"})


def done_already(workshop: Workshop, documents: list[Document]) -> None:
    workshop.apply()
    workshop.endpoint.clear_log()


@pytest.mark.parametrize("meanwhile", [git_changed, live_changed, owner_changed, done_already])
def test_a_plan_file_is_refused_when_something_changed_since(
    cli: Cli, workshop: Workshop, documents: list[Document], meanwhile: Any
) -> None:
    workshop.define(*documents[:2])
    cli("apply", check=0)
    workshop.define(queued(documents[0]))
    cli("plan", "--out", "plan.json", check=3)
    workshop.endpoint.clear_log()
    meanwhile(workshop, documents)
    finished = cli("apply", "plan.json", check=2)
    assert (finished.out, written(workshop)) == ("", set())
    assert "git or a live pipeline has changed since" in finished.err
    assert finished.err.endswith("`reconciler plan --out plan.json`\n")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="no file"),
        pytest.param(b"", id="empty"),
        pytest.param(b"pipeline: {}", id="not JSON"),
        pytest.param(b"\xff\xfe", id="not text"),
        pytest.param(b"[1, 2]", id="a list"),
        pytest.param(b"{}", id="without a digest"),
        pytest.param(b"[" * 100_000, id="too deep"),
    ],
)
def test_what_is_not_a_plan_file_is_refused_with_the_way_to_make_one(
    cli: Cli, workshop: Workshop, document: Document, content: bytes | None
) -> None:
    workshop.define(document)
    if content is not None:
        (workshop.folder / "plan.json").write_bytes(content)
    finished = cli("apply", "plan.json", check=2)
    assert finished.err == (
        "reconciler: plan.json is not a plan file; write one with `reconciler plan --out plan.json`\n"
    )
    assert written(workshop) == set()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"schema": "plan/0"}, "was written by another version (plan/0); plan again", id="schema"),
        pytest.param({"digest": None}, "today's plan is", id="no digest"),
        pytest.param({"digest": "0" * 64}, "today's plan is", id="another digest"),
    ],
)
def test_a_plan_file_that_was_tampered_with_is_refused(
    cli: Cli, workshop: Workshop, document: Document, change: dict[str, str | None], words: str
) -> None:
    workshop.define(document)
    cli("plan", "--out", "plan.json", check=3)
    file = workshop.folder / "plan.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    assert words in cli("apply", "plan.json", check=2).err
    assert written(workshop) == set()

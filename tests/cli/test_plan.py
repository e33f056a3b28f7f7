"""`reconciler plan`: what would change, and an exit status that says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from endpoint.request import Document
    from workshop import Finished, Workshop

    Cli = Callable[..., Finished]

FIRST, SECOND = "svc0001-prod-deploy", "svc0002-prod-deploy"


def queued(document: Document) -> Document:
    return document | {"executionMode": "QUEUED"}


# --- exit statuses


def test_status_0_says_that_there_is_nothing_to_do(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    assert cli("plan", check=0).out == "Nothing to do; 1 pipeline in sync.\n"


def test_status_3_says_that_there_are_changes(cli: Cli, workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(*documents)
    assert "3 to create" in cli("plan", check=3).out


def test_status_4_says_that_some_changes_are_blocked(cli: Cli, workshop: Workshop, documents: list[Document]) -> None:
    workshop.endpoint.put(ACCOUNT, REGION, documents[0])
    workshop.define(*documents)
    finished = cli("plan", check=4)
    assert "2 to create, 1 change held" in finished.out
    assert "has no owner" in finished.out


def test_status_4_says_that_a_file_could_not_be_read(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.write("broken.yaml", "pipeline: [")
    workshop.define(document)
    workshop.apply()
    assert "! pipelines/broken.yaml:" in cli("plan", check=4).out


def test_status_2_says_that_no_target_could_be_read(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.endpoint.fail("ListPipelines", "AccessDeniedException", times=None)
    assert f"{ACCOUNT}/{REGION} could not be read" in cli("plan", check=2).out


def test_status_2_says_that_the_repository_could_not_be_read(cli: Cli, workshop: Workshop) -> None:
    workshop.settings(source={"repository": "nowhere"})
    finished = cli("plan", check=2)
    assert finished.out == ""
    assert finished.err.startswith("reconciler: source.repository ")
    assert "nowhere" in finished.err


def test_status_2_says_that_there_are_no_credentials(
    cli: Cli, workshop: Workshop, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.define(document)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert "set AWS_PROFILE" in cli("plan", check=2).out


# --- formats


def test_json_is_sorted_and_the_same_to_the_byte_in_every_run(
    cli: Cli, workshop: Workshop, documents: list[Document]
) -> None:
    workshop.define(*documents[:2])
    workshop.apply()
    workshop.endpoint.edit(ACCOUNT, REGION, FIRST, queued)
    workshop.define(documents[2])
    first, second = cli("plan", "--format", "json", check=3), cli("plan", "--format", "json", check=3)
    assert first.out == second.out
    assert first.out == json.dumps(first.json, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert [change["name"] for change in first.json["changes"]] == ["svc0003-prod-deploy", FIRST]


def test_json_holds_everything_that_is_blocked_too(cli: Cli, workshop: Workshop, documents: list[Document]) -> None:
    workshop.endpoint.put(ACCOUNT, REGION, documents[0])
    workshop.write("broken.yaml", "pipeline: [")
    workshop.define(*documents)
    document = cli("plan", "--format", "json", check=4).json
    assert document["counts"] == {"create": 2, "held": 1}
    assert [problem["file"] for problem in document["problems"]] == ["pipelines/broken.yaml"]


def test_markdown_is_a_table_under_a_summary(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    lines = cli("plan", "--format", "markdown", check=3).out.splitlines()
    assert lines[0].startswith("**1 to create")
    assert f"`{FIRST}`" in lines[-1]
    assert lines[-1].startswith("| + |")


def test_a_text_shows_each_field_that_differs(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    workshop.endpoint.edit(ACCOUNT, REGION, FIRST, queued)
    assert cli("plan", check=3).out.splitlines()[:3] == [
        f"{ACCOUNT}/{REGION}",
        f"  ~ update  {FIRST}  version 2  (drift)  pipelines/{FIRST}.json",
        "      executionMode: QUEUED → SUPERSEDED",
    ]


# --- plan files


def test_a_plan_file_holds_what_json_shows(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    shown = cli("plan", "--format", "json", "--out", "plan.json", check=3).json
    assert json.loads((workshop.folder / "plan.json").read_text()) == shown


def test_a_plan_file_that_cannot_be_written_ends_with_2_and_a_reason(
    cli: Cli, workshop: Workshop, document: Document
) -> None:
    workshop.define(document)
    finished = cli("plan", "--out", "nowhere/plan.json", check=2)
    assert (finished.out, finished.err) == ("", "reconciler: --out nowhere/plan.json: No such file or directory\n")


# --- what it does not do


def test_a_plan_writes_nothing_to_aws_and_nothing_into_the_history(
    cli: Cli, workshop: Workshop, document: Document
) -> None:
    workshop.define(document)
    cli("plan", check=3)
    assert workshop.endpoint.pipelines(ACCOUNT, REGION) == {}
    assert cli("history", "--format", "json", check=0).json == []


def test_a_plan_asks_as_a_person_does_in_manual_mode(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.settings(sync={"mode": "manual"})
    workshop.define(document)
    cli("plan", check=3)


# --- how much it says


def test_messages_are_silent_unless_asked_for(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    assert cli("plan", check=3).err == ""


def test_verbose_tells_every_step_on_standard_error(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    quiet, verbose = cli("plan", check=3), cli("plan", "-v", check=3)
    steps = [line.partition(":")[0] for line in verbose.err.splitlines()]
    assert list(dict.fromkeys(steps)) == ["fetch", "observe", "plan"]
    assert quiet.out == verbose.out


def test_quiet_leaves_the_summary_out(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    loud, quiet = cli("plan", check=3), cli("plan", "-q", check=3)
    assert quiet.out.splitlines() == loud.out.splitlines()[:-1]
    workshop.apply()
    assert cli("plan", "--quiet", check=0).out == ""

"""`reconciler history`: passes, changes, and a definition as it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from endpoint.request import Document
    from workshop import Finished, Workshop

    Cli = Callable[..., Finished]

FIRST = "svc0001-prod-deploy"


def twice(workshop: Workshop, document: Document) -> str:
    """Create a pipeline and change it; give the time between the two."""
    workshop.define(document)
    workshop.apply()
    between = datetime.now(UTC).isoformat()
    workshop.define(document | {"executionMode": "QUEUED"})
    workshop.apply()
    return between


# --- passes


def test_without_a_pass_a_message_says_what_to_run(cli: Cli) -> None:
    finished = cli("history", check=0)
    assert finished.out == ""
    assert finished.err == "no pass has been recorded yet; run `reconciler apply` or `reconciler run --once`\n"


def test_without_a_pass_json_is_an_empty_list(cli: Cli) -> None:
    assert cli("history", "--format", "json", check=0).out == "[]\n"


def test_passes_are_listed_newest_first(cli: Cli, workshop: Workshop, document: Document) -> None:
    twice(workshop, document)
    header, newest, oldest = cli("history", check=0).out.splitlines()
    assert header.split() == ["pass", "began", "commit", "outcome", "counts", "message"]
    assert (newest.split()[0], oldest.split()[0]) == ("2", "1")
    assert workshop.git("rev-parse", "HEAD")[:12] in newest
    assert "changed" in newest
    assert "1 update" in newest


def test_a_limit_bounds_the_list(cli: Cli, workshop: Workshop, document: Document) -> None:
    twice(workshop, document)
    assert [each["id"] for each in cli("history", "--limit", "1", "--format", "json", check=0).json] == [2]
    assert cli("history", "--limit", "0").status == 2


def test_passes_as_json_are_sorted_and_the_same_to_the_byte(cli: Cli, workshop: Workshop, document: Document) -> None:
    twice(workshop, document)
    finished = cli("history", "--format", "json", check=0)
    assert finished.json[0]["counts"] == {"update": 1}
    assert finished.json[0]["began"] <= finished.json[0]["ended"]
    assert finished.out == json.dumps(finished.json, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert finished.out == cli("history", "--format", "json", check=0).out


# --- changes of one pipeline


def test_changes_of_a_pipeline_show_versions_reason_and_differences(
    cli: Cli, workshop: Workshop, document: Document
) -> None:
    twice(workshop, document)
    text = cli("history", FIRST, check=0).out
    assert [line.split()[3] for line in text.splitlines() if f"{ACCOUNT}/{REGION}" in line] == ["update", "create"]
    assert "1 → 2" in text
    assert "executionMode: SUPERSEDED → QUEUED" in text
    assert f"git: commit {workshop.git('rev-parse', 'HEAD')[:12]}" in text


def test_changes_as_json_hold_the_definition_before_and_after(cli: Cli, workshop: Workshop, document: Document) -> None:
    twice(workshop, document)
    update, create = cli("history", FIRST, "--format", "json", check=0).json
    assert (create["before"], create["after"]["executionMode"]) == (None, "SUPERSEDED")
    assert (update["before"]["executionMode"], update["after"]["executionMode"]) == ("SUPERSEDED", "QUEUED")
    assert (update["versionBefore"], update["versionAfter"], update["outcome"]) == (1, 2, "applied")


def test_a_pipeline_without_a_change_says_so(cli: Cli, workshop: Workshop, document: Document) -> None:
    twice(workshop, document)
    finished = cli("history", "svc-prod-other", check=0)
    assert finished.out == ""
    assert finished.err.startswith("no change of svc-prod-other has been recorded; `reconciler status`")
    assert cli("history", "svc-prod-other", "--format", "json", check=0).out == "[]\n"


# --- the definition at a time


def test_the_definition_at_a_time_is_the_one_in_force_then(cli: Cli, workshop: Workshop, document: Document) -> None:
    between = twice(workshop, document)
    assert cli("history", FIRST, "--at", between, check=0).json == document
    now = datetime.now(UTC).isoformat()
    assert cli("history", FIRST, "--at", now, check=0).json["executionMode"] == "QUEUED"


def test_a_time_without_a_zone_is_utc(cli: Cli, workshop: Workshop, document: Document) -> None:
    between = twice(workshop, document)
    naive = between.removesuffix("+00:00")
    assert cli("history", FIRST, "--at", naive, check=0).json == document


def test_no_secret_gets_into_the_definition_at_a_time(cli: Cli, workshop: Workshop, document: Document) -> None:
    variables = '[{"name": "PASSWORD", "value": "hunter2", "type": "PLAINTEXT"}]'
    text = json.dumps(document).replace(
        json.dumps(document["stages"][1]["actions"][0]["configuration"]["EnvironmentVariables"]), json.dumps(variables)
    )
    workshop.define(json.loads(text))
    workshop.apply()
    out = cli("history", FIRST, "--at", datetime.now(UTC).isoformat(), check=0).out
    assert ("hunter2" in text, "hunter2" in out, "****" in out) == (True, False, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param((FIRST, "--at", "2020-01-01"), f"nothing is known of {FIRST} at 2020-01-01", id="before it was"),
        pytest.param((FIRST, "--at", "yesterday"), "write a time such as 2026-05-01T12:00", id="not a time"),
        pytest.param(("--at", "2026-05-01"), "reconciler history NAME --at TIME", id="no name"),
    ],
)
def test_a_question_without_an_answer_says_how_to_ask(
    cli: Cli, workshop: Workshop, document: Document, arguments: tuple[str, ...], words: str
) -> None:
    twice(workshop, document)
    finished = cli("history", *arguments, check=2)
    assert finished.out == ""
    assert words in finished.err

"""`reconciler status`: how every pipeline stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from endpoint.request import Document
    from workshop import Finished, Workshop

    Cli = Callable[..., Finished]

FIRST, SECOND = "svc0001-prod-deploy", "svc0002-prod-deploy"


def prepare(workshop: Workshop, documents: list[Document]) -> None:
    """One synced pipeline, one that is held."""
    workshop.endpoint.put(ACCOUNT, REGION, documents[1])
    workshop.define(*documents[:2])
    workshop.apply()


def test_before_the_first_pass_a_message_says_what_to_run(cli: Cli) -> None:
    finished = cli("status", check=0)
    assert finished.out == ""
    assert finished.err == "no pass has been recorded yet; run `reconciler apply` or `reconciler run --once`\n"


def test_before_the_first_pass_json_is_an_empty_list(cli: Cli) -> None:
    finished = cli("status", "--format", "json", check=0)
    assert (finished.out, finished.err) == ("[]\n", "")


def test_text_has_a_line_for_every_pipeline(cli: Cli, workshop: Workshop, documents: list[Document]) -> None:
    prepare(workshop, documents)
    header, first, second = cli("status", check=0).out.splitlines()
    assert header.split() == ["target", "pipeline", "state", "version", "since", "reason"]
    assert first.split()[:4] == [f"{ACCOUNT}/{REGION}", FIRST, "synced", "1"]
    assert second.split()[:4] == [f"{ACCOUNT}/{REGION}", SECOND, "held", "1"]
    assert "has no owner" in second


def test_json_tells_the_same_sorted_and_to_the_byte(cli: Cli, workshop: Workshop, documents: list[Document]) -> None:
    prepare(workshop, documents)
    finished = cli("status", "--format", "json", check=0)
    assert [(row["name"], row["state"]) for row in finished.json] == [(FIRST, "synced"), (SECOND, "held")]
    assert set(finished.json[0]) == {"account", "region", "name", "state", "version", "since", "reason"}
    assert finished.out == json.dumps(finished.json, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert finished.out == cli("status", "--format", "json", check=0).out


def test_status_asks_neither_git_nor_aws(cli: Cli, workshop: Workshop, documents: list[Document]) -> None:
    prepare(workshop, documents)
    workshop.repository.rename(workshop.folder / "away")
    workshop.endpoint.clear_log()
    assert FIRST in cli("status", check=0).out
    assert workshop.endpoint.counts() == {}


def test_a_name_that_would_disturb_a_terminal_is_escaped(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.endpoint.fail("CreatePipeline", "ValidationException", message="red \x1b[31m and \u202e back")
    workshop.apply()
    out = cli("status", check=0).out
    assert "\x1b" not in out
    assert "\u202e" not in out

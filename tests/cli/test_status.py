"""`reconciler status`: how every pipeline stands."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console

from reconciler.cli import watching
from reconciler.plan.health import Failure, Health
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
    assert header.split() == ["target", "pipeline", "state", "version", "since", "last", "execution", "reason"]
    assert first.split()[:4] == [f"{ACCOUNT}/{REGION}", FIRST, "synced", "1"]
    assert second.split()[:4] == [f"{ACCOUNT}/{REGION}", SECOND, "held", "1"]
    assert "has no owner" in second


def test_json_tells_the_same_sorted_and_to_the_byte(cli: Cli, workshop: Workshop, documents: list[Document]) -> None:
    prepare(workshop, documents)
    finished = cli("status", "--format", "json", check=0)
    assert [(row["name"], row["state"]) for row in finished.json] == [(FIRST, "synced"), (SECOND, "held")]
    members = {"account", "region", "name", "state", "version", "since", "reason", "decisions", "lastExecution"}
    assert set(finished.json[0]) == members
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


def test_status_names_the_last_execution_and_what_failed_in_it(cli: Cli, workshop: Workshop, documents: Any) -> None:
    prepare(workshop, documents)
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    failure = Failure("Build", "Compile", "JobFailed", "out of memory", remedy="look into the log")
    with workshop.world() as world:
        target = next(iter(world.accesses))
        world.memory.examined([Health(target, FIRST, "e1", "Failed", changed=now, failures=(failure,), read=now)])
    out = cli("status", check=0).out
    assert "Failed 2026-05-01 12:00:00Z" in out
    assert "remedy: look into the log" in out
    assert cli("status", "--format", "json", check=0).json[0]["lastExecution"]["failures"][0]["code"] == "JobFailed"


def test_watching_needs_a_terminal(cli: Cli) -> None:
    assert "--watch needs a terminal" in cli("status", "--watch", check=2).err


def test_watching_draws_what_is_out_of_sync_first_until_it_is_stopped(workshop: Workshop, documents: Any) -> None:
    prepare(workshop, documents)
    drawn: list[Any] = []

    def draw() -> Any:
        with workshop.world() as world:
            drawn.append(watching.table(world.memory.statuses(), world.memory.healths()))
        return drawn[-1]

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    watching.show(draw, stop)
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(drawn[-1])
    shown = console.export_text()
    assert shown.index(SECOND) < shown.index(FIRST)
    assert "1 held, 1 synced" in shown

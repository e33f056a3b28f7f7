"""`reconciler suspend`, `resume`, `override` and `approve`: what they take, write and list."""

from __future__ import annotations

import getpass
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from endpoint.request import Document
    from workshop import Finished, Workshop

    Cli = Callable[..., Finished]

FIRST = "svc0001-prod-deploy"
DIGEST = "ab" * 6


@pytest.fixture
def known(workshop: Workshop, document: Document) -> Workshop:
    """Give a workshop that knows one pipeline, and lets everybody break glass."""
    workshop.settings(sync={"break_glass": ["*"]})
    workshop.define(document)
    workshop.apply()
    return workshop


def test_a_suspension_is_shown_listed_and_resumed(known: Workshop, cli: Cli) -> None:
    taken = cli("suspend", FIRST, "--reason", "vendor", "--until", "2999-01-01T18:00", "--by", "ana", check=0).out
    assert taken == cli("suspend", check=0).out
    assert taken.splitlines()[1].split()[:4] == ["1", "suspension", FIRST, "ana"]
    assert "2999-01-01 18:00Z" in taken
    assert "withdrawn by bob" in cli("resume", FIRST, "--by", "bob", check=0).out
    assert cli("resume", FIRST, check=2).err.startswith(f"reconciler: {FIRST} is not suspended here")


def test_without_by_the_user_of_this_machine_decides(known: Workshop, cli: Cli) -> None:
    taken = cli("approve", DIGEST, "--format", "json", check=0).json
    assert taken[0]["by"] == getpass.getuser()


def test_an_override_is_listed_and_revoked(known: Workshop, cli: Cli) -> None:
    about = ("--environment", "prod", "--reason", "INC-1", "--for", "1h", "--by", "ana")
    assert cli("override", *about, "--format", "json", check=0).json[0]["environment"] == "prod"
    assert "in force" in cli("override", check=0).out
    assert cli("override", "--revoke", "1", "--by", "bob", "--format", "json", check=0).json[0]["endedBy"] == "bob"
    assert "withdrawn by bob" in cli("override", check=0).out


def test_an_override_without_an_end_is_refused(known: Workshop, cli: Cli) -> None:
    assert "such as --for 1h" in cli("override", FIRST, "--reason", "x", check=2).err


@pytest.mark.parametrize("verb", ["suspend", "override", "approve"])
def test_where_nothing_was_decided_a_message_says_so_and_json_is_empty(known: Workshop, cli: Cli, verb: str) -> None:
    assert cli(verb, check=0).err.startswith("there is no ")
    assert cli(verb, "--format", "json", check=0).json == []


def test_status_tells_of_decisions_that_count(known: Workshop, cli: Cli) -> None:
    cli("suspend", FIRST, "--reason", "vendor", "--by", "ana", check=0)
    (row,) = cli("status", "--format", "json", check=0).json
    assert row["decisions"] == [f"suspension 1 of {FIRST} by ana: vendor"]
    assert cli("status", check=0).out.splitlines()[-1].split()[:4] == ["1", "suspension", FIRST, "ana"]
    cli("resume", FIRST, check=0)
    assert "suspension" not in cli("status", check=0).out


def test_the_plan_file_says_what_waits_for_an_approval(workshop: Workshop, document: Document, cli: Cli) -> None:
    workshop.settings(sync={"mode": "manual"})
    workshop.define(document)
    cli("plan", "--out", "plan.json", check=3)
    plan = json.loads((workshop.folder / "plan.json").read_text())
    assert plan["approvals"] == {"prod": plan["digest"]}
    assert (
        f"* prod is manual, with 1 change: reconciler approve {plan['digest'][:12]}"
        in cli("plan", "--format", "markdown", check=3).out
    )

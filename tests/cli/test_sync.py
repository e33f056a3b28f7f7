"""`reconciler sync --now`, and the API of a daemon that runs."""

from __future__ import annotations

import json
import socket
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from daemons import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemons import Daemon
    from endpoint.request import Document
    from workshop import Finished, Workshop

    Cli = Callable[..., Finished]

TOKEN = "k33p-th1s-t0ken-s3cret"


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def listening(workshop: Workshop, document: Document, port: int) -> Workshop:
    """Give a workshop whose daemon listens at a port that is known, and looks by itself once an hour."""
    (workshop.folder / "tokens").write_text(f"# who may\nana:{TOKEN}\n")
    web = {"listen": f"127.0.0.1:{port}", "token_file": "tokens"}
    workshop.settings(web=web, source={"poll": "1h"}, sync={"mode": "manual"})
    workshop.define(document)
    return workshop


def ask(port: int, path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/{path}", data)
    request.add_header("Authorization", f"Bearer {TOKEN}")
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def test_a_running_daemon_looks_at_once_and_applies_what_is_approved_over_http(
    listening: Workshop, daemon: Callable[..., Daemon], port: int, cli: Cli
) -> None:
    running = daemon("--verbose")
    running.hear("pass 1 of ")
    assert cli("sync", "--now", check=0).out == f"the daemon at 127.0.0.1:{port} is looking\n"
    running.hear("pass 2 of ")
    plan = ask(port, "plan")
    (digest,) = plan["approvals"].values()
    assert TOKEN not in json.dumps(plan)
    ask(port, "approve", {"digest": digest, "reason": "CHG-7"})
    assert "by ana until" in running.hear("applied: create")
    running.hear("pass 3 of ")
    (row,) = ask(port, "status")["pipelines"]
    assert (row["state"], row["version"]) == ("synced", 1)
    assert running.stop() == 0
    assert TOKEN not in "".join(running.lines)


def test_where_no_daemon_answers_it_says_so(listening: Workshop, cli: Cli, port: int) -> None:
    said = cli("sync", "--now", check=2).err
    assert f"no daemon answers at 127.0.0.1:{port} (" in said
    assert "reconciler run" in said


@pytest.mark.parametrize(
    ("web", "words"),
    [
        pytest.param({"token_file": ""}, "name a file with a line `name:token` in web.token_file", id="no file"),
        pytest.param({"token_file": "gone"}, "web.token_file gone cannot be read", id="the file is gone"),
        pytest.param({"token_file": "reconciler.yaml", "listen": ""}, "which is no place to ask", id="no web"),
        pytest.param({"token_file": "empty"}, "has no line `name:token`", id="an empty file"),
    ],
)
def test_what_is_missing_in_the_settings_is_told(
    listening: Workshop, cli: Cli, web: dict[str, str], words: str
) -> None:
    (listening.folder / "empty").write_text("# nobody\n")
    listening.settings(web=web)
    assert words in cli("sync", "--now", check=2).err


def test_without_now_it_says_what_to_write(cli: Cli) -> None:
    assert "reconciler sync --now" in cli("sync", check=2).err

"""`reconciler run`: the daemon, as a process."""

from __future__ import annotations

import json
import re
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from daemons import PATIENCE
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemons import Daemon
    from endpoint import Request
    from endpoint.request import Document
    from workshop import Workshop

FIRST = "svc0001-prod-deploy"
PASS = re.compile(r"^\S+ \S+ INFO pass (\d+) of ([0-9a-f]{12}) (\w+): .+\.?.*$")


def when(workshop: Workshop, operation: str) -> threading.Event:
    """Give an event that is set once an operation has taken effect."""
    happened = threading.Event()
    workshop.endpoint.after(lambda request: happened.set() if request.operation == operation else None)
    return happened


def changed(document: Document) -> Document:
    return document | {"executionMode": "SUPERSEDED" if document.get("executionMode") == "QUEUED" else "QUEUED"}


# --- the daemon


def test_a_commit_to_a_local_repository_is_live_soon(
    workshop: Workshop, document: Document, daemon: Callable[..., Daemon]
) -> None:
    workshop.settings(source={"poll": "1h"})
    workshop.define(document)
    created, updated = when(workshop, "CreatePipeline"), when(workshop, "UpdatePipeline")
    running = daemon()
    assert created.wait(PATIENCE)
    running.hear("pass 1 of")
    workshop.define(changed(document))
    assert updated.wait(PATIENCE)
    assert workshop.endpoint.get(ACCOUNT, REGION, FIRST)["executionMode"] == "QUEUED"


def test_a_daemon_outlives_a_pass_that_failed(
    workshop: Workshop, document: Document, daemon: Callable[..., Daemon]
) -> None:
    workshop.settings(source={"poll": "1h"})
    workshop.git("commit", "--quiet", "--allow-empty", "--message", "Nothing yet")
    created = when(workshop, "CreatePipeline")
    running = daemon()
    assert "waits for somebody to act" in running.hear("pass failed")
    workshop.define(document)
    assert created.wait(PATIENCE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_waiting_daemon_with_status_0(
    workshop: Workshop, document: Document, daemon: Callable[..., Daemon], number: int
) -> None:
    workshop.settings(source={"poll": "1h"})
    workshop.define(document)
    running = daemon()
    running.hear("pass 1 of")
    assert running.stop(number) == 0
    assert running.lines[-1].endswith("INFO stopped\n")


@pytest.mark.parametrize(
    ("number", "operation"), [(signal.SIGTERM, "CreatePipeline"), (signal.SIGINT, "UpdatePipeline")]
)
def test_a_signal_lets_the_write_in_hand_finish_and_no_other_begin(
    workshop: Workshop, documents: list[Document], daemon: Callable[..., Daemon], number: int, operation: str
) -> None:
    if operation == "UpdatePipeline":
        workshop.define(*documents)
        workshop.apply()
    workshop.settings(scale={"workers": 1})
    workshop.define(*map(changed, documents))
    workshop.endpoint.clear_log()
    running: list[Daemon] = []
    ready = threading.Event()

    @workshop.endpoint.before
    def interrupt(request: Request) -> None:
        if request.operation == operation and ready.wait(PATIENCE):
            workshop.endpoint.latency = 0.1  # time enough for the signal to arrive before the answer
            running[0].process.send_signal(number)

    running.append(daemon())
    ready.set()
    assert running[0].end() == 0
    log = [(request.operation, request.name) for request in workshop.endpoint.log]
    assert [each for each in log if each[0] == operation] == [(operation, FIRST)]
    assert log[-1] == ("GetPipeline", FIRST)
    assert _outcomes(workshop) == {FIRST: "applied"}
    assert _states(workshop) == {FIRST: "synced", "svc0002-prod-deploy": "held", "svc0003-prod-deploy": "held"}


def test_what_waits_is_told_once_and_again_when_it_waits_for_something_else(
    workshop: Workshop, document: Document, daemon: Callable[..., Daemon]
) -> None:
    def runs(name: str) -> None:
        summary = {"pipelineExecutionId": name, "status": "InProgress"}
        workshop.endpoint.executions[ACCOUNT, REGION, FIRST] = [summary]

    workshop.settings(source={"poll": "1h"}, sync={"interrupt": "wait"})
    workshop.define(document)
    workshop.apply()
    workshop.define(changed(document))
    runs("run-1")
    running = daemon()
    running.hear("held: update")
    for _ in range(2):  # the second one is heard when the pass after the first has ended
        running.process.send_signal(signal.SIGHUP)
        running.hear("the settings were read again")
    runs("run-2")
    running.process.send_signal(signal.SIGHUP)
    running.hear("execution run-2 ")
    running.stop()
    told = [re.search("execution (run-.) ", line) for line in running.lines if "held: update" in line]
    assert [each and each[1] for each in told] == ["run-1", "run-2"]


def _outcomes(workshop: Workshop) -> dict[str, str]:
    with workshop.world() as world:
        store: Any = world.memory
        return {each.name: each.outcome for each in store.changes(None, 10) if each.pass_id == store.passes(1)[0].id}


def _states(workshop: Workshop) -> dict[str, str]:
    with workshop.world() as world:
        store: Any = world.memory
        return {each.name: each.state for each in store.statuses()}


# --- what it logs


def test_a_pass_is_one_sentence_in_the_log(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(*documents)
    lines = workshop.run("run", "--once", check=0).err.splitlines()
    assert [bool(PASS.match(line)) for line in lines] == [False, False, False, True]
    assert lines[-1].endswith("; 3 changes applied")
    (quiet,) = workshop.run("run", "--once", check=0).err.splitlines()
    assert PASS.match(quiet)
    assert quiet.endswith("synced: Nothing to do; 3 pipelines in sync.")


def test_a_log_as_json_is_an_object_a_line(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    finished = workshop.run("run", "--once", "--log-format", "json", check=0)
    entries = [json.loads(line) for line in finished.err.splitlines()]
    assert entries[0]["message"].startswith("applied: create")
    assert all(set(entry) == {"time", "level", "logger", "message"} for entry in entries)
    assert (entries[-1]["level"], entries[-1]["logger"]) == ("info", "reconciler.run")


def test_quiet_logs_only_what_went_wrong_and_verbose_every_step(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    assert workshop.run("run", "--once", "-q", check=0).err == ""
    verbose = workshop.run("run", "--once", "-v", check=0).err
    assert [step for step in ("fetch", "observe", "plan") if f" DEBUG {step}: " not in verbose] == []


def test_the_log_goes_to_standard_error_and_data_nowhere(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    assert workshop.run("run", "--once", check=0).out == ""


def test_no_password_of_the_repository_gets_into_the_log(workshop: Workshop, daemon: Callable[..., Daemon]) -> None:
    workshop.settings(source={"repository": "https://ana:open@sesame@127.0.0.1:9/shop.git", "poll": "1h"})
    running = daemon("--verbose")
    assert "watching https://***@127.0.0.1:9/shop.git, branch main" in running.hear("watching")
    running.hear("pass failed")
    assert running.stop() == 0
    assert [line for line in running.lines if "open" in line or "sesame" in line] == []


# --- one pass


def test_once_has_the_exit_status_of_apply(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(*documents)
    workshop.endpoint.fail("CreatePipeline", "ConflictException", name="svc0002-prod-deploy")
    workshop.run("run", "--once", check=1)
    workshop.run("run", "--once", check=4)
    workshop.run("retry", "svc0002-prod-deploy", check=0)
    workshop.run("run", "--once", check=0)
    workshop.git("rm", "--quiet", f"pipelines/{FIRST}.json")
    workshop.commit()
    workshop.run("run", "--once", check=4)


def test_once_ends_with_2_when_it_could_not_run(workshop: Workshop) -> None:
    workshop.settings(source={"repository": "nowhere"})
    finished = workshop.run("run", "--once", check=2)
    assert finished.err.startswith("reconciler: source.repository ")


def test_once_is_nobody_asking_so_manual_mode_writes_nothing(workshop: Workshop, document: Document) -> None:
    workshop.settings(sync={"mode": "manual"})
    workshop.define(document)
    assert "1 change held" in workshop.run("run", "--once", check=4).err
    assert workshop.endpoint.pipelines(ACCOUNT, REGION) == {}

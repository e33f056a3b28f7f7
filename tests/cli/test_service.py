"""The daemon as a service: what the service manager and the web hear from a process."""

from __future__ import annotations

import hashlib
import hmac
import json
import signal
import socket
import sys
import threading
import urllib.request
from contextlib import closing, suppress
from typing import TYPE_CHECKING
from urllib.error import HTTPError

import pytest

from daemons import PATIENCE
from reconciler.cli import build, service
from reconciler.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from daemons import Daemon
    from endpoint import Request
    from endpoint.request import Document
    from workshop import Workshop


class Manager:
    """Stands in for systemd: the socket that it listens on."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.channel.bind(path)
        self.channel.settimeout(PATIENCE)
        self.heard: list[str] = []

    def hear(self, words: str) -> str:
        """Wait for a message that holds these words, and give it."""
        while words not in (message := self.channel.recv(8192).decode()):
            self.heard.append(message)
        self.heard.append(message)
        return message

    def falls_silent(self) -> bool:
        """Tell whether messages cease; a watchdog of this file's tests is fed a hundred times a second."""
        self.channel.settimeout(0.5)
        with suppress(TimeoutError):
            return not all(self.channel.recv(8192) for _ in range(2000))
        self.channel.settimeout(PATIENCE)
        return True


@pytest.fixture
def manager(tmp_path) -> Iterator[Manager]:
    made = Manager(str(tmp_path / "notify"))
    with closing(made.channel):
        yield made


@pytest.fixture
def start(daemon: Callable[..., Daemon], manager: Manager) -> Callable[..., Daemon]:
    return lambda **variables: daemon(NOTIFY_SOCKET=manager.path, **variables)


def url(running: Daemon) -> str:
    return running.hear("listening on").rpartition(" ")[2].strip()


def get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_manager_hears_ready_then_a_sentence_for_each_pass_then_stopping(
    workshop: Workshop, document: Document, manager: Manager, start: Callable[..., Daemon]
) -> None:
    workshop.define(document)
    running = start()
    manager.hear("STATUS=pass 1 of ")
    assert running.stop() == 0
    manager.hear("STOPPING=1")
    assert [message.partition(" ")[0] for message in manager.heard] == ["READY=1", "STATUS=pass", "STOPPING=1"]


def test_with_a_watchdog_the_manager_hears_of_life(
    workshop: Workshop, document: Document, manager: Manager, start: Callable[..., Daemon]
) -> None:
    workshop.define(document)
    start(WATCHDOG_USEC="100000")
    for _ in range(3):
        manager.hear("WATCHDOG=1")


def test_with_a_worker_that_hangs_the_manager_hears_of_life_no_more_until_it_goes_on(
    workshop: Workshop, document: Document, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, asked = threading.Event(), threading.Event()

    @workshop.endpoint.before
    def hang(request: Request) -> None:
        if request.operation == "ListPipelines":
            asked.set()
            goes_on.wait(PATIENCE)

    workshop.define(document)
    made = _here(workshop, monkeypatch, manager)
    thread = threading.Thread(target=made.run)
    thread.start()
    assert asked.wait(PATIENCE)
    silent = manager.falls_silent()
    goes_on.set()
    manager.hear("STATUS=")
    manager.hear("WATCHDOG=1")
    made.stop()
    thread.join(PATIENCE)
    assert silent


def _here(workshop: Workshop, monkeypatch: pytest.MonkeyPatch, manager: Manager) -> service.Service:
    """Give a service in this process, whose passes may take a moment only before they count as stuck."""
    monkeypatch.setenv("NOTIFY_SOCKET", manager.path)
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    monkeypatch.setattr(service, "patience", lambda _: 0.05)
    return service.Service(
        lambda: build.settings(workshop.folder / "reconciler.yaml"), lambda _: None, lambda _: "done"
    )


def test_a_hangup_reads_the_settings_again(
    workshop: Workshop, document: Document, manager: Manager, start: Callable[..., Daemon]
) -> None:
    workshop.settings(source={"poll": "1h"}, sync={"mode": "report"})
    workshop.define(document)
    running = start()
    manager.hear("STATUS=pass 1 of ")
    workshop.settings(source={"poll": "1h"})
    running.process.send_signal(signal.SIGHUP)
    assert "MONOTONIC_USEC=" in manager.hear("RELOADING=1")
    manager.hear("READY=1")
    assert "1 change applied" in manager.hear("STATUS=pass ")
    running.hear("the settings were read again")


def test_a_broken_file_leaves_the_old_settings_in_force_and_says_so_until_it_is_mended(
    workshop: Workshop, document: Document, manager: Manager, start: Callable[..., Daemon]
) -> None:
    workshop.define(document)
    running = start()
    manager.hear("STATUS=pass 1 of ")
    workshop.settings(sync={"mode": "fast"})
    running.process.send_signal(signal.SIGHUP)
    manager.hear("READY=1")
    assert "; the settings are kept as they were: " in manager.hear("STATUS=")
    assert "sync.mode" in running.hear("ERROR the settings are kept as they were")
    workshop.settings()
    running.process.send_signal(signal.SIGHUP)
    manager.hear("READY=1")
    assert "kept" not in manager.hear("STATUS=")


def test_settings_that_vanished_are_settings_that_cannot_be_read(
    workshop: Workshop, document: Document, manager: Manager, start: Callable[..., Daemon]
) -> None:
    workshop.define(document)
    running = start()
    manager.hear("STATUS=pass 1 of ")
    (workshop.folder / "reconciler.yaml").unlink()
    running.process.send_signal(signal.SIGHUP)
    assert "no settings: looked for" in manager.hear("; the settings are kept as they were: ")
    assert running.stop() == 0


def test_health_is_answered_while_a_pass_hangs(
    workshop: Workshop, document: Document, start: Callable[..., Daemon]
) -> None:
    asked, answer = threading.Event(), threading.Event()

    @workshop.endpoint.before
    def hang(request: Request) -> None:
        if request.operation == "ListPipelines":
            asked.set()
            answer.wait(PATIENCE)

    workshop.define(document)
    address = url(start())
    assert asked.wait(PATIENCE)
    live, ready = get(f"{address}/livez"), get(f"{address}/readyz")
    answer.set()
    assert (live[0], sorted(json.loads(live[1])["ages"])) == (200, ["lease", "loop", "web"])
    assert (ready[0], json.loads(ready[1])["reason"]) == (503, "no pass has ended yet")


def test_it_is_ready_after_a_pass_and_not_after_one_that_failed(
    workshop: Workshop, document: Document, manager: Manager, start: Callable[..., Daemon]
) -> None:
    workshop.define(document)
    running = start()
    address = url(running)
    manager.hear("STATUS=pass 1 of ")
    assert get(f"{address}/readyz")[0] == 200
    workshop.git("branch", "--move", "other")
    manager.hear("STATUS=pass failed, waits for somebody to act")
    assert get(f"{address}/readyz")[0] == 503


def test_metrics_count_passes_and_calls(
    workshop: Workshop, document: Document, manager: Manager, start: Callable[..., Daemon]
) -> None:
    pytest.importorskip("prometheus_client")
    workshop.define(document)
    address = url(start())
    manager.hear("STATUS=pass 1 of ")
    status, text = get(f"{address}/metrics")
    assert status == 200
    assert 'reconciler_passes_total{outcome="changed"} 1.0' in text
    assert 'reconciler_aws_calls_total{operation="CreatePipeline",result="ok"} 1.0' in text


def test_a_webhook_begins_a_pass_and_its_secret_may_change_while_the_daemon_runs(
    workshop: Workshop, document: Document, manager: Manager, start: Callable[..., Daemon]
) -> None:
    workshop.settings(source={"poll": "1h"})
    workshop.define(document)
    address = url(start(RECONCILER_WEB__WEBHOOK_SECRET_FILE="secret"))
    manager.hear("STATUS=pass 1 of ")
    assert _push(address, b"first") == 403
    (workshop.folder / "secret").write_bytes(b"first\n")
    assert [_push(address, b"guess"), _push(address, b"first"), _push(address, b"first")] == [401, 202, 409]
    manager.hear("STATUS=pass ")


def _push(address: str, secret: bytes) -> int:
    proof = "sha256=" + hmac.new(secret, b"{}", hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": proof, "X-GitHub-Event": "push"}
    request = urllib.request.Request(f"{address}/webhook/github", b"{}", headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status
    except HTTPError as error:
        with error:
            return error.code


def test_a_port_that_is_taken_keeps_no_pipeline_waiting(
    workshop: Workshop, document: Document, manager: Manager, start: Callable[..., Daemon]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        workshop.settings(web={"listen": f"127.0.0.1:{taken.getsockname()[1]}"})
        workshop.define(document)
        running = start()
        assert "choose another web.listen" in running.hear("WARNING no health, metrics and webhooks")
        assert "1 change applied" in manager.hear("STATUS=pass 1 of ")


def test_nothing_listens_where_nothing_is_wanted(
    workshop: Workshop, document: Document, manager: Manager, start: Callable[..., Daemon]
) -> None:
    workshop.settings(web={"listen": ""})
    workshop.define(document)
    running = start()
    manager.hear("STATUS=pass 1 of ")
    running.stop()
    assert [line for line in running.lines if "listening" in line] == []


def test_a_pass_is_given_more_time_than_any_one_call_of_it():
    settings = Settings()
    assert service.patience(settings) > settings.source.timeout + settings.aws.attempts * settings.aws.read_timeout


def test_without_the_library_of_metrics_the_daemon_does_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delitem(sys.modules, "reconciler.web.metrics", raising=False)
    assert service._metrics(dict, dict) is None

"""Health and webhooks over the network, and what else the network brings."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from contextlib import closing

import pytest

from reconciler.errors import Blocked
from reconciler.web import server as module
from reconciler.web.answers import Health, Site
from reconciler.web.server import LARGEST, Server
from reconciler.web.webhooks import Webhooks

ENOUGH = 20
"""Seconds after which a test gives up on an answer."""


class Daemon:
    """Stands in for the daemon: what it says of itself, and how often it was woken."""

    def __init__(self):
        self.late, self.reason, self.looks, self.beats = (), "", 0, threading.Semaphore(0)
        health = Health(lambda: self.late, lambda: {"loop": 1.23456}, lambda: self.reason)
        self.site = Site(health, Webhooks(lambda: b"token", self.look), lambda: ("text/plain", b"passes 1\n"))

    def look(self):
        self.looks += 1

    def beat(self, _within):
        self.beats.release()


@pytest.fixture
def daemon():
    return Daemon()


@pytest.fixture
def server(daemon):
    with Server(daemon.site, "127.0.0.1:0", daemon.beat) as running:
        yield running


@pytest.fixture
def ask(server):
    def send(method, path, body=None, **headers):
        with closing(http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=ENOUGH)) as line:
            line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = line.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if answer.headers["content-type"] == "application/json" else text

    return send


def test_it_lives_as_long_as_no_thread_is_late(ask, daemon):
    assert ask("GET", "/livez") == (200, {"status": "alive", "late": [], "ages": {"loop": 1.235}})
    daemon.late = ("loop",)
    assert ask("GET", "/livez?verbose") == (503, {"status": "stuck", "late": ["loop"], "ages": {"loop": 1.235}})


def test_it_is_ready_unless_there_is_a_reason(ask, daemon):
    assert ask("GET", "/readyz") == (200, {"status": "ready", "reason": "", "role": "leader"})
    daemon.reason = "pass failed"
    assert ask("GET", "/readyz") == (503, {"status": "not ready", "reason": "pass failed", "role": "leader"})


def test_metrics_are_given_as_they_are(ask):
    assert ask("GET", "/metrics") == (200, b"passes 1\n")


def test_without_their_library_metrics_say_what_to_install(daemon):
    site = Site(daemon.site.health, daemon.site.webhooks)
    from reconciler.web.answers import Request

    answer = site.answer(Request("GET", "/metrics", {}))
    assert (answer.status, b"pip install" in answer.body) == (501, True)


def test_a_webhook_with_its_token_is_a_look(ask, daemon):
    sent = {"x_gitlab_token": "token", "x_gitlab_event": "Push Hook"}
    assert ask("POST", "/webhook/gitlab", b"{}", **sent) == (202, {"status": "looking"})
    assert ask("POST", "/webhook/gitlab", b"{}", **sent)[0] == 409
    assert ask("POST", "/webhook/gitlab", b"{}", **sent | {"x_gitlab_token": "guess"})[0] == 401
    assert daemon.looks == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/webhook/github", 405), ("POST", "/livez", 405), ("PUT", "/livez", 501)],
)
def test_what_is_not_there_is_refused(ask, method, path, status):
    assert ask(method, path)[0] == status


@pytest.mark.parametrize(
    ("length", "status"),
    [(str(50 * 1024 * 1024), 413), (str(LARGEST + 1), 413), ("9" * 5000, 413), ("-1", 411), ("many", 411), ("²", 411)],
    ids=["50 MB", "one byte too many", "a length of digits", "negative", "a word", "a superscript"],
)
def test_a_body_that_is_too_large_or_without_a_length_is_refused_unread(server, length, status):
    with socket.create_connection(("127.0.0.1", server.server_port), ENOUGH) as line:
        line.sendall(
            b"POST /webhook/github HTTP/1.1\r\nHost: x\r\nContent-Length: " + length.encode("latin-1") + b"\r\n\r\n"
        )
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Connection: close" in answer


def test_a_body_that_comes_in_pieces_is_refused(ask, daemon):
    assert ask("POST", "/webhook/gitlab", iter([b"{}"]), transfer_encoding="chunked")[0] == 411


@pytest.mark.parametrize(
    "noise", [b"\x16\x03\x01\x02\x00\n\n", b"GET\r\n\r\n", b"A" * 70_000 + b"\r\n\r\n"], ids=["TLS", "half", "long"]
)
def test_noise_harms_nobody(server, ask, noise):
    with socket.create_connection(("127.0.0.1", server.server_port), ENOUGH) as line:
        line.sendall(noise)
        line.shutdown(socket.SHUT_WR)
    assert ask("GET", "/livez")[0] == 200


def test_a_defect_is_told_in_the_log_and_not_to_the_sender(ask, daemon, monkeypatch, caplog):
    monkeypatch.setattr(Webhooks, "take", lambda *_: 1 / 0)
    assert ask("POST", "/webhook/github", b"") == (500, {"error": "a defect; the log tells it"})
    assert caplog.records[0].exc_info[0] is ZeroDivisionError


def test_connections_beyond_the_bound_are_closed_and_there_is_room_again_after(daemon, monkeypatch):
    monkeypatch.setattr(module, "CONNECTIONS", 1)
    with Server(daemon.site, "127.0.0.1:0") as running:
        where = ("127.0.0.1", running.server_port)
        with socket.create_connection(where, ENOUGH) as first:
            first.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            assert first.recv(10) == b"HTTP/1.1 2"
            with socket.create_connection(where, ENOUGH) as second:
                assert second.recv(10) == b""
        assert running._free.acquire(timeout=ENOUGH)


def test_the_listening_thread_reports_while_it_lives(server, daemon):
    assert all(daemon.beats.acquire(timeout=ENOUGH) for _ in range(2))


def test_a_taken_port_is_told_with_the_setting(server, daemon):
    with pytest.raises(Blocked, match=r"cannot listen on .*web.listen"):
        Server(daemon.site, f"127.0.0.1:{server.server_port}")


def test_an_address_of_the_new_protocol_is_written_in_brackets(daemon):
    try:
        running = Server(daemon.site, "[::1]:0")
    except Blocked:
        pytest.skip("this machine has no IPv6")
    with running:
        assert running.url.startswith("http://[::1]:")

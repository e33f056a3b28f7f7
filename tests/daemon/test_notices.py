"""What systemd hears."""

from __future__ import annotations

import os
import socket
import time
from contextlib import closing

import pytest

from reconciler.daemon.notices import LONGEST, Notices


@pytest.fixture(params=["a path", "an abstract name"])
def heard(request, tmp_path):
    address = str(tmp_path / "notify") if request.param == "a path" else f"@reconciler-{os.getpid()}-{tmp_path.name}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as channel:
        channel.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
        channel.settimeout(5)
        yield Notices(address), lambda: channel.recv(4096).decode()


@pytest.mark.parametrize(
    ("say", "message"), [("ready", "READY=1"), ("stopping", "STOPPING=1"), ("alive", "WATCHDOG=1")]
)
def test_a_state_is_one_message(heard, say, message):
    notices, hear = heard
    getattr(notices, say)()
    assert hear() == message


def test_reloading_carries_the_time_in_microseconds(heard):
    notices, hear = heard
    before = time.monotonic_ns() // 1000
    notices.reloading()
    state, _, stamp = hear().partition("\nMONOTONIC_USEC=")
    assert state == "RELOADING=1"
    assert before <= int(stamp) <= time.monotonic_ns() // 1000


def test_a_status_is_one_line_without_secrets(heard):
    notices, hear = heard
    notices.status("pass failed:\nhttps://ana:sesame@git.example.com/x\n\x1b[31mred")
    said = hear()
    assert said.startswith("STATUS=pass failed: https://****@git.example.com/x")
    assert not {"\n", "\x1b"} & {*said}


def test_a_status_ends_where_nobody_reads_on(heard):
    notices, hear = heard
    notices.status("x" * 10_000)
    assert len(hear()) == len("STATUS=") + LONGEST


def test_nobody_listening_is_no_reason_to_fail(tmp_path):
    Notices().ready()
    Notices(str(tmp_path / "nobody")).ready()


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        pytest.param({}, 0.0, id="not asked for"),
        pytest.param({"WATCHDOG_USEC": "30000000"}, 30.0, id="for whoever asks"),
        pytest.param({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 30.0, id="for us"),
        pytest.param({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, 0.0, id="for another process"),
        pytest.param({"WATCHDOG_USEC": "soon"}, 0.0, id="not a number"),
    ],
)
def test_the_watchdog_is_what_the_variables_say(environ, seconds):
    assert Notices.of(environ, 7) == Notices("", seconds)


def test_the_socket_is_what_the_variable_names():
    assert Notices.of({"NOTIFY_SOCKET": "/run/notify"}, 7).address == "/run/notify"

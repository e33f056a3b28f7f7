"""What is no call, or not a whole one: an error of the service, never a traceback and never a stuck server."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest

from builders import pipeline
from emulator.talk import Local, code

WRONG = {
    "no JSON": (b"{", "SerializationException"),
    "no object": (b"[]", "SerializationException"),
    "no text": (b"\xff\xfe", "SerializationException"),
    "deep": (b"[" * 100_000, "SerializationException"),
    "number": (b'{"name": 1}', "SerializationException"),
    "list": (b'{"name": []}', "SerializationException"),
    "infinite": (b'{"name": "x", "version": 1e999}', "SerializationException"),
    "nothing": (b"", "ValidationException"),
    "null": (b'{"name": null}', "ValidationException"),
    "version 0": (b'{"name": "x", "version": 0}', "ValidationException"),
}


@pytest.mark.parametrize(("body", "expected"), WRONG.values(), ids=WRONG)
def test_a_wrong_body_is_refused(local, body, expected):
    status, answer = local.ask("GetPipeline", body)
    assert (status, answer["__type"]) == (400, expected)


@pytest.mark.parametrize(
    "target", ["CodePipeline_20150709.Explode", "CodePipeline_20150709", "DynamoDB.Get", "", "." * 5000]
)
def test_an_unknown_target_is_refused(local, target):
    status, answer = local.ask("x", {}, **{"X-Amz-Target": target})
    assert (status, answer["__type"]) == (400, "UnknownOperationException")


@pytest.mark.parametrize(
    ("header", "expected"),
    [("", "MissingAuthenticationTokenException"), ("Basic x", "IncompleteSignatureException"),
     ("AWS4-HMAC-SHA256 Credential=a/b", "IncompleteSignatureException")],
    ids=["none", "basic", "short"],
)  # fmt: skip
def test_a_call_that_is_not_signed_is_refused(local, header, expected):
    assert local.ask("ListPipelines", {}, Authorization=header)[1]["__type"] == expected


def test_members_that_the_model_does_not_know_are_dropped(local):
    assert local.ask("ListPipelines", {"maxresults": 3, "unknown": []})[0] == 200


def test_an_unknown_query_is_refused_in_xml(local):
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=111111111111/20260105/us-east-1/sts/aws4_request, x"}
    status, answer = local.post("/", b"Action=Explode&Version=2011-06-15", signed)
    assert (status, b"<Code>InvalidAction</Code>" in answer) == (400, True)


def test_a_huge_body_is_refused_before_it_is_read(local):
    with socket.create_connection(("127.0.0.1", local.server.server_port), timeout=10) as wire:
        wire.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: a.b\r\nContent-Length: 99999999999\r\n\r\n")
        assert wire.recv(4096).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("head", [b"Content-Length: -1", b"Content-Length: x", b"Transfer-Encoding: chunked"])
def test_a_body_needs_a_length(local, head):
    with socket.create_connection(("127.0.0.1", local.server.server_port), timeout=10) as wire:
        wire.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
        assert wire.recv(4096).startswith(b"HTTP/1.1 411 ")


PARTS = [
    b"",
    b"POST",
    b"POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\n{",
    b"\x16\x03\x01\x02\x00",
    b"GET / HTTP/9.9\r\n\r\n",
]


@pytest.mark.parametrize("part", PARTS, ids=["nothing", "word", "half a body", "TLS", "version"])
def test_a_client_that_hangs_up_harms_nobody(local, part):
    with socket.create_connection(("127.0.0.1", local.server.server_port), timeout=10) as wire:
        wire.sendall(part)
    assert local.client().list_pipelines()["pipelines"] == []


def test_one_that_does_not_read_harms_nobody(local):
    with socket.create_connection(("127.0.0.1", local.server.server_port), timeout=10) as wire:
        wire.sendall(b"POST /_local/time HTTP/1.1\r\nContent-Length: 0\r\n\r\n" * 50)
    assert local.client().list_pipelines()["pipelines"] == []


def test_fifty_clients_at_once_all_get_their_answer(local):
    def one(number):
        local.client("codepipeline").create_pipeline(pipeline=pipeline(f"p{number:02}"))
        return local.ask("GetPipeline", {"name": f"p{number:02}"})[0]

    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(one, range(50))) == [200] * 50
    assert len(local.client().list_pipelines()["pipelines"]) == 50


def test_a_defect_of_ours_is_an_internal_failure_without_a_traceback(local, client, monkeypatch, caplog):
    monkeypatch.setattr(type(local.site), "present", lambda *_: 1 / 0)
    status, answer = local.ask("ListPipelines", {})
    assert (status, answer["__type"], "division" in answer["message"]) == (500, "InternalFailure", False)
    assert "ZeroDivisionError" in caplog.text


def test_a_connection_is_kept(local):
    connection = HTTPConnection("127.0.0.1", local.server.server_port, timeout=10)
    for _ in range(3):
        connection.request("GET", "/_local/health")
        assert connection.getresponse().read() == b'{"status": "ok"}'
        socket_of = connection.sock
    assert socket_of is connection.sock
    connection.close()


def test_only_post_reaches_aws(local):
    connection = HTTPConnection("127.0.0.1", local.server.server_port, timeout=10)
    connection.request("GET", "/")
    assert connection.getresponse().status == 404
    connection.close()


def test_pages_in_a_browser_may_not_give_commands(local):
    assert local.post("/_local/reset", b"{}", {"Origin": "https://example.com"})[0] == 403


def test_it_is_on_loopback_and_a_taken_port_is_told():
    from reconciler.emulator.clocks import Clock
    from reconciler.emulator.server import Server
    from reconciler.emulator.site import Site
    from reconciler.errors import Broken

    local = Local()
    assert local.server.server_address[0] == "127.0.0.1"
    with pytest.raises(Broken, match="--port"):
        Server(Site(Clock(0)), local.server.server_port)
    local.close()


def test_a_wrong_page_token_of_another_list_is_refused(client):
    for number in range(3):
        client.create_pipeline(pipeline=pipeline(f"p{number}"))
    token = client.list_pipelines(maxResults=1)["nextToken"]
    assert code(client.list_action_types, nextToken=token) == "InvalidNextTokenException"

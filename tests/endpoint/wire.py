"""HTTP/1.1 with keep-alive, as little of it as AWS's clients use, one thread for one connection.

Threads and not a loop, because a test's hook may block one request while another one goes through.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNK = 65536
_PATIENCE = 5.0
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Message(NamedTuple):
    """One HTTP request; the names of its headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def messages(connection: socket.socket) -> Iterator[Message]:
    """Read requests until the other side hangs up; half a request at the end is dropped."""
    data = b""
    while True:
        while (end := data.find(b"\r\n\r\n")) < 0:
            if not (chunk := connection.recv(_CHUNK)):
                return
            data += chunk
        method, path, headers = _head(data[:end].decode("latin-1"))
        start = end + 4
        stop = start + int(headers.get("content-length", 0))
        while len(data) < stop:
            if not (chunk := connection.recv(_CHUNK)):
                return
            data += chunk
        yield Message(method, path, headers, data[start:stop])
        data = data[stop:]


def _head(text: str) -> tuple[str, str, dict[str, str]]:
    first, *lines = text.split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    return method, path, {name.lower(): value.strip() for name, _, value in pairs}


def answer(status: int, content_type: str, body: bytes, request_id: str = "") -> bytes:
    """Give a whole HTTP response; without a request id it looks like somebody else's, not like AWS's."""
    mark = f"x-amzn-RequestId: {request_id}\r\n" if request_id else ""
    head = (
        f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}\r\nContent-Type: {content_type}\r\n"
        f"{mark}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("latin-1") + body


class Listener:
    """Accepts connections on loopback and answers each message with what `respond` gives; `None` hangs up."""

    def __init__(self, respond: Callable[[Message], bytes | None], port: int = 0) -> None:
        self._respond = respond
        self._socket = socket.create_server(("127.0.0.1", port), backlog=512)
        self._lock = threading.Lock()
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._closing = False
        self.port: int = self._socket.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, name="endpoint", daemon=True)
        self._acceptor.start()

    def close(self) -> None:
        """Stop listening, cut every connection and wait for its thread; a second time does nothing."""
        if self._closing:
            return
        self._closing = True
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=_PATIENCE).close()  # wakes accept() everywhere
        self._acceptor.join(_PATIENCE)
        self._socket.close()
        with self._lock:
            open_now = dict(self._connections)
        for connection, thread in open_now.items():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(_PATIENCE)

    def _accept(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            if self._closing:
                connection.close()
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._converse, args=(connection,), name="endpoint", daemon=True)
            with self._lock:
                self._connections[connection] = thread
            thread.start()

    def _converse(self, connection: socket.socket) -> None:
        try:
            with connection, contextlib.suppress(OSError, ValueError):  # hung up, or not HTTP
                for message in messages(connection):
                    if (response := self._respond(message)) is None:
                        return
                    connection.sendall(response)
        finally:
            with self._lock:
                del self._connections[connection]

"""The network: HTTP/1.1 with keep-alive, a thread for each connection. The standard library is fast enough for it."""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self, cast

from reconciler.emulator import control, protocols
from reconciler.emulator.faults import Fault
from reconciler.emulator.orders import Dropped
from reconciler.emulator.protocols import Answer, Message
from reconciler.errors import Broken

if TYPE_CHECKING:
    from types import TracebackType

    from reconciler.emulator.site import Site

LOG = logging.getLogger("reconciler.emulator")

LARGEST = 10 * 1024 * 1024
"""Bytes of a request; the largest pipeline is far below."""

IDLE = 300
"""Seconds after which a connection on which nothing comes is closed."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "reconciler-local", ""
    timeout = IDLE
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer a call of AWS's, or a command."""
        size = self.headers.get("content-length", "0")
        if "transfer-encoding" in self.headers or not size.isdecimal():
            self._end(HTTPStatus.LENGTH_REQUIRED, "send the body with its length")
        elif len(size) > 9 or int(size) > LARGEST:  # noqa: PLR2004 - digits; Python would not parse thousands of them
            self._end(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request has at most {LARGEST} bytes")
        else:
            body = self.rfile.read(int(size))
            if len(body) == int(size):  # else the other side hung up
                self._answer(body)

    def do_GET(self) -> None:
        """Answer a command that needs no body."""
        self._answer(b"")

    do_DELETE = do_PUT = do_PATCH = do_GET  # noqa: N815 - named by the standard library

    def _answer(self, body: bytes) -> None:
        server = cast("Server", self.server)
        headers = {name.lower(): value for name, value in self.headers.items()}
        url = f"http://{headers['host']}" if "host" in headers else server.url
        message = Message(self.command, self.path, headers, body, str(self.client_address[0]), url)
        try:
            self._send(server.respond(message))
        except Dropped:
            self.close_connection = True

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in (("Content-Type", answer.type), *answer.headers.items()):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()

    def _end(self, status: HTTPStatus, text: str) -> None:
        """Refuse a body that is not read, and so the connection."""
        self.close_connection = True
        message = Message(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, b"")
        code = "RequestEntityTooLarge" if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else "LengthRequired"
        answer = protocols.refuse(message, Fault(code, text, status), "refused")
        self._send(Answer(answer.status, answer.type, answer.body, {**answer.headers, "Connection": "close"}))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by the standard library
        """Say nothing of each request but for those who ask."""
        LOG.debug(format, *args)


class Server(ThreadingHTTPServer):
    """The listening socket; it serves from `start` to `close`."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, site: Site, port: int = 0, address: str = "127.0.0.1") -> None:
        """Listen; port 0 takes a free one. Raises `Broken` if the port is taken or the address is not ours."""
        self.site = site
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            super().__init__((address, port), Handler)
        except (OSError, OverflowError) as error:
            where = f"{address}, port {port}"
            raise Broken(f"cannot listen on {where}: {error}; choose another --port or --listen") from None
        host = f"[{address}]" if ":" in address else address
        self.url = f"http://{host}:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="local", daemon=True)

    def server_bind(self) -> None:
        """Bind without asking a name server for our name, which may take seconds."""
        socket.socket.setsockopt(self.socket, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def respond(self, message: Message) -> Answer:
        """Answer one request; raises `Dropped` where the connection is to be cut."""
        if message.path.startswith(control.PREFIX):
            return control.answer(self.site, message)
        if message.method != "POST":
            return Answer(HTTPStatus.NOT_FOUND, protocols.PLAIN, b'{"error": "AWS is asked by POST"}')
        return self.site.answer(message)

    def handle_error(self, _request: Any, client_address: Any) -> None:
        """Pass over clients that hang up; tell of a defect of ours."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            LOG.error("the connection of %s ended in a defect", client_address, exc_info=error)

    def start(self) -> Self:
        """Serve in a thread of its own."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening; connections that are open end with the process."""
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        with contextlib.suppress(OSError):
            self.server_close()

    def __enter__(self) -> Self:
        """Serve."""
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop."""
        self.close()

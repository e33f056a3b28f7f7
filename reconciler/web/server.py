"""The network: HTTP/1.1, a thread for each connection, few of them at a time. The standard library is enough."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self, cast

from reconciler.errors import Blocked
from reconciler.web.answers import Answer, Request, said

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from reconciler.web.answers import Site

LOG = logging.getLogger(__name__)

LARGEST = 5 * 1024 * 1024
"""Bytes of a webhook; a push of two thousand commits stays below."""

IDLE = 10.0
"""Seconds after which a connection on which nothing comes is closed."""

CONNECTIONS = 32
"""Connections at a time; the others are closed at once, so that a flood costs no memory."""

WITHIN = 30.0
"""Seconds within which the listening thread reports again; it does so twice a second."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "reconciler", ""
    timeout = IDLE
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a question."""
        self._send(self._answer(b""))

    def do_POST(self) -> None:
        """Answer a webhook; its body is not read before its length is known to be fair."""
        size = self.headers.get("content-length", "")
        if "transfer-encoding" in self.headers or not (size.isascii() and size.isdecimal()):
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "send the body with its length")
        elif len(size) > len(str(LARGEST)) or int(size) > LARGEST:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a webhook has at most {LARGEST} bytes")
        else:
            body = self.rfile.read(int(size))
            if len(body) == int(size):  # else the other side hung up
                self._send(self._answer(body))

    def _answer(self, body: bytes) -> Answer:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            return cast("Server", self.server).site.answer(Request(self.command, self.path, headers, body))
        except Exception:
            LOG.exception("%s %s ended in a defect", self.command, self.path.partition("?")[0])
            return said(HTTPStatus.INTERNAL_SERVER_ERROR, error="a defect; the log tells it")

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        """Refuse a body that is not read, and so the connection."""
        self.close_connection = True
        self._send(said(status, error=text))

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  named by the standard library
        """Say nothing of each request but for those who ask."""
        LOG.debug(format, *args)


class Server(ThreadingHTTPServer):
    """The listening socket; it serves between `with` and its end."""

    daemon_threads = True

    def __init__(self, site: Site, listen: str, beat: Callable[[float], None] = lambda _: None) -> None:
        """Listen on `host:port`, port 0 for any free one; `beat` is told the seconds until the next sign of life.

        Raises `Blocked` if the port is taken or the address is not ours.
        """
        self.site, self._beat = site, beat
        host, _, port = listen.rpartition(":")
        address = host.strip("[]")
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._free = threading.BoundedSemaphore(CONNECTIONS)
        try:
            super().__init__((address, int(port)), Handler)
        except OSError as error:
            raise Blocked(f'cannot listen on {listen}: {error}; choose another web.listen, or "" for none') from None
        self.url = f"http://{host}:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, name="web", daemon=True)

    def server_bind(self) -> None:
        """Bind without asking a name server for our name, which may take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def service_actions(self) -> None:
        """Report; called twice a second while it listens."""
        self._beat(WITHIN)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin a connection, if there are not too many."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread could be started
            self._free.release()
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection, and make room for the next one."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, _request: Any, client_address: Any) -> None:
        """Pass over clients that hang up; tell of a defect of ours."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            LOG.error("the connection of %s ended in a defect", client_address, exc_info=error)

    def __enter__(self) -> Self:
        """Serve, in a thread of its own."""
        self._beat(WITHIN)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop listening; connections that are open end with the process."""
        self.shutdown()
        self._thread.join()
        self.server_close()

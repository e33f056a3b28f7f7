"""A server on loopback that takes what is sent to it, remembers it, and answers as it is told."""

from __future__ import annotations

import json
import queue
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from daemons import PATIENCE


@dataclass(frozen=True)
class Taken:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Answers each request with `status`, and with `headers`; `hold` keeps answers back until it is set."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b"{}"
    taken: list[Taken] = field(default_factory=list)
    hold: threading.Event | None = None
    _heard: queue.Queue[Taken] = field(default_factory=queue.Queue)

    def hear(self) -> Taken:
        """Wait for the next request, and give it."""
        return self._heard.get(timeout=PATIENCE)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._take(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.hold:
            self.hold.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        request = Taken(handler.path, {name.lower(): value for name, value in handler.headers.items()}, body)
        self.taken.append(request)
        self._heard.put(request)
        if self.hold:
            self.hold.wait(PATIENCE)
        try:
            handler.send_response(self.status)
            for name, value in {"Content-Length": str(len(self.answer)), **self.headers}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(self.answer)
        except OSError:
            pass

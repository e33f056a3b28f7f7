"""What a trace shows of a pass."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

trace_service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")


class Receiver(BaseHTTPRequestHandler):
    """Keeps what is sent."""

    bodies: list[bytes]

    def do_POST(self):
        self.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver():
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Kept", (Receiver,), {"bodies": []}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_trace_has_the_pass_its_steps_and_the_calls_in_them(workshop, document, daemon, receiver):
    workshop.define(document)
    address = f"http://127.0.0.1:{receiver.server_address[1]}"
    running = daemon(OTEL_EXPORTER_OTLP_ENDPOINT=address, OTEL_EXPORTER_OTLP_COMPRESSION="none")
    running.hear("pass 1 of ")
    assert running.stop() == 0
    requests = [
        trace_service.ExportTraceServiceRequest.FromString(body) for body in receiver.RequestHandlerClass.bodies
    ]
    spans = [
        span for each in requests for whole in each.resource_spans for part in whole.scope_spans for span in part.spans
    ]
    by_name = {span.name: span for span in spans}
    whole, step, call = by_name["pass"], by_name["apply"], by_name["CodePipeline.CreatePipeline"]
    assert step.parent_span_id == whole.span_id
    assert call.trace_id == whole.trace_id
    assert {"fetch", "read", "observe", "plan", "record"} <= by_name.keys()
    assert not [body for body in receiver.RequestHandlerClass.bodies if b"secret" in body]

"""Traces for OpenTelemetry: a span for each pass, each of its steps, and each call to AWS.

They go where the standard variables say (`OTEL_EXPORTER_OTLP_ENDPOINT`), and only where one says so: without, or
without the extra `otel`, nothing of it is imported. Spans name operations and Regions, never what is sent.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from opentelemetry.sdk.trace import TracerProvider

Span: TypeAlias = "Callable[[str], AbstractContextManager[object]]"

LOG = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
SERVICE = "codepipeline-reconciler"


def silent(_: str) -> AbstractContextManager[object]:
    """Begin a span that nobody hears of."""
    return nullcontext()


@contextmanager
def tracing(environ: Mapping[str, str], version: str) -> Iterator[Span]:
    """Give what begins a span by its name; what is not sent yet at the end is sent then."""
    if not any(environ.get(name) for name in ENDPOINTS) or environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        yield silent
        return
    try:
        provider = _provider(version)
    except ImportError as error:
        LOG.warning("no traces: %s; install codepipeline-reconciler[otel]", error)
        yield silent
        return
    try:
        yield provider.get_tracer(SERVICE, version).start_as_current_span
    finally:
        provider.shutdown()


def _provider(version: str) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.instrumentation.botocore import BotocoreInstrumentor  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    made = TracerProvider(resource=Resource.create({"service.name": SERVICE, "service.version": version}))
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    BotocoreInstrumentor().instrument(tracer_provider=made)  # type: ignore[no-untyped-call]
    return made

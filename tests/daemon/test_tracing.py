"""Traces go where the standard variables say, and nowhere else."""

from __future__ import annotations

import sys

import pytest

from reconciler.daemon import tracing


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({}, id="nothing said"),
        pytest.param({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "TRUE"}, id="disabled"),
    ],
)
def test_without_a_place_to_go_to_nobody_hears_of_a_span(environ):
    with tracing.tracing(environ, "1.0") as span, span("pass"):
        assert span is tracing.silent


def test_without_the_extra_the_daemon_does_without_traces_and_says_what_to_install(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with tracing.tracing({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, "1.0") as span:
        assert span is tracing.silent
    assert "install codepipeline-reconciler[otel]" in caplog.text

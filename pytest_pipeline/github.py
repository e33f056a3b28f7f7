"""Failures as annotations of GitHub Actions, at the line of the test, with what became of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTIES = {":": "%3A", ",": "%2C"}


def write(terminalreporter: Any) -> None:
    """Write a workflow command for each failed test that is about pipelines."""
    for report in (*terminalreporter.stats.get("failed", ()), *terminalreporter.stats.get("error", ())):
        for line in lines(report):
            terminalreporter.write_line(line)


def lines(report: Any) -> Iterator[str]:
    """Give the commands for one report; none if it is not about pipelines."""
    told = dict(report.user_properties)
    if "pipeline" not in told and "pipeline_verdict" not in told:
        return
    file, line, name = report.location
    place = f"file={_escaped(file, _IN_PROPERTIES)},line={(line or 0) + 1},title={_escaped(name, _IN_PROPERTIES)}"
    yield f"::error {place}::{_escaped(told.get('pipeline_verdict') or _last(report.longreprtext))}"


def _last(text: str) -> str:
    found = [line.removeprefix("E").strip() for line in text.splitlines() if line.startswith("E")]
    return next(filter(None, found), text.strip())


def _escaped(text: str, more: dict[str, str] | None = None) -> str:
    return "".join({**_ESCAPES, **(more or {})}.get(each, each) for each in text)

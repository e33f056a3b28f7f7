"""The forms of a drift report: what each is called as a file, and what writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.report import driftdocument, driftfindings, drifts, wording
from reconciler.report.html import drift as html

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.plan.drift import DriftReport
    from reconciler.report.html.trend import Span


class Form(NamedTuple):
    """One form of a report."""

    suffix: str
    type: str
    """Its media type."""
    write: Callable[[DriftReport, Sequence[Span], str], str]
    """Takes the report, the spans of all drifts that are remembered, and the version of this program."""


FORMS: Mapping[str, Form] = {
    "text": Form("txt", "text/plain; charset=utf-8", lambda report, _, __: drifts.text(report)),
    "markdown": Form("md", "text/markdown; charset=utf-8", lambda report, _, __: drifts.markdown(report)),
    "json": Form("json", "application/json", lambda report, _, __: wording.document(driftdocument.document(report))),
    "junit": Form("xml", "application/xml", lambda report, _, __: driftfindings.junit(report)),
    "sarif": Form(
        "sarif",
        "application/sarif+json",
        lambda report, _, version: wording.document(driftfindings.sarif(report, version)),
    ),
    "html": Form("html", "text/html; charset=utf-8", lambda report, spans, _: html.page(report, spans)),
}


def write(report: DriftReport, form: str, spans: Sequence[Span], version: str) -> str:
    """Give a report in one of `FORMS`; `version` is that of this program."""
    return FORMS[form].write(report, spans, version)

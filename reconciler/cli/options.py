"""Options that several verbs share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", metavar="FILE", help="Settings; ./reconciler.yaml, then /etc/reconciler/reconciler.yaml."
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="GROUP.FIELD=VALUE", help="Override one setting, e.g. sync.prune=true. Repeatable."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell every step.")]


class Format(StrEnum):
    """How data is written."""

    TEXT = "text"
    JSON = "json"


class PlanFormat(StrEnum):
    """How a plan is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


class Comparing(StrEnum):
    """How a comparison is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


AsFormat = Annotated[Format, typer.Option("--format", "-f", help="How the answer is written.")]
AsPlanFormat = Annotated[PlanFormat, typer.Option("--format", "-f", help="How the plan is written.")]
AsComparison = Annotated[Comparing, typer.Option("--format", "-f", help="How the comparison is written.")]

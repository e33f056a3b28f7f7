"""What counts as drift, and when and how it is told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reconciler.scalars import CronIfAny, Place, Seconds, Zone
from reconciler.settings.group import Group


class Drift(Group):
    """What counts as drift, and when and how it is told."""

    schedule: CronIfAny = ""
    """When the report is sent: five fields of cron such as `0 7 * * mon-fri`. Empty: only `reconciler drift` tells."""
    timezone: Zone = "UTC"
    """IANA name of the time zone of `schedule`. UTC knows no daylight saving, so no report is lost or told twice."""
    formats: tuple[Literal["text", "markdown", "json", "junit", "sarif", "html"], ...] = ("html", "json")
    """What is written at each place of `to`: by default a page for people and a document for programs."""
    to: tuple[Place, ...] = ()
    """Where reports go: a folder, which starts here if it is relative, or `s3://BUCKET/PREFIX`. Nowhere unless said;
    whoever has `report` in `notify` hears the summary."""
    keep: int = Field(default=30, ge=1)
    """Reports of each format that a folder keeps, the newest: a month of daily ones. A bucket has rules of its own."""
    unmanaged: Literal["list", "ignore"] = "ignore"
    """Whether each pipeline that nobody owns is an entry. Ignored ones are counted: most accounts keep some."""
    severity: dict[str, Literal["info", "warning", "error"]] = {}
    """Severity of drift by environment; unless given it is error where the environment is protected, else warning."""
    after: int = Field(default=1, ge=1)
    """Sightings in a row until drift counts. One: passes look seldom enough. Drift of severity error counts at once."""
    executions: Seconds = 300
    """Seconds between two looks of the daemon at the last execution of each pipeline; 0 for none. They cost one call
    for each pipeline, so they are rarer than passes."""
    attributions: int = Field(default=20, ge=0)
    """Pipelines whose authors a pass of the daemon looks up in CloudTrail at most, which answers two calls a second.
    `reconciler drift` looks up all of drift, and of unmanaged pipelines as many."""

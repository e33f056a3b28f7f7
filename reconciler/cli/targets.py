"""What the last pass spent on each account and Region: the slowest first, and which worker served it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.cli import options, output

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.pipeline.arns import Target
    from reconciler.plan.efforts import Effort

HEADERS = ("target", "calls", "throttled", "seconds", "worker")
UNUSED = "no pass has ended yet"


def show(efforts: Mapping[Target, Effort], form: options.Format) -> None:
    """Write them as a table or as JSON."""
    slowest = sorted(efforts.items(), key=lambda each: (-each[1].seconds, each[0]))
    if form is options.Format.JSON:
        output.as_json([_document(*each) for each in slowest])
    elif slowest:
        output.table(HEADERS, [_cells(*each) for each in slowest])
    else:
        output.say(UNUSED)


def _cells(target: Target, effort: Effort) -> tuple[str, ...]:
    worker = effort.worker or "this process"
    return (str(target), f"{effort.calls:,}", f"{effort.throttles:,}", f"{effort.seconds:.1f}", worker)


def _document(target: Target, effort: Effort) -> dict[str, Any]:
    return {
        "account": target.account,
        "region": target.region,
        "calls": effort.calls,
        "throttled": effort.throttles,
        "seconds": round(effort.seconds, 3),
        "worker": effort.worker or None,
    }

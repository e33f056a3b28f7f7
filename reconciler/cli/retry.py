"""`reconciler retry`: what failed before is tried again by the next pass, without waiting for its time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli import build, options, output
from reconciler.errors import Broken
from reconciler.report import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.plan.setbacks import Setback

EPILOG = "Example: reconciler retry shop-prod-deploy"

HEADERS = ("target", "pipeline", "change", "failed", "next", "message")


def retry(
    name: Annotated[
        str | None, typer.Argument(help="A pipeline, or a target as ACCOUNT/REGION; without it, failures are listed.")
    ] = None,
    config: options.Config = None,
    settings: options.Set = None,
    form: options.AsFormat = options.Format.TEXT,
) -> None:
    """Have the next pass of the daemon try again what failed; `reconciler apply` tries everything at once by itself."""
    with output.errors():
        loaded, base = build.settings(config, settings or ())
        with build.store(loaded, base) as store:
            known = tuple(store.setbacks().values())
            if name is not None:
                known = _named(name, known)
                store.retry([each.key for each in known], datetime.now(UTC))
                known = tuple(each for each in store.setbacks().values() if each.key in {one.key for one in known})
        _show(known, form)


def _named(name: str, known: Iterable[Setback]) -> tuple[Setback, ...]:
    """Give the failures of a pipeline or a target; raises Broken if there is none."""
    given = tuple(known)
    if found := tuple(each for each in given if name == (each.name or str(each.target))):
        return found
    there = ", ".join(sorted({each.name or str(each.target) for each in given})) or "none"
    raise Broken(f"nothing of {name[:100]!r} has failed (failed: {there})")


def _show(found: Sequence[Setback], form: options.Format) -> None:
    if form is options.Format.JSON:
        output.as_json([_document(each) for each in found])
    elif found:
        output.table(HEADERS, [_cells(each) for each in found])
    else:
        output.say("nothing has failed")


def _document(each: Setback) -> dict[str, Any]:
    return {
        "account": each.target.account,
        "region": each.target.region,
        "name": each.name,
        "change": each.kind,
        "failures": each.count,
        "since": each.since.isoformat(),
        "next": each.next.isoformat() if each.next else None,
        "parked": each.parked,
        "message": each.message,
    }


def _cells(each: Setback) -> tuple[str, ...]:
    following = each.next.strftime("%Y-%m-%d %H:%M:%SZ") if each.next else "parked"
    return str(each.target), each.name, each.kind, str(each.count), following, wording.printable(each.message)

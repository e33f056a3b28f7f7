"""`reconciler history`: past passes, the changes of one pipeline, and its definition at any time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli import build, options, output
from reconciler.errors import Broken
from reconciler.report import wording

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.store.history import Change, Pass

EPILOG = "Example: reconciler history shop-prod-deploy --at 2026-05-01T12:00"


def history(
    name: Annotated[str | None, typer.Argument(help="A pipeline; without it, passes are listed.")] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Print the definition in force at that time (ISO 8601).")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Entries, newest first.")] = 20,
    config: options.Config = None,
    settings: options.Set = None,
    form: options.AsFormat = options.Format.TEXT,
) -> None:
    """Show past passes, or the changes of one pipeline with what it was before and after."""
    with output.errors():
        loaded, base = build.settings(config, settings or ())
        with build.store(loaded, base) as store:
            if at is not None:
                _definition(store.at(_named(name), _time(at)), _named(name), at)
            elif name is not None:
                _changes(store.changes(name, limit), name, form)
            else:
                _passes(store.passes(limit), form)


def _named(name: str | None) -> str:
    if name is None:
        raise Broken("--at needs a pipeline: reconciler history NAME --at TIME")
    return name


def _time(text: str) -> datetime:
    from reconciler import scalars

    try:
        return scalars.moment(text)
    except ValueError as error:
        raise Broken(f"--at {text}: {error}") from None


def _definition(document: str | None, name: str, at: str) -> None:
    if document is None:
        raise Broken(f"nothing is known of {name} at {at}; `reconciler history {name}` lists what is")
    output.as_json(json.loads(document))


def _passes(passes: tuple[Pass, ...], form: options.Format) -> None:
    if form is options.Format.JSON:
        output.as_json([_pass_document(each) for each in passes])
        return
    if not passes:
        output.say(output.UNUSED)
        return
    rows = [
        (str(each.id), _clock(each.began), each.commit[:12], each.outcome or "died",
         ", ".join(f"{count} {kind}" for kind, count in each.counts.items()), wording.printable(each.message))
        for each in passes
    ]  # fmt: skip
    output.table(("pass", "began", "commit", "outcome", "counts", "message"), rows)


def _changes(changes: tuple[Change, ...], name: str, form: options.Format) -> None:
    if form is options.Format.JSON:
        output.as_json([_change_document(each) for each in changes])
        return
    if not changes:
        output.say(f"no change of {name} has been recorded; `reconciler status` lists the pipelines that are known")
        return
    rows = []
    for each in changes:
        versions = f"{each.version_before or '-'} → {each.version_after or '-'}"
        rows.append((_clock(each.at), str(each.target), each.kind, versions, each.outcome or "unknown", each.reason))
        rows += [("", "", "", "", "", _difference(entry)) for entry in json.loads(each.differences)]
    output.table(("at", "target", "change", "version", "outcome", "reason and differences"), rows)


def _difference(entry: dict[str, Any]) -> str:
    return f"{wording.printable(entry['place'])}: {wording.value(entry['before'])} → {wording.value(entry['after'])}"


def _clock(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%SZ")


def _pass_document(each: Pass) -> dict[str, Any]:
    return {
        "id": each.id,
        "commit": each.commit,
        "mode": each.mode,
        "began": each.began.isoformat(),
        "ended": each.ended.isoformat() if each.ended else None,
        "outcome": each.outcome,
        "counts": dict(each.counts),
        "message": each.message,
    }


def _change_document(each: Change) -> dict[str, Any]:
    return {
        "at": each.at.isoformat(),
        "account": each.target.account,
        "region": each.target.region,
        "name": each.name,
        "kind": each.kind,
        "versionBefore": each.version_before,
        "versionAfter": each.version_after,
        "outcome": each.outcome,
        "message": each.message,
        "reason": each.reason,
        "differences": json.loads(each.differences),
        "before": json.loads(each.before) if each.before else None,
        "after": json.loads(each.after) if each.after else None,
    }

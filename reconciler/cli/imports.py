"""What became of live pipelines that were imported, as text and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.cli import options, output
from reconciler.report import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.plan.build import Identity
    from reconciler.sync.importing import Found, Live

SCHEMA = "codepipeline-reconciler/import/1"
WRITTEN, PLANNED, DEFINED, REFUSED = "written", "would be written", "defined already", "refused"


@dataclass(frozen=True, slots=True)
class Row:
    """One live pipeline and what became of it; a `reason` says what is wrong."""

    live: Live
    file: str
    result: str
    reason: str = ""
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def proved(self) -> bool:
        """Whether the file says what is live."""
        return self.result in (WRITTEN, PLANNED) and not self.reason and not self.differences

    @property
    def failed(self) -> bool:
        """Whether somebody has to look."""
        return bool(self.reason or self.differences)


def show(found: Found, rows: list[Row], form: options.Format, *, quiet: bool) -> None:
    """Write what became of every pipeline."""
    if form is options.Format.JSON:
        output.as_json(_document(found, rows))
        return
    for row in (row for row in rows if row.failed or not quiet):
        output.data(wording.printable(f"{row.file or row.live.name}  {row.live.target}  {row.result}"))
        for each in (*filter(None, [row.reason]), *(f"differs: {place}" for place in row.differences)):
            output.data(f"  ! {wording.printable(each)}")
    for line in _messages(found, rows):
        output.say(wording.printable(line))
    if not quiet:
        output.data(_summary(rows))


def _messages(found: Found, rows: Iterable[Row]) -> Iterator[str]:
    yield from (f"{row.live.name}: {note}" for row in rows for note in row.notes)
    yield from (f"{name} in {target} is left: {reason}" for (target, name), reason in sorted(found.skipped.items()))
    yield from (f"{name} in {target}: {reason}" for (target, name), reason in sorted(found.unread.items()))
    yield from (f"{target} could not be read: {reason}" for target, reason in sorted(found.unreadable.items()))


def _summary(rows: list[Row]) -> str:
    proved, failed = sum(row.proved for row in rows), sum(row.failed for row in rows)
    unowned = sum(row.proved and not row.live.owner for row in rows)
    parts = [f"proved: {wording.count(proved, 'pipeline')}, no difference"]
    parts += [f"not proved: {wording.count(failed, 'pipeline')}"] if failed else []
    parts += [f"without an owner: {unowned}, which `plan` shows as adopt"] if unowned else []
    return "; ".join(parts)


def _document(found: Found, rows: list[Row]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "proved": sum(row.proved for row in rows),
        "pipelines": [
            {"account": row.live.target.account, "region": row.live.target.region, "name": row.live.name,
             "environment": row.live.environment, "owner": row.live.owner, "file": row.file, "result": row.result,
             "reason": row.reason, "differences": list(row.differences), "notes": list(row.notes)}
            for row in rows
        ],
        "skipped": _identified(found.skipped),
        "unread": _identified(found.unread),
        "unreadable": [
            {"account": target.account, "region": target.region, "reason": reason}
            for target, reason in sorted(found.unreadable.items())
        ],
    }  # fmt: skip


def _identified(reasons: Mapping[Identity, str]) -> list[dict[str, str]]:
    return [
        {"account": target.account, "region": target.region, "name": name, "reason": reason}
        for (target, name), reason in sorted(reasons.items())
    ]

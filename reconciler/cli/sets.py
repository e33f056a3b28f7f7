"""What becomes of live pipelines that are imported as sets, one file for each family."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.cli import folders
from reconciler.cli.imports import PLANNED, REFUSED, WRITTEN, Row
from reconciler.errors import Blocked

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.cli.folders import Folder
    from reconciler.plan.build import Identity
    from reconciler.sync.families import Family
    from reconciler.sync.importing import Found


def rows(found: Found, to: Folder) -> tuple[dict[Identity, Row], dict[Identity, tuple[str, ...]]]:
    """Give what became of the pipelines that are in sets, and why others are not, at the first of each family."""
    from reconciler.sync import families

    told: dict[Identity, Row] = {}
    apart: dict[Identity, tuple[str, ...]] = {}
    wanted = [live for live in found.pipelines if to.force or live.identity not in to.defined]
    for family in families.find(wanted, to.context):
        try:
            told |= {row.live.identity: row for row in _family(family, to)}
        except Blocked as error:
            apart[family.members[0].identity] = (f"no set with {_others(family)}: {error}",)
    return told, apart


def _others(family: Family) -> str:
    return ", ".join(dict.fromkeys(live.name for live in family.members[1:]))


def _family(family: Family, to: Folder) -> list[Row]:
    """Write the set of a family; raises Blocked if it would not say what is live."""
    from reconciler.sync import families

    draft = families.draft(family, to.context, adopt=to.adopt)
    file = to.path / f"{family.stem}.yaml"
    if elsewhere := sorted({to.hides(live.identity, file) for live in family.members} - {""}):
        raise Blocked(f"some of them are defined in {', '.join(elsewhere)}")
    if to.refuses(file):
        return [Row(live, str(file), REFUSED, folders.THERE) for live in family.members]
    proof = families.prove(draft.text.encode(), str(file), family, to.context)
    if wrong := (*proof.differences, *proof.problems):
        raise Blocked("; ".join(wrong))
    if to.dry:
        return _alike(family, file, PLANNED, draft.notes)
    proof = families.prove(to.write(file, draft.text), str(file), family, to.context)
    rows = _alike(family, file, WRITTEN, draft.notes)
    return [replace(row, reason="\n".join(proof.problems), differences=proof.differences) for row in rows]


def _alike(family: Family, file: Path, result: str, notes: tuple[str, ...]) -> list[Row]:
    """Give a row for each pipeline, with the notes that begin with its name."""
    starts = {live.identity: f"{live.name}: " for live in family.members}
    return [
        Row(live, str(file), result, notes=tuple(
            note.removeprefix(start) for note in notes if note.startswith(start := starts[live.identity])
        ))
        for live in family.members
    ]  # fmt: skip

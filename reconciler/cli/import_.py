"""`reconciler import`: live pipelines to definition files, and the proof that these say what is live."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import build, folders, imports, options, output, sets, worktree
from reconciler.cli.imports import DEFINED, PLANNED, REFUSED, WRITTEN, Row
from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.definitions.native import Context
    from reconciler.plan.build import Identity
    from reconciler.sync.importing import Found, Live, Selection
    from reconciler.sync.state import World

EPILOG = "Example: reconciler import 'shop-*' --dry-run"

NOT_PROVED = 1

_UNSAFE = (
    "no file is written, because it would change what is live; a secret at such a place cannot be kept by a mask: "
    "move it to a secret store first"
)


def import_(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]…", help="Names or patterns; all if none.")
    ] = None,
    environment: Annotated[str, typer.Option(metavar="ENV", help="Only pipelines of this environment.")] = "",
    region: Annotated[str, typer.Option(metavar="REGION", help="Only pipelines of this Region.")] = "",
    unmanaged: Annotated[bool, typer.Option("--unmanaged", help="Only pipelines that have no owner.")] = False,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Let the files of pipelines without an owner ask to be taken over.")
    ] = False,
    shape: Annotated[
        folders.Shape,
        typer.Option("--as", help="A file for each pipeline, or a set for those that differ by environment."),
    ] = folders.Shape.FILES,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to write to; the repository's definitions if left out.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Prove everything and write nothing.")] = False,
    config: options.Config = None,
    settings: options.Set = None,
    form: options.AsFormat = options.Format.TEXT,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Write live pipelines as definition files, then prove that a plan finds no difference.

    Secrets are written as ****, which keeps what is live. A pipeline that the reconciler owns is in sync at once, so
    that `plan` exits 0. One without an owner is planned as `adopt`, with nothing but the ownership tag to add, and is
    held until `--adopt`, `sync: {adopt: true}` in its file or `sync.adopt` allows it. Those of other owners are left.

    With `--as sets`, pipelines whose names differ by the environment alone become one set; where a set does not say
    exactly what is live, or not in fewer words, each gets its file, and the reason is told.

    Exit status: 0 fine, 1 something differs or was refused, 2 could not run.
    """
    with output.errors():
        loaded, base = build.settings(config, settings or ())
        folder = out or worktree.folder(loaded, base)
        with output.progress(quiet=quiet, verbose=verbose) as tell, build.world(loaded, base, tell) as world:
            from reconciler.sync import importing, reading

            selection = importing.Selection(tuple(names or ()), environment, region, unmanaged=unmanaged)
            context = reading.context(world, worktree.catalogue(loaded, base))
            found = _found(world, selection, context)
            to = folders.Folder(folder, dry_run, force, adopt, shape, context, _defined(folder, context))
            rows = list(_rows(found, to))
        imports.show(found, rows, form, quiet=quiet)
    unread = found.unread or found.unreadable
    raise typer.Exit(NOT_PROVED if unread or any(row.failed for row in rows) else 0)


def _found(world: World, selection: Selection, context: Context) -> Found:
    from reconciler.sync import importing

    found = importing.find(world, selection, context)
    if found.unreadable and not (found.pipelines or found.skipped or found.unread):
        raise Broken("nothing could be read: " + "; ".join(sorted(found.unreadable.values())))
    if selection.names and not (found.pipelines or found.skipped or found.unread):
        raise Broken(f"no live pipeline is called {' or '.join(selection.names)}; patterns such as 'shop-*' work too")
    return found


def _defined(folder: Path, context: Context) -> dict[Identity, str]:
    return {each.identity: each.file for each in worktree.definitions(folder, context)} if folder.is_dir() else {}


def _rows(found: Found, to: folders.Folder) -> Iterator[Row]:
    from reconciler.definitions import writing

    names = writing.file_names({each.identity: each.environment for each in found.pipelines})
    told, apart = sets.rows(found, to) if to.shape is folders.Shape.SETS else ({}, {})
    for live in found.pipelines:
        file = to.path / names[live.identity] if names[live.identity] else None
        row = told.get(live.identity) or _row(live, file, to)
        yield replace(row, notes=(*row.notes, *apart.get(live.identity, ())))


def _row(live: Live, file: Path | None, to: folders.Folder) -> Row:
    from reconciler.sync import importing

    if file is None:
        return Row(live, "", REFUSED, f"{live.name!r} is no safe name for a file")
    if there := to.hides(live.identity, file):
        return Row(live, there, DEFINED)
    if to.refuses(file):
        return Row(live, str(file), REFUSED, folders.THERE)
    draft = importing.draft(live, to.context, adopt=to.adopt)
    proof = importing.proof(draft.text.encode(), str(file), live, to.context)
    if proof.differences:  # most of all a mask that an apply would store
        return Row(live, str(file), REFUSED, _UNSAFE, proof.differences, draft.notes)
    if to.dry:
        return Row(live, str(file), PLANNED, "\n".join(proof.problems), notes=draft.notes)
    proof = importing.proof(to.write(file, draft.text), str(file), live, to.context)
    return Row(live, str(file), WRITTEN, "\n".join(proof.problems), proof.differences, draft.notes)

"""The folder of the definitions in the working tree, and what stands in it already: definitions and action types."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli import build
from reconciler.errors import Broken, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.definitions.definition import Definition
    from reconciler.definitions.native import Context
    from reconciler.pipeline.providers import Catalogue
    from reconciler.settings import Settings


def folder(settings: Settings, base: Path) -> Path:
    """Give the folder of the definitions, from the present folder if that holds it.

    Raises Broken if the repository is not a working tree on this machine.
    """
    place = Path(build.repository(settings, base))
    bare = (place / "HEAD").is_file() and not (place / ".git").exists()
    if bare or not place.is_dir():
        raise Broken("source.repository is no folder with files on this machine; name one with --out DIR")
    whole, here = (place / settings.source.path).resolve(), Path.cwd().resolve()
    return whole.relative_to(here) if whole.is_relative_to(here) else whole


def definitions(folder: Path, context: Context) -> Iterator[Definition]:
    """Give every definition below a folder; files that define nothing are left to `validate`."""
    from reconciler.definitions import reading

    for file in _files(folder, types=False):
        yield from reading.judge(_data(file), str(file), context)[0]


def catalogue(settings: Settings, base: Path) -> Catalogue | None:
    """Give the action types with the team's own, those of the settings and of the folder if it is here.

    Raises Invalid for those of the settings; a file that declares none is left to `validate`, as by a pass.
    """
    from reconciler import documents
    from reconciler.definitions import actiontypes

    declared, faults = actiontypes.listed(settings.action_types, "settings", ("action_types",))
    if wrong := [fault for fault in faults if fault.severity == "error"]:
        raise Invalid(documents.locate("", "settings", wrong))
    files: list[Path] = []
    with suppress(Broken):  # without a working tree there are only those of the settings
        files += _files(folder(settings, base), types=True)
    found = (actiontypes.read(_data(file), str(file))[0] for file in files)
    return actiontypes.catalogue((*declared, *filter(None, found)))[0]


def rules(settings: Settings, base: Path) -> dict[str, bytes] | None:
    """Give the files with a team's own rules of policy, by name; None if the folder is not here."""
    from reconciler.sync import ruling

    with suppress(Broken):
        here = folder(settings, base)
        found = (file for file in _files(here, types=False) if ruling.is_rules(str(file), str(here), settings))
        return {str(file): _data(file) for file in found}
    return None


def _data(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Broken(f"{file}: {error.strerror}") from None


def _files(folder: Path, *, types: bool) -> Iterator[Path]:
    """Give the files that a pass would take for definitions, or for declarations of action `types`."""
    from reconciler.definitions import actiontypes
    from reconciler.source import tree

    for file in sorted(folder.rglob("*")):
        if actiontypes.is_file(file.name) is not types:
            continue
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if file.name.endswith(tree.SUFFIXES) and not hidden and file.is_file() and not file.is_symlink():
            yield file

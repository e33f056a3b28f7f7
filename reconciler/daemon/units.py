"""The files of the systemd service: where each belongs, and what it says on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import reconciler
from reconciler.errors import Blocked

PLACES = {
    "reconciler.service": "etc/systemd/system/reconciler.service",
    "reconciler.sysusers.conf": "etc/sysusers.d/reconciler.conf",
    "reconciler.tmpfiles.conf": "etc/tmpfiles.d/reconciler.conf",
}
"""Place below the root by name of the file that is shipped."""

CLUSTER = {
    "reconciler-scheduler.service": "etc/systemd/system/reconciler-scheduler.service",
    "reconciler-worker@.service": "etc/systemd/system/reconciler-worker@.service",
}
"""Likewise, for what spreads targets over several processes."""

SHIPPED, DASK = "/usr/bin/reconciler", "/usr/bin/dask"
"""The programs, as the shipped units name them."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One file: its place below the root, and its text."""

    place: str
    text: str


def folder() -> Path:
    """Give the folder of the shipped files: inside an installed package, or beside it in a checkout."""
    package = Path(reconciler.__file__).parent
    return next(place for place in (package / "systemd", package.parent / "systemd") if place.is_dir())


def units(program: str, *, cluster: bool = False) -> tuple[Unit, ...]:
    """Give the files, with `program`, an absolute path, as what the service starts, and the `dask` that is beside it.

    With `cluster` they are those of a scheduler and its workers.
    """
    shipped, dask = folder(), str(Path(program).with_name("dask"))
    return tuple(
        Unit(
            place,
            (shipped / name)
            .read_text(encoding="utf-8")
            .replace(f"={SHIPPED} ", f"={_quoted(program)} ")
            .replace(f"={DASK} ", f"={_quoted(dask)} "),
        )
        for name, place in (CLUSTER if cluster else PLACES).items()
    )


def place(unit: Unit, root: Path) -> Path:
    """Write one file below `root`, and give its path; raises `Blocked` where that is not allowed."""
    path = root / unit.place
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(unit.text, encoding="utf-8")
        path.chmod(0o644)
    except OSError as error:
        raise Blocked(f"{path}: cannot be written: {error}; run this as root, or choose a folder with --dir") from None
    return path


def _quoted(program: str) -> str:
    """Give a path as systemd reads it: `%` begins a specifier, `$` a variable, and a space ends the word."""
    escaped = program.replace("\\", "\\\\").replace("%", "%%").replace("$", "$$").replace('"', '\\"')
    return f'"{escaped}"' if " " in escaped else escaped

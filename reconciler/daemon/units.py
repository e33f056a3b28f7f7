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

SHIPPED = "/usr/bin/reconciler"
"""The program, as the shipped unit names it."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One file: its place below the root, and its text."""

    place: str
    text: str


def folder() -> Path:
    """Give the folder of the shipped files: inside an installed package, or beside it in a checkout."""
    package = Path(reconciler.__file__).parent
    return next(place for place in (package / "systemd", package.parent / "systemd") if place.is_dir())


def units(program: str) -> tuple[Unit, ...]:
    """Give the files, with `program`, an absolute path, as what the service starts."""
    shipped = folder()
    return tuple(
        Unit(place, (shipped / name).read_text(encoding="utf-8").replace(f"={SHIPPED} ", f"={_quoted(program)} "))
        for name, place in PLACES.items()
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

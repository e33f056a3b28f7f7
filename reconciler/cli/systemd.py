"""`reconciler systemd`: the daemon as a service."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import options, output

EPILOG = "Example: reconciler systemd install --print"
NEXT = "systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload && systemctl enable --now reconciler"
NEXT_CLUSTER = "systemctl daemon-reload && systemctl enable --now reconciler-scheduler reconciler-worker@1"

app = typer.Typer(no_args_is_help=True, help="The daemon as a service of systemd.")


@app.callback()
def systemd() -> None:
    """Run the daemon as a service of systemd."""


@app.command(epilog=EPILOG)
def install(
    folder: Annotated[Path, typer.Option("--dir", metavar="DIR", help="Root below which they are placed.")] = Path("/"),
    show: Annotated[bool, typer.Option("--print", help="Print them; write nothing.")] = False,
    cluster: Annotated[bool, typer.Option("--cluster", help="Those of a Dask scheduler and its workers.")] = False,
    quiet: options.Quiet = False,
) -> None:
    """Place the service, its user and its folders, or print them.

    A file that is there is replaced: changes of your own belong into `systemctl edit reconciler`.
    """
    from reconciler.daemon import units

    with output.errors():
        found = units.units(_program(), cluster=cluster)
        if show:
            output.data("\n".join(f"# /{unit.place}\n{unit.text}" for unit in found).rstrip())
            return
        for path in [units.place(unit, folder) for unit in found]:
            output.data(str(path))
    if not quiet:
        output.say(f"next: write /etc/reconciler/reconciler.yaml, then {NEXT_CLUSTER if cluster else NEXT}")


def _program() -> str:
    """Give the absolute path of the console script of this installation."""
    beside = Path(sys.executable).with_name("reconciler")
    return str(beside) if beside.is_file() else shutil.which("reconciler") or "/usr/bin/reconciler"

"""What people see: colours and progress on a terminal, plain lines elsewhere; errors with their exit status."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

import typer

from reconciler.errors import ReconcilerError
from reconciler.pipeline import secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.table import Table

    from reconciler.sync.state import Event

COULD_NOT_RUN = 2
UNUSED = "no pass has been recorded yet; run `reconciler apply` or `reconciler run --once`"
_COLOURS = {"+": "green", "=": "cyan", "~": "yellow", "-": "red", "!": "magenta"}
_WIDE = 10_000

INSTALL = "pip install 'codepipeline-reconciler[daemon]'"


def any_encoding() -> None:
    """Let standard output show as an escape what its encoding lacks, instead of ending with an error."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def data(text: str) -> None:
    """Write data to standard output."""
    sys.stdout.write(text + "\n")


def as_json(document: Any) -> None:
    """Write a JSON document: sorted keys, two spaces."""
    from reconciler.report import wording

    data(wording.document(document))


def say(text: str) -> None:
    """Write a message to standard error."""
    sys.stderr.write(secrets.scrub(text) + "\n")


def plan_text(text: str, *, quiet: bool = False) -> None:
    """Write a plan's lines, coloured by their sign on a terminal; with `quiet`, without the last, its summary."""
    lines = text.splitlines()[: -1 if quiet else None]
    if lines and not sys.stdout.isatty() and "FORCE_COLOR" not in os.environ:
        data("\n".join(lines))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True, highlight=False)
    for line in lines:
        colour = _COLOURS.get(line.strip()[:1], "") if line.startswith("  ") and line[2:3] != " " else ""
        console.print(Text(line, style=colour))


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write rows under headers; one line a row where the output is not a terminal."""
    from rich.console import Console

    console = Console() if sys.stdout.isatty() else Console(width=_WIDE)
    console.print(grid(headers, rows))


def grid(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Give rows under headers as rich shows them."""
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False)
    for header in headers:
        made.add_column(header, no_wrap=not sys.stdout.isatty())
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    return made


@contextmanager
def errors() -> Iterator[None]:
    """Turn expected failures into a message and exit status 2; only a defect shows a traceback."""
    try:
        yield
    except ReconcilerError as error:
        say(f"reconciler: {error}")
        raise typer.Exit(COULD_NOT_RUN) from None
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] == "reconciler":
            raise
        say(f"reconciler: {error}; install what is missing: {INSTALL}")
        raise typer.Exit(COULD_NOT_RUN) from None
    except BrokenPipeError:
        raise typer.Exit(COULD_NOT_RUN) from None


@contextmanager
def progress(*, quiet: bool, verbose: bool) -> Iterator[Callable[[Event], None]]:
    """Give a listener for a pass: a bar per step on a terminal, a line per event with --verbose, else nothing."""
    if verbose:
        yield lambda event: say(f"{event.step}: {event.text}")
    elif quiet or not sys.stderr.isatty():
        yield lambda _: None
    else:
        with _bars() as listener:
            yield listener


@contextmanager
def _bars() -> Iterator[Callable[[Event], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def listen(event: Event) -> None:
            if event.step not in tasks:
                tasks[event.step] = bars.add_task(event.step, total=event.total or None)
            bars.update(tasks[event.step], completed=event.done, total=event.total or None)

        yield listen

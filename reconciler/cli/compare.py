"""`reconciler compare`: two pipelines side by side, without what each environment calls its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import operands, options, output

if TYPE_CHECKING:
    from reconciler.plan.comparison import Comparison

EPILOG = "Example: reconciler compare shop-staging-deploy shop-prod-deploy"

DIFFER = 3

One = Annotated[
    str,
    typer.Argument(
        metavar="A",
        help="NAME, NAME@ENVIRONMENT, FILE or FILE#NAME; live:NAME for what AWS has, git:NAME for a file's.",
    ),
]
Other = Annotated[str, typer.Argument(metavar="B", help="The other pipeline, written likewise.")]


def compare(
    one: One,
    other: Other,
    live: Annotated[bool, typer.Option("--live", help="Names mean live pipelines, not those of the files.")] = False,
    no_fold: Annotated[bool, typer.Option("--no-fold", help="Show what only environments have of their own.")] = False,
    config: options.Config = None,
    settings: options.Set = None,
    form: options.AsComparison = options.Comparing.TEXT,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Show how two pipelines differ: staging and production, or git and live (`compare NAME live:NAME`).

    Where the two sides have different ones, an environment's name, account and Region are folded, with the ids of keys
    and connections of the account. Secrets are compared and never shown.

    Exit status: 0 the same, 2 could not run, 3 they differ.
    """
    with output.errors():
        pair = [operands.operand(text, live=live) for text in (one, other)]
        asked, overrides = any(each.live for each in pair), tuple(settings or ())
        with (
            output.progress(quiet=quiet, verbose=verbose) as tell,
            operands.sources(config, overrides, tell, live=asked) as sources,
        ):
            from reconciler.plan import comparison

            left, right = (operands.side(each, sources) for each in pair)
            found = comparison.compare(left, right, fold=not no_fold)
        show(found, form, quiet=quiet)
    raise typer.Exit(0 if found.same else DIFFER)


def show(found: Comparison, form: options.Comparing, *, quiet: bool = False) -> None:
    """Write a comparison: in columns on a terminal, a line for each difference elsewhere."""
    from reconciler.report import comparisons

    if form is options.Comparing.JSON:
        output.as_json(comparisons.document(found))
    elif form is options.Comparing.MARKDOWN:
        output.data(comparisons.markdown(found))
    else:
        _show_rows(comparisons.rows(found), found)
        if not quiet:
            output.data(comparisons.summary(found))


def _show_rows(rows: list[tuple[str, str, str]], found: Comparison) -> None:
    if rows and sys.stdout.isatty():
        _columns(("", found.left, found.right), rows)
    elif rows:
        output.data("\n".join(f"{place}: {left} | {right}" for place, left, right in rows))


def _columns(headers: tuple[str, str, str], rows: list[tuple[str, str, str]]) -> None:
    """Write columns that fit the terminal; a value is folded and never cut, because its end may be what differs."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False)
    for header in headers:
        grid.add_column(Text(header), overflow="fold")
    for row in rows:
        grid.add_row(*map(Text, row))
    Console().print(grid)

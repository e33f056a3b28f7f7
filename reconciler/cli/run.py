"""`reconciler run`: the daemon."""

from __future__ import annotations

import logging
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import build, options, output

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.settings import Settings
    from reconciler.sync.state import Event, Pass

LOG = logging.getLogger("reconciler.run")

TOLD = frozenset({"apply", "holds", "setbacks"})
"""Steps whose events are sentences for everybody; those of the others show only with --verbose."""

EPILOG = "Example: reconciler run --config /etc/reconciler/reconciler.yaml"


def run(
    once: Annotated[bool, typer.Option("--once", help="One pass, then stop, with the exit status of `apply`.")] = False,
    config: options.Config = None,
    settings: options.Set = None,
    log_format: Annotated[options.Format, typer.Option(help="How log lines are written.")] = options.Format.TEXT,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Keep live pipelines equal to git until stopped.

    Looks at the branch every `source.poll`, and at once when a local repository changes or a webhook says so. SIGHUP
    reads the settings again. SIGTERM and SIGINT finish the write in hand and end with status 0.
    """
    from reconciler.daemon import logs

    level = logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO
    logs.configure(level, as_json=log_format is options.Format.JSON)
    with output.errors():
        status = _once(*build.settings(config, settings or ())) if once else _until_stopped(config, settings or ())
    raise typer.Exit(status)


def sentence(done: Pass) -> str:
    """Say in one sentence what a pass did."""
    from reconciler.report import plans, wording
    from reconciler.sync.recording import outcome

    snapshot, _, plan = done.known
    applied = sum(result.ending == "applied" for result in done.results)
    tail = f"; {wording.count(applied, 'change')} applied" if done.results else ""
    summary = plans.summary(plan).removesuffix("." * bool(tail))
    return f"pass {done.number} of {snapshot.commit[:12]} {outcome(done)}: {summary}{tail}"


def tell(event: Event) -> None:
    """Log what happens inside a pass; what was written, by whose word, and what fails, is told always."""
    if event.step in TOLD:
        LOG.info("%s", event.text)
    else:
        LOG.debug("%s: %s", event.step, event.text)


def _once(settings: Settings, base: Path) -> int:
    from reconciler.cli import apply, channels
    from reconciler.sync import passes

    with build.world(settings, base, tell, at_once=True) as world:
        done = passes.run(world, approved=False)
        LOG.info("%s", sentence(done))
        with channels.post(world, base) as post:
            if post:
                post.look()
    return apply.status(done)


def _until_stopped(config: Path | None, overrides: Sequence[str]) -> int:
    build.require_extra()
    from reconciler.cli.service import Service
    from reconciler.daemon import logs

    logs.catch()
    service = Service(lambda: build.settings(config, overrides), tell, sentence)
    signal.signal(signal.SIGHUP, lambda *_: service.reload())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stop())
    service.run()
    LOG.info("stopped")
    return 0

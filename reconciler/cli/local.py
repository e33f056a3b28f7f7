"""`reconciler local`: a CodePipeline on this machine."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options, output
from reconciler.errors import Broken

if TYPE_CHECKING:
    from reconciler.emulator.site import Site

EPILOG = "Example: reconciler local --speed 600 --given 'Build/*=succeeds@5m' --state local.state"

Port = Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")]
Listen = Annotated[
    str, typer.Option(metavar="ADDRESS", help="Address to listen on; others than loopback are open to all.")
]
Speed = Annotated[float, typer.Option(metavar="N", help="How much faster time passes; 1 is real.")]
Stepped = Annotated[
    bool, typer.Option("--stepped", help="Time passes only by POST /_local/advance and /_local/settle.")
]
State = Annotated[Path | None, typer.Option(metavar="FILE", help="Keep everything in this file; it holds secrets.")]
Account = Annotated[str, typer.Option(help="Account of access keys that say none.")]
Credentials = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY=ACCOUNT", help="Account, or ARN of the user or role, of an access key. Repeatable."),
]
GivenOutcomes = Annotated[
    list[str] | None, typer.Option("--given", metavar="PLACE=OUTCOME", help="What actions do. Repeatable.")
]
HandlersFolder = Annotated[
    Path | None, typer.Option("--handlers", metavar="DIR", help="Folder of the Lambda handlers that outcomes run.")
]


def local(
    port: Port = 4598,
    listen: Listen = "127.0.0.1",
    speed: Speed = 1.0,
    stepped: Stepped = False,
    state: State = None,
    account: Account = "111111111111",
    credentials: Credentials = None,
    given: GivenOutcomes = None,
    handlers: HandlersFolder = None,
    quiet: options.Quiet = False,
) -> None:
    """Serve a CodePipeline that behaves like the service, for the AWS CLI, boto3, Terraform and this tool.

    An access key of 12 digits is its account. Nothing leaves this machine; without --state nothing is kept.
    """
    with output.errors():
        from reconciler.emulator.server import Server

        site = _site(0 if stepped else speed, state, _accounts(account, credentials or []), handlers)
        _give(site, given or [])
        with Server(site, port, listen) as server:
            output.data(server.url)
            if not quiet:
                output.data(f"export AWS_ENDPOINT_URL={server.url} AWS_ACCESS_KEY_ID={account} "
                           "AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=eu-west-1")  # fmt: skip
            _flush()
            _wait()


def _site(speed: float, state: Path | None, accounts: object, handlers: Path | None) -> Site:
    from reconciler.emulator.clocks import Clock
    from reconciler.emulator.journal import Journal
    from reconciler.emulator.places import Rules
    from reconciler.emulator.site import Site as Endpoint

    runner = None
    if handlers:
        from reconciler.emulator import outcomes
        from reconciler.jobs.handlers import Handlers

        runner = outcomes.careful(Handlers(handlers))
    return Endpoint(Clock(speed), Rules(handlers=runner), accounts, Journal(state) if state else None)  # type: ignore[arg-type]


def _accounts(default: str, pairs: list[str]) -> object:
    import re

    from reconciler.emulator.credentials import Accounts

    keys = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not re.fullmatch(r"[0-9]{12}|arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:.+", value):
            raise Broken(f"{pair!r}: write --credentials AKIAANA=arn:aws:iam::111111111111:user/ana, or KEY=ACCOUNT")
        keys[key] = value
    if not re.fullmatch(r"[0-9]{12}", default):
        raise Broken(f"--account {default!r}: an account has 12 digits")
    return Accounts(default, keys)


def _give(site: Site, given: list[str]) -> None:
    from reconciler.emulator import control

    if given:
        control.obeyed(site, "outcomes", {"given": given})


def _flush() -> None:
    import sys

    sys.stdout.flush()


def _wait() -> None:
    """Serve until somebody stops us."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()

"""The endpoint as a process: prints its URL on the first line and serves until it is killed.

Run it as `python tests/endpoint`, or as `python -m endpoint` with `tests` on the path. `GET <url>/counts` gives the
number of requests of each operation as JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import threading
from pathlib import Path

if not __package__:
    # Started as a folder: its own modules must not stand in front of the standard library's.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from endpoint import Endpoint, sample

TARGET = "ACCOUNT/REGION of the samples, or ACCOUNT/REGION/ENVIRONMENT; repeatable"


def main(arguments: list[str] | None = None) -> None:
    """Serve with the given command line."""
    options = _parser().parse_args(arguments)
    endpoint = Endpoint(
        port=options.port,
        latency=options.latency,
        record=False,
        account=options.account,
        default_triggers=options.default_triggers,
    )
    endpoint.throttle_above(options.throttle)
    for account, region, environment in options.target or [(options.account, "eu-west-1", "")]:
        named = environment or options.environment
        for document in sample(options.pipelines, account=account, region=region, environment=named):
            endpoint.put(account, region, document, dict(options.tag))
    sys.stdout.write(f"{endpoint.url}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
    endpoint.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="endpoint", description="A light AWS endpoint on loopback.")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that each request takes at least")
    parser.add_argument("--throttle", type=float, help="requests per second, operation, account and Region")
    parser.add_argument("--account", default="111111111111", help="account of credentials that name none")
    parser.add_argument("--pipelines", type=int, default=0, help="sample pipelines to start with, in each target")
    parser.add_argument("--environment", default="prod", help="environment in the names of the samples")
    parser.add_argument("--target", type=_target, action="append", help=TARGET)
    parser.add_argument("--tag", type=_tag, action="append", default=[], help="KEY=VALUE on each sample; repeatable")
    parser.add_argument("--no-default-triggers", dest="default_triggers", action="store_false")
    return parser


def _target(text: str) -> tuple[str, str, str]:
    account, separator, rest = text.partition("/")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not ACCOUNT/REGION")
    region, _, environment = rest.partition("/")
    return account, region, environment


def _tag(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


if __name__ == "__main__":
    main()

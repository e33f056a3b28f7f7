"""The demo's AWS: the local CodePipeline on a free loopback port."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.cli.demo import people
from reconciler.emulator.clocks import Clock
from reconciler.emulator.credentials import Accounts
from reconciler.emulator.server import Server
from reconciler.emulator.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEED = 600
"""Ten minutes of an execution pass in a second."""


@contextmanager
def running() -> Iterator[str]:
    """Serve AWS on a free loopback port and give its URL; this process is led there, away from its user's settings."""
    with Server(Site(Clock(SPEED), accounts=Accounts(keys=people.KEYS))) as server:
        _point_here(server.url)
        yield server.url


def _point_here(url: str) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "RECONCILER_"))]:
        del os.environ[name]
    os.environ |= {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "demo",
        "AWS_SECRET_ACCESS_KEY": "demo",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }

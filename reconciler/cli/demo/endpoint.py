"""The demo's AWS: moto's server on loopback, with the roles that the sample pipelines name."""

from __future__ import annotations

import json
import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.aws.sessions import Access, Sessions

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


@contextmanager
def running() -> Iterator[str]:
    """Serve AWS on a free loopback port and give its URL; this process is led there, away from its user's settings."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        _point_here(url)
        yield url
    finally:
        server.stop()


def create_roles(sessions: Sessions, roles: Mapping[str, Access]) -> None:
    """Create the service roles, by ARN, that moto wants to find when a pipeline is created."""
    for arn, access in sorted(roles.items()):
        path, _, name = arn.split(":role", 1)[1].rpartition("/")
        client: Any = sessions.client(access, "iam")
        client.create_role(RoleName=name, Path=f"{path}/", AssumeRolePolicyDocument=TRUST)


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

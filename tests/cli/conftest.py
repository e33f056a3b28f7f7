"""The command line in this process, which is enough for most of it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from daemons import Daemon
from endpoint import sample
from reconciler.cli.app import app
from workshop import ACCOUNT, REGION, Finished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from endpoint.request import Document
    from workshop import Workshop


@pytest.fixture(autouse=True)
def _no_colours_by_force(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS", "GITHUB_ACTIONS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def documents() -> list[Document]:
    """Give three declarations, `svc0001-prod-deploy` to `svc0003-prod-deploy`."""
    return sample(3, account=ACCOUNT, region=REGION)


@pytest.fixture
def document(documents: list[Document]) -> Document:
    return documents[0]


@pytest.fixture
def cli(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Finished]:
    """Run commands in the workshop's folder: `cli("plan", check=3)`; what is not an expected error is raised."""
    monkeypatch.chdir(workshop.folder)
    monkeypatch.setattr("reconciler.daemon.logs.configure", lambda *_, **__: None)  # logging belongs to the tests here

    def run(*arguments: str, check: int | None = None) -> Finished:
        result = CliRunner().invoke(app, arguments, prog_name="reconciler")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        finished = Finished(result.exit_code, result.stdout, result.stderr)
        assert check is None or finished.status == check, f"{arguments}: {finished}"
        return finished

    return run


@pytest.fixture
def daemon(workshop: Workshop) -> Iterator[Callable[..., Daemon]]:
    """Start daemons: `daemon("--verbose")`; whatever still runs at the end is killed."""
    started: list[Daemon] = []

    def start(*arguments: str, **variables: Any) -> Daemon:
        process = subprocess.Popen(
            [sys.executable, "-m", "reconciler", "run", *arguments],
            cwd=workshop.folder,
            env=workshop.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(Daemon(process))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a client of a queue service that moto serves, as child processes see it, too."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", f"http://{host}:{port}")
    client = boto3.client("sqs", region_name="eu-west-1")
    yield client
    client.close()
    server.stop()

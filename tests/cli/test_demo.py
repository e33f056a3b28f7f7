"""`reconciler demo`: the story, as a process of its own with traps around it."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

import boto3
import pytest

from workshop import Finished

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AUDITED = """
import json, sys

def listen(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        print(json.dumps(arguments[1][0]), file=told, flush=True)
    elif event == "socket.getaddrinfo":
        print(json.dumps(arguments[0]), file=told, flush=True)

told = open(sys.argv.pop(1), "w")
sys.addaudithook(listen)

from reconciler.__main__ import main
main()
"""
"""The program, with a line for each address that it connects to or asks for."""

LOOPBACK = {"127.0.0.1", "localhost"}

ACTS = (
    "28 to create",
    "Nothing to do; 28 pipelines in sync",
    "configuration.ProjectName: hotfix →",
    "UpdatePipeline by arn:aws:iam::111111111111:user/ana",
    "runOrder: 1 → 2",
    "held: git no longer names it",
    "applied: delete photosharing-dev-web",
    "held: update ecommerce-prod-backend",
    "aws codepipeline put-approval-result",
    "applied: update ecommerce-prod-backend",
)
"""What happens in each chapter, in the order in which it is told."""

LAST = "  edit and commit a file below repository/pipelines, and watch this terminal\n"
"""What is told last before the daemon waits."""


@dataclass
class Stage:
    """A machine with credentials, settings and a proxy of its user, none of which the demo may touch."""

    folder: Path
    trap: socket.socket

    def __post_init__(self) -> None:
        for name in ("tmp", "home", "here"):
            (self.folder / name).mkdir()
        (self.folder / "here" / "reconciler.yaml").write_text("not: [settings")

    @property
    def environment(self) -> dict[str, str]:
        proxy = f"http://127.0.0.1:{self.trap.getsockname()[1]}"
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GIT_"))}
        return clean | {
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "AWS_PROFILE": "production",
            "AWS_ACCESS_KEY_ID": "AKIA0000000000000000",
            "AWS_SECRET_ACCESS_KEY": "sesame",
            "AWS_ENDPOINT_URL": proxy,
            "HTTP_PROXY": proxy,
            "HTTPS_PROXY": proxy,
            "RECONCILER_STORE__URL": f"sqlite:///{self.folder}/production.db",
            "GIT_DIR": str(self.folder / "production.git"),
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", AUDITED, str(self.folder / "addresses"), "demo", *arguments]

    @property
    def addresses(self) -> set[str]:
        return {json.loads(line) for line in (self.folder / "addresses").read_text().splitlines()}

    def untouched(self) -> bool:
        """Tell whether nothing was left behind and nobody knocked at the trap."""
        left = sorted(path.name for path in self.folder.rglob("*"))
        with pytest.raises(BlockingIOError):
            self.trap.accept()
        return left == ["addresses", "here", "home", "reconciler.yaml", "tmp"]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        yield Stage(tmp_path, trap)


def test_the_story_is_told_in_order_and_leaves_nothing_behind(stage: Stage) -> None:
    done = subprocess.run(
        stage.command("--once"), cwd=stage.folder / "here", env=stage.environment, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    finished = Finished(done.returncode, done.stdout, done.stderr)
    assert (finished.status, finished.err) == (0, "")
    assert re.findall(r"^(\d)\. ", finished.out, re.MULTILINE) == ["1", "2", "3", "4", "5", "6"]
    assert sorted(ACTS, key=finished.out.index) == list(ACTS)
    assert stage.addresses <= LOOPBACK
    assert stage.untouched()


def approve(line: str) -> None:
    """Do what a printed command of the AWS CLI does."""
    words = shlex.split(line)
    settings = dict(word.split("=", 1) for word in words[: words.index("aws")])
    given = dict(zip(words[words.index("--region") :: 2], words[words.index("--region") + 1 :: 2], strict=True))
    client = boto3.client("codepipeline", region_name=given["--region"], endpoint_url=settings["AWS_ENDPOINT_URL"],
                          aws_access_key_id=settings["AWS_ACCESS_KEY_ID"], aws_secret_access_key="x")  # fmt: skip
    result = dict(pair.split("=") for pair in given["--result"].split(","))
    client.put_approval_result(pipelineName=given["--pipeline-name"], stageName=given["--stage-name"],
                               actionName=given["--action-name"], token=given["--token"], result=result)  # fmt: skip


def test_without_once_the_daemon_goes_on_after_the_approval_until_it_is_interrupted(stage: Stage) -> None:
    process = subprocess.Popen(
        stage.command(), cwd=stage.folder / "here", env=stage.environment, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        told = list(takewhile(lambda line: line not in ("", LAST), iter(process.stdout.readline, None)))
        approve(next(line for line in told if "put-approval-result" in line))
        assert "applied: update ecommerce-prod-backend" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        told += process.stdout
        assert (process.wait(30), process.stderr.read()) == (0, "")
    assert told[-1] == "  stopping\n"
    assert any(re.search("AWS_ENDPOINT_URL=http://127.0.0.1:[0-9]+ .* reconciler plan", line) for line in told)
    assert stage.addresses <= LOOPBACK
    assert stage.untouched()

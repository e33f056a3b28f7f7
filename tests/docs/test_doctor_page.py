"""What docs/doctor.md shows is what happens."""

from __future__ import annotations

import logging
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.cli.checks import table

if TYPE_CHECKING:
    from workshop import Workshop

PAGE = Path(__file__).parents[2].joinpath("docs", "doctor.md").read_text(encoding="utf-8")
(COMMAND, SHOWN), (_, STATUS) = re.findall(r"^\$ (.*)\n((?:(?!\$ |```).*\n)*)", PAGE, re.MULTILINE)
GAPS = {"COMMIT": r"[0-9a-f]{10}", "FOLDER": r"\S+?", "FREE": r"[0-9.]+"}


@pytest.fixture
def workshop_on_moto(workshop: Workshop, monkeypatch):
    """Give the workshop with moto as its AWS, whose account is always 123456789012."""
    server = pytest.importorskip("moto.server")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://{}:{}".format(*running.get_host_and_port()))
    monkeypatch.chdir(workshop.folder)
    yield workshop
    running.stop()


def expected() -> str:
    text = re.escape(SHOWN)
    for word, pattern in GAPS.items():
        text = text.replace(word, pattern)
    return text


def test_the_command_prints_what_is_shown(workshop_on_moto: Workshop):
    file = workshop_on_moto.folder / "reconciler.yaml"
    file.write_text(file.read_text().replace('"prod"', '"dev"'))
    workshop_on_moto.write("shop.yaml", "pipeline: {}")
    workshop_on_moto.commit()
    done = CliRunner().invoke(app, shlex.split(COMMAND)[1:], prog_name="reconciler")
    told = (done.stdout + done.stderr).replace("127.0.0.1:0 ", "127.0.0.1:8480 ")  # the port of the workshop
    assert re.fullmatch(expected(), told), told
    assert f"{done.exit_code}\n" == STATUS


@pytest.mark.parametrize("check", [each.id for each in table.CHECKS])
def test_every_check_has_a_row(check):
    assert f"\n| `{check}` |" in PAGE


def test_every_option_is_told():
    known = {name for param in get_command(app).commands["doctor"].params for name in param.opts}
    assert {"--format", "--with-iam", "--quiet", "--config"} <= known & set(re.findall(r"--[a-z-]+", PAGE))

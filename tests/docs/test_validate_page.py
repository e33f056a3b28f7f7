"""What the page on `validate` shows is what happens, from top to bottom in one folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from reconciler.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2].joinpath("docs", "validate.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
CLOCK = re.compile(r"^\d\d:\d\d:\d\d", re.MULTILINE)
OPTIONS = {name for each in get_command(app).commands["validate"].params for name in each.opts if name[:2] == "--"}


def commands(block: str) -> Iterator[tuple[list[str], str]]:
    """Give the commands of a console block, each with what it is to print."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        yield shlex.split(command), printed


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def one_beat(_: object) -> Iterator[None]:
        yield
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("reconciler.source.watch.bursts", one_beat)


def test_every_example_does_what_it_says(tmp_path: Path) -> None:
    status, ran = 0, 0
    for language, name, text in BLOCKS:
        if language == "yaml":
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
            continue
        for command, printed in commands(text):
            if command == ["echo", "$?"]:
                assert f"{status}\n" == printed
                continue
            done = CliRunner().invoke(app, command[1:], prog_name="reconciler")
            status, ran = done.exit_code, ran + 1
            assert CLOCK.sub("", done.output) == CLOCK.sub("", printed), command
    assert ran >= 10


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_every_option_is_told(option: str) -> None:
    assert option in PAGE

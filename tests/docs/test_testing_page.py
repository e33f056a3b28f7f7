"""The page about tests shows what pytest writes: its files are laid down and its commands run, in order."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from plugin.shops import run
from pytest_pipeline.plugin import OPTIONS

pytest_plugins = ["pytester"]

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(yaml|toml|python|console)\n(.*?)```", TEXT, re.DOTALL)
NOISE = re.compile(r" in \d+\.\d+s|^=+ warnings.*", re.MULTILINE)


def lay(folder, text):
    """Write a file that a block shows, or the last stage of one that is there."""
    head, _, body = text.partition("\n")
    name, _, part = head.removeprefix("# ").partition(", ")
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    if part:
        kept = re.split(r"    - name: (?:Consent|Prod)\n", file.read_text(encoding="utf-8"))[0]
        body = kept + body
    file.write_text(body, encoding="utf-8")
    shutil.rmtree(file.parent / "__pycache__", ignore_errors=True)  # a module of the same second and size is not stale


def executed(pytester, session):
    """Give a session with what its commands write now; times are left out."""
    lines = []
    for command in re.findall(r"^\$ (.*)$", session, re.MULTILINE):
        result = run(pytester, "-p", "no:cacheprovider", *shlex.split(command)[1:])
        shown = NOISE.sub("", "\n".join(result.outlines)).strip("\n")
        lines += [f"$ {command}", shown]
    return "\n".join(lines) + "\n"


def test_the_page_from_top_to_bottom(pytester):
    for kind, text in BLOCKS:
        if kind == "console":
            assert executed(pytester, text) == text
        else:
            lay(pytester.path, text)


@pytest.mark.parametrize("name", [name for name in OPTIONS if name not in ("strict", "annotations", "guard")])
def test_the_page_knows_every_option(name):
    assert f"--pipeline-{name.replace('_', '-')}" in TEXT

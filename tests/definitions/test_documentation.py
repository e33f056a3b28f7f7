"""Every file that the page about definitions shows is one that is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.definitions import native, reading
from reconciler.definitions.sets import overlay
from reconciler.settings import Environment, Naming

PAGE = Path(__file__).parents[2].joinpath("docs", "definitions.md").read_text(encoding="utf-8")
NATIVE, SET = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
CONTEXT = native.Context(
    {
        "dev": Environment(account="111111111111", regions=("eu-west-1",)),
        "prod": Environment(account="333333333333", regions=("eu-west-1", "us-east-1")),
    },
    Naming(),
    str,
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(NATIVE, ["shop-prod-deploy"], id="native"),
        pytest.param(SET, ["shop-dev-deploy", "shop-prod-deploy"], id="set"),
    ],
)
def test_a_file_of_the_page_is_fine(text, names):
    found, problems = reading.judge(text.encode(), "definitions.md", CONTEXT)
    assert ([each.name for each in found], problems) == (names, ())


def test_the_freeze_of_the_page_concerns_prod_only():
    dev, prod = reading.read(SET.encode(), "definitions.md", CONTEXT)
    assert (dev.transitions, list(prod.transitions)) == ({}, ["Deploy"])


@pytest.mark.parametrize("word", overlay.OF_ITEMS)
def test_the_page_says_every_directive(word):
    assert f"`{word}:" in PAGE

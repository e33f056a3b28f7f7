"""What the page about import and compare shows is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from reconciler.definitions.tags import OWNER
from reconciler.pipeline.arns import Target
from reconciler.settings import Sync

ROOT = Path(__file__).parents[2]
PAGE = ROOT.joinpath("docs", "import-and-compare.md").read_text(encoding="utf-8")
STEPS = re.findall(r"^\$ reconciler (.*)\n((?:(?![$`]).*\n)*)", PAGE, re.MULTILINE)
SETTINGS = yaml.safe_load(ROOT.joinpath("config", "reconciler.yaml").read_text())["environments"]

SYSTEMS = ("ecommerce", "payments")


@pytest.fixture
def sampled(shop):
    """Give a shop in which two systems of the sample repository are live and owned, and git is empty."""
    environments = {
        name: each | {"assume_role": f"arn:aws:iam::{each['account']}:role/reconciler"}
        for name, each in SETTINGS.items()
    }
    shop.workshop.settings(environments=environments)
    files = [file for name in SYSTEMS for file in ROOT.joinpath("config", "pipelines", name).glob("*-*-*.yaml")]
    for file in files:
        content = yaml.safe_load(file.read_text())
        document = content["pipeline"]
        place = environments[document["name"].split("-")[1]]
        target = Target(place["account"], content.get("region", place["regions"][0]))
        shop.endpoint.put(*target, document, {**content.get("tags", {}), OWNER: Sync().owner})
    return shop


def test_every_block_does_what_it_shows(sampled):
    assert len(STEPS) == 6
    for command, expected in STEPS:
        if command == "plan":
            sampled.workshop.commit()
        done = sampled.cli(*shlex.split(command))
        assert done.out == expected, done

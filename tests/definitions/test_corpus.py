"""Real definitions from public repositories, where they are at hand: read without a crash, and without false alarms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.definitions import reading

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
SUFFIXES = {".json", ".yaml", ".yml"}
EXPLAINED = {
    "shape": r"does not match arn:aws|Parameters? ?value|has 0 characters|is not known here",
    "config-required-key": r"Deploy/AWS/OpsWorks/1 needs it|Extract is missing",
    "config-unknown-key": r"^Deploy/AWS/OpsWorks/1 has no key",
}
"""Errors on files that claim to be valid, and why they stand: placeholders for role ARNs that the service's pattern
refuses, a parameter that is empty by default, undocumented keys of OpsWorks, a fixture without a required key."""

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")


def files(folder: str) -> list[Path]:
    return sorted(path for path in CORPUS.joinpath(folder).rglob("*") if path.suffix in SUFFIXES)


@pytest.mark.parametrize("folder", ["cfn", "native"])
def test_a_file_that_claims_to_be_valid_has_only_errors_that_are_explained(folder):
    errors = [
        problem
        for path in files(folder)
        for problem in reading.judge(path.read_bytes(), path.name, None)[1]
        if problem.severity == "error"
    ]
    unexplained = [
        each for each in errors if not re.search(EXPLAINED.get(each.rule, "^$"), f"{each.message} {each.hint}")
    ]
    assert [str(each) for each in unexplained] == []


def test_most_of_what_is_known_to_be_invalid_is_found():
    found = [
        any(each.severity == "error" for each in reading.judge(path.read_bytes(), path.name, None)[1])
        for path in files("invalid")
    ]
    assert sum(found) >= 0.8 * len(found)

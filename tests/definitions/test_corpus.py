"""Real definitions from public repositories, where they are at hand: read without a crash, and without false alarms.

What is found in them stands in `corpus_findings.yaml`: errors on files that claim to be valid one by one, with the
reason, and the number of findings of each rule. A changed number is to be looked at, not to be copied.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler import documents
from reconciler.definitions import cloudformation, native, reading
from reconciler.errors import Invalid
from reconciler.pipeline import validity

if TYPE_CHECKING:
    from reconciler.errors import Problem

pytestmark = pytest.mark.untraced

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
SUFFIXES = {".json", ".yaml", ".yml"}
FOLDERS = ("cfn", "native", "invalid", "fragments")
VALID = ("cfn", "native")
KEPT = Path(__file__).with_name("corpus_findings.yaml")
DATA: dict[str, Any] = documents.parse(KEPT.read_text(encoding="utf-8"), KEPT.name)

here = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")


def files(folder: str) -> list[Path]:
    return sorted(path for path in CORPUS.joinpath(folder).rglob("*") if path.suffix in SUFFIXES)


@cache
def judged(folder: str) -> dict[str, tuple[Problem, ...]]:
    """Give what is said of each file; whatever is in it, nothing raises."""
    return {path.name: reading.judge(path.read_bytes(), path.name, None)[1] for path in files(folder)}


def pipelines(path: Path) -> int:
    try:
        value = cloudformation.parse(documents.text(path.read_bytes(), path.name), path.name)
    except Invalid:
        return 0
    if cloudformation.is_template(value):
        return len(cloudformation.read(value, {}, None).pipelines)
    return int(native.outer_of(value) is not None)


@here
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_is_read_without_a_crash_and_its_pipelines_are_found(folder):
    found = {"files": len(judged(folder)), "pipelines": sum(map(pipelines, files(folder)))}
    print(f"{folder}: {found}, crashes 0")  # noqa: T201  shown with -s
    assert found == DATA["read"][folder]


@here
def test_the_findings_of_each_rule_in_valid_files_are_as_many_as_before():
    said = [each for folder in VALID for problems in judged(folder).values() for each in problems]
    print(Counter(each.rule for each in said))  # noqa: T201
    assert Counter(each.rule for each in said if each.severity != "info") == DATA["findings"]


@here
@pytest.mark.parametrize("folder", VALID)
def test_every_error_in_a_file_that_claims_to_be_valid_is_explained(folder):
    errors = Counter(
        (f"{folder}/{name}", each.rule)
        for name, problems in judged(folder).items()
        for each in problems
        if each.severity == "error"
    )
    explained = {
        (file, entry["rule"]): count
        for entry in DATA["errors"]
        for file, count in entry["files"].items()
        if file.startswith(folder)
    }
    assert errors == explained


@here
def test_what_is_explained_is_what_is_said():
    for entry in DATA["errors"]:
        for folder, name in (file.split("/", 1) for file in entry["files"]):
            said = [each.message for each in judged(folder)[name] if each.rule == entry["rule"]]
            assert [message for message in said if entry["says"] not in message] == []


def test_every_explanation_names_a_rule_and_the_place_where_the_fact_is_known_from():
    assert {entry["rule"] for entry in DATA["errors"]} <= validity.titles().keys()
    assert set(DATA["findings"]) <= validity.titles().keys()
    assert all(entry["why"] and entry["reference"] for entry in DATA["errors"])


@here
def test_most_of_what_is_known_to_be_invalid_is_found():
    found = [any(each.severity == "error" for each in problems) for problems in judged("invalid").values()]
    assert sum(found) >= 0.8 * len(found)

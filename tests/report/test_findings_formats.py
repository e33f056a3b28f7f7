"""What other programs read is read here by libraries that know the formats, and not by our own idea of them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from reconciler.errors import Problem
from reconciler.pipeline import validity
from reconciler.report import findings
from strategies import law

if TYPE_CHECKING:
    from pydantic_sarif.model import Run

ERROR = Problem("pipelines/shop.yaml", 7, 5, "pipeline.name", "no name", "add `name`", "shape", "error")
WARNING = Problem("pipelines/shop.yaml", 9, 1, "", "odd", "", "artifact-unused", "warning")
INFO = Problem("pipelines/a b.yaml", 0, 0, "", "by the way", "", "unresolved", "info")
ALL = sorted([ERROR, WARNING, INFO])

texts = st.text(max_size=20)
problems = st.lists(
    st.builds(
        Problem,
        file=st.text(min_size=1, max_size=20),
        line=st.integers(0, 10**6),
        column=st.integers(0, 200),
        path=texts,
        message=texts,
        hint=texts,
        rule=st.sampled_from(["definition", *validity.titles()]),
        severity=st.sampled_from(["error", "warning", "info"]),
    ),
    max_size=6,
).map(sorted)


def sarif(found: list[Problem]) -> Run:
    """Give the run of a log that the schema of SARIF 2.1.0 accepts."""
    text = json.dumps(findings.sarif(found, "1.2.3", validity.titles()))
    (run,) = Sarif.model_validate_json(text).runs
    return run


# SARIF


def test_the_schema_of_sarif_refuses_what_it_does_not_know():
    document = findings.sarif(ALL, "1.2.3", {})
    document["runs"][0]["results"][0]["line"] = 7
    with pytest.raises(ValidationError, match=r"results\.0\.line"):
        Sarif.model_validate(document)


@law
@given(problems)
def test_whatever_is_found_is_sarif(found):
    run = sarif(found)
    assert [result.message.text for result in run.results] == [
        each.message + (f" ({each.hint})" if each.hint else "") for each in found
    ]
    assert [run.tool.driver.rules[result.ruleIndex].id for result in run.results] == [each.rule for each in found]


def test_sarif_has_line_column_and_level():
    places = [result.locations[0].physicalLocation.region for result in sarif(ALL).results]
    assert [(place.startLine, place.startColumn) for place in places] == [(1, 1), (7, 5), (9, 1)]
    assert [result.level.value for result in sarif(ALL).results] == ["note", "error", "warning"]


def test_sarif_counts_columns_as_we_do():
    assert sarif(ALL).columnKind.value == "unicodeCodePoints"


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        pytest.param("pipelines/a b.yaml", "pipelines/a%20b.yaml", id="a space"),
        pytest.param("a:b#c?.yaml", "a%3Ab%23c%3F.yaml", id="signs with a meaning"),
        pytest.param("100%.yaml", "100%25.yaml", id="a percent sign"),
        pytest.param("ü.yaml", "%C3%BC.yaml", id="letters beyond ASCII"),
        pytest.param("\udcff.yaml", "%FF.yaml", id="bytes that are no text"),
    ],
)
def test_a_file_is_a_uri_reference(file, uri):
    (result,) = findings.sarif([Problem(file, 1, 1, "", "")], "1", {})["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


# JUnit


def junit(found: list[Problem], files: list[str]) -> JUnitXml:
    return JUnitXml.fromstring(findings.junit(found, files).encode())


def test_junit_has_a_case_per_file_and_fails_those_with_errors():
    report = junit(ALL, ["pipelines/fine.yaml"])
    cases = {case.name: case for suite in report for case in suite}
    assert set(cases) == {"pipelines/a b.yaml", "pipelines/fine.yaml", "pipelines/shop.yaml"}
    assert {name for name, case in cases.items() if case.is_failure} == {"pipelines/shop.yaml"}
    assert cases["pipelines/shop.yaml"].result[0].message == "no name"
    assert str(ERROR) in cases["pipelines/shop.yaml"].result[0].text
    assert cases["pipelines/shop.yaml"].system_out == str(WARNING)


@law
@given(problems)
def test_whatever_is_found_is_junit_and_its_counts_are_true(found):
    (suite,) = junit(found, ["fine.yaml"])
    counted = (suite.tests, suite.failures, suite.errors)
    suite.update_statistics()
    assert counted == (suite.tests, suite.failures, suite.errors)


def test_junit_is_right_in_any_encoding():
    text = findings.junit([Problem("ü.yaml", 1, 1, "", "☃ and \udcff")], [])
    assert text.isascii()
    ((case,),) = JUnitXml.fromstring(text.encode())
    assert case.name == "ü.yaml"
    assert case.result[0].message.startswith("☃ and ")


# GitHub


COMMAND = re.compile(r"::(error|warning|notice) file=([^,]*),line=(\d+),col=(\d+),title=([^,:]*)::(.*)")


def unescaped(text: str) -> str:
    """Read what GitHub's runner reads: first the signs, then the percent sign itself."""
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, sign)
    return text


def test_an_annotation_has_the_level_the_place_and_the_rule():
    assert findings.github(ALL).splitlines() == [
        "::notice file=pipelines/a b.yaml,line=1,col=1,title=unresolved::by the way",
        "::error file=pipelines/shop.yaml,line=7,col=5,title=shape::no name (add `name`)",
        "::warning file=pipelines/shop.yaml,line=9,col=1,title=artifact-unused::odd",
    ]


@law
@given(problems)
def test_a_finding_is_one_command_whatever_stands_in_it(found):
    lines = findings.github(found).split("\n") if found else []
    commands = [COMMAND.fullmatch(line) for line in lines]
    assert [unescaped(command[2]) for command in commands] == [each.file for each in found]
    assert [int(command[3]) for command in commands] == [max(each.line, 1) for each in found]

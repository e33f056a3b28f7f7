"""A drift report as text, Markdown, JSON, JUnit and SARIF, whatever stands in names and values."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from reconciler.errors import Problem
from reconciler.pipeline.arns import Target
from reconciler.plan.drift import Author, Drifted, DriftReport, Edit, Heal, Kind, Looked, Past, ordered
from reconciler.plan.health import Failure, Health
from reconciler.report import driftdocument, driftfindings, drifts

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TARGET = Target("111111111111", "eu-west-1")
EDIT = Edit("Build/Compile configuration.ProjectName", "shop", "hotfix")
AUTHOR = Author("arn:aws:iam::111111111111:user/ana", "console", "", NOW, "UpdatePipeline", "e1")
HEAL = Heal("writes the declaration of c0ffee as version 3", interrupts=("would end execution 1",))
FAILURE = Failure("Build", "Compile", "JobFailed", "no", "https://x", "look", "{}")
FAILED = Health(TARGET, "web", "x1", "Failed", "", NOW, NOW, (FAILURE,))
SAID = Problem("live:x", 0, 0, "", "said", "", "rule-a")
PIPELINE = {"name": "web"}
DRIFT = Drifted(
    TARGET, "web", Kind.DEFINITION, "error", NOW, "prod", NOW, 2, 1, 2, (EDIT,), "", AUTHOR, HEAL, "web.yaml", PIPELINE,
    PIPELINE, FAILED, (SAID,),
)  # fmt: skip
MISSING = Drifted(TARGET, "api", Kind.MISSING, "warning", NOW, "prod", version_before=3, reason="gone")
PAST = Past(TARGET, "old", Kind.TAGS, "warning", "prod", NOW, NOW, "healed", 2, 1, 1, (EDIT,), AUTHOR)
REPORT = DriftReport(
    NOW, "c0ffee", (Looked(TARGET, ("prod",), 2),), ordered([MISSING, DRIFT]), (MISSING,), 7, 1, (PAST,), NOW,
    (FAILED,), (Problem("a.yaml", 1, 1, "", "broken"),), ("a note",),
)  # fmt: skip
EVIL = "<b>\x1b[31m\u202e|`*"


def test_the_worst_comes_first_and_the_summary_last():
    lines = drifts.text(REPORT).splitlines()
    assert lines[1].startswith("  ! definition")
    assert lines[-1].startswith(
        "Drift: 1 missing, 1 definition, 1 not counted yet, 1 last execution failed, 1 problem;"
    )


@pytest.mark.parametrize(
    "words",
    [
        "definition web version 1 → 2 since 2026-05-01 12:00:00Z  (error, seen 2 times)",
        "Build/Compile configuration.ProjectName: shop → hotfix",
        "by arn:aws:iam::111111111111:user/ana in the console at 2026-05-01 12:00:00Z (UpdatePipeline, event e1)",
        "heal: writes the declaration of c0ffee as version 3",
        "would end execution 1",
        "last execution x1 Failed at 2026-05-01 12:00:00Z",
        "policy: error [rule-a] said",
        "Build/Compile JobFailed: no",
        "statement: {}",
        "tags old in 111111111111/eu-west-1: 2026-05-01 12:00:00Z to 2026-05-01 12:00:00Z, healed; by",
        "a.yaml:1:1: broken",
        "a note",
    ],
)
def test_text_tells(words):
    assert words in drifts.text(REPORT)


def test_the_onset_is_the_earliest_that_anybody_can_tell():
    early, earlier = NOW - timedelta(1), NOW - timedelta(2)
    assert DRIFT.onset == NOW
    assert replace(DRIFT, updated=early, author=None).onset == early
    assert replace(DRIFT, author=replace(AUTHOR, at=earlier)).onset == earlier
    assert replace(DRIFT, updated=NOW + timedelta(1), author=None).onset == NOW


def test_nothing_from_outside_disturbs_a_terminal_or_a_page():
    author = replace(AUTHOR, principal=EVIL)
    edits = (Edit(EVIL, EVIL, EVIL),)
    entry = replace(DRIFT, name=EVIL, reason=EVIL, edits=edits, author=author, before={"name": EVIL})
    report = replace(REPORT, entries=(entry,), notes=(EVIL,))
    for text in (drifts.text(report), drifts.explained(report), drifts.markdown(report)):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_json_keeps_to_its_schema_and_is_sorted():
    document = driftdocument.document(REPORT)
    jsonschema.validate(document, driftdocument.schema())
    jsonschema.Draft202012Validator.check_schema(driftdocument.schema())
    assert (document["schema"], [each["name"] for each in document["drifts"]]) == (1, ["web", "api"])
    assert json.loads(json.dumps(document)) == document


def test_a_document_of_another_shape_does_not_pass():
    document = driftdocument.document(REPORT)
    document["drifts"][0]["kind"] = "weather"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, driftdocument.schema())


def test_junit_fails_where_an_error_drifted():
    suite = ET.fromstring(driftfindings.junit(REPORT)).find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")


def test_sarif_has_a_rule_for_each_kind_and_a_level_for_each_severity():
    run = driftfindings.sarif(REPORT, "1.0")["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["drift-definition", "drift-missing"]
    assert sorted(each["level"] for each in run["results"]) == ["error", "warning"]
    assert set(driftfindings.TITLES) == set(Kind)

"""Bad input in a drift report: whatever stands in names and values, every form shows it, and none obeys it."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from builders import pipeline
from pages import Page
from reconciler.pipeline.arns import Target
from reconciler.plan.drift import Edit, Kind
from reconciler.plan.health import Health
from reconciler.report import driftdocument, driftforms, drifts
from reports import SPANS, report
from scenes import WEB

if TYPE_CHECKING:
    from reconciler.plan.drift import DriftReport
    from scenes import Scene

EVIL = "<script>alert(1)</script>|`*_[x](http://x)\"'&amp;\x1b[31m\x00\x7f\u202e\u2066\r\nevil"
RAW = {"\x1b", "\x00", "\x7f", "\u202e", "\u2066", "\r"}
WORDS = {"severity", "how", "ending", "status"}
"""Fields whose words are ours, or AWS's; all others hold whatever somebody wrote."""
HUGE = "a" * 1_048_576
TOKEN = "glpat-" + "k33pth1s" * 3
FORMS = list(driftforms.FORMS)


def filled(value: Any, text: str, name: str = "") -> Any:
    """Give a value with another text in every field that holds one, at every depth."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        known = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
        return replace(value, **{key: filled(item, text, key) for key, item in known.items()})
    if isinstance(value, dict):
        return {key: filled(item, text) for key, item in value.items()}
    if isinstance(value, list | tuple) and not isinstance(value, Target):
        return type(value)(filled(item, text) for item in value)
    if isinstance(value, str) and not isinstance(value, Enum) and name not in WORDS:
        return f"https://{text}" if name == "url" else text
    return value


def written(of: DriftReport, form: str) -> str:
    return driftforms.write(of, form, SPANS, "1.0")


@pytest.fixture(scope="module")
def evil() -> DriftReport:
    return filled(report(), EVIL)


@pytest.mark.parametrize("form", FORMS)
def test_no_control_or_direction_character_of_any_field_is_in_any_form(evil: DriftReport, form: str) -> None:
    text = written(evil, form)
    assert RAW & set(text) == set()
    assert "evil" in text


def test_explaining_lets_none_through_either(evil: DriftReport) -> None:
    assert RAW & set(drifts.explained(evil)) == set()


def test_what_is_escaped_in_json_is_read_back_as_it_was(evil: DriftReport) -> None:
    document = json.loads(written(evil, "json"))
    jsonschema.validate(document, driftdocument.schema())
    assert document == driftdocument.document(evil)
    assert document["drifts"][0]["name"] == EVIL


def test_markup_of_any_field_is_none_on_the_page(evil: DriftReport) -> None:
    seen = Page(written(evil, "html"))
    assert not {"script", "img", "iframe", "object", "form"} & set(seen.tags)
    assert seen.text.count("<script>alert(1)</script>") > 30
    assert len(seen.ids) == len(set(seen.ids))


def test_markup_of_any_field_is_none_in_markdown(evil: DriftReport) -> None:
    mistune = pytest.importorskip("markdown_it")
    html = mistune.MarkdownIt("commonmark").enable("table").render(written(evil, "markdown"))
    seen = Page(html)
    assert not {"script", "img", "a", "em"} & set(seen.tags)
    assert "<script>alert(1)</script>" in seen.text


def test_markup_of_any_field_is_text_in_junit(evil: DriftReport) -> None:
    suites = ET.fromstring(written(evil, "junit"))
    assert {each.tag for each in suites.iter()} <= {"testsuites", "testsuite", "testcase", "failure", "system-out"}


@pytest.mark.parametrize("form", [each for each in FORMS if each != "json"])
def test_a_configuration_of_a_megabyte_is_cut_with_a_mark(form: str) -> None:
    sample = report()
    entry = next(each for each in sample.entries if each.kind is Kind.DEFINITION)
    huge = replace(entry, edits=(Edit("Build/Compile configuration.X", HUGE, None),), reason=HUGE, after={"x": HUGE})
    text = written(replace(sample, entries=(huge,)), form)
    assert "…" in text or "&#8230;" in text
    assert len(text) < 200_000


def test_a_configuration_of_a_megabyte_is_cut_where_it_is_explained_and_whole_in_json() -> None:
    entry = next(each for each in report().entries if each.after)
    sample = replace(report(), entries=(replace(entry, after={"x": HUGE}),))
    assert len(drifts.explained(sample)) < 100_000
    assert "… (1,048," in drifts.explained(sample)
    assert json.loads(written(sample, "json"))["drifts"][0]["after"]["x"] == HUGE


@pytest.mark.parametrize("form", FORMS)
def test_a_message_of_a_build_that_is_long_is_cut_before_it_is_remembered(scene: Scene, form: str) -> None:
    scene.begin()
    scene.endpoint.say("outcomes", given={"Build/Compile": "fails:JobFailed:" + "b" * 9_000})
    scene.client().start_pipeline_execution(name=WEB)
    scene.endpoint.say("settle")
    text = written(scene.report(executions=True), form)
    assert "b" * 2_001 not in text


def leaking(scene: Scene) -> DriftReport:
    """Give a report of a scene in which everybody wrote a token wherever one can be written."""
    user = TOKEN
    scene.write(f"{WEB}.json", {"pipeline": pipeline(WEB), "tags": {"team": "web", "apiToken": "hunter2hunter2"},
                                "transitions": {"Build": {"inbound": "enabled"}}})  # fmt: skip
    scene.begin(pipeline("shop-prod-api"))
    theirs = scene.client(f"Mozilla/5.0 {TOKEN}", user)
    theirs.tag_resource(resourceArn=scene.arn(), tags=[{"key": "team", "value": TOKEN},
                                                       {"key": "apiToken", "value": "open-sesame"}])  # fmt: skip
    theirs.disable_stage_transition(pipelineName=WEB, stageName="Build", transitionType="Inbound", reason=TOKEN)
    owner = [{"key": "reconciler:owner", "value": TOKEN}]
    theirs.tag_resource(resourceArn=scene.arn("shop-prod-api"), tags=owner)
    scene.endpoint.say("outcomes", given={"Build/Compile": f"fails:JobFailed:PASSWORD={TOKEN}"})
    theirs.enable_stage_transition(pipelineName="shop-prod-api", stageName="Build", transitionType="Inbound")
    theirs.start_pipeline_execution(name="shop-prod-api")
    scene.endpoint.say("settle")

    def change(document: dict[str, Any]) -> None:
        document["stages"][1]["actions"][0]["configuration"] |= {
            "ProjectName": TOKEN,
            "EnvironmentVariables": json.dumps([{"name": "DB_PASSWORD", "value": "open-sesame"}]),
        }

    scene.edit(change, f"aws-cli/2 {TOKEN}", user=user)
    return scene.report(past=True, executions=True)


def test_a_secret_in_any_field_shows_in_no_form(scene: Scene) -> None:
    found = leaking(scene)
    kinds = {each.kind.value for each in found.entries}
    assert kinds == {"definition", "tags", "transitions", "owner"}
    assert [each.failures[0].code for each in found.failures] == ["JobFailed"]
    texts = {**{form: written(found, form) for form in FORMS}, "explained": drifts.explained(found)}
    for secret in (TOKEN, TOKEN[:20], "open-sesame", "hunter2hunter2"):
        assert [form for form, text in texts.items() if secret in text] == []
    assert all("****" in text for form, text in texts.items() if form != "markdown")
    assert "\\*\\*\\*\\*" in texts["markdown"]


def test_a_secret_is_not_even_remembered(scene: Scene) -> None:
    leaking(scene)
    held = [*scene.here.memory.drifts().values(), *scene.here.memory.healths().values()]
    assert any(isinstance(each, Health) for each in held)
    assert [each for each in held if TOKEN in repr(each) or "open-sesame" in repr(each)] == []

"""A team's own rules over all pipelines: one expression over the list, each finding at its pipeline."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from reconciler import documents
from reconciler.definitions import native, reading
from reconciler.policy import judge, own
from reconciler.settings import Settings
from verdicts import SETTINGS, action, pipeline

RULE = """\
rules:
  - id: one-bucket-each
    title: no two pipelines share an artifact bucket
    severity: error
    scope: all
    expression: {expression}
    message: "{{name}} shares {{artifactStore.location}} in {{facts.environment}}"
    hint: "{{value.artifactStore.type}}"
"""
SHARED = "repeated(@, &artifactStore.location)"


GITHUB = {"Owner": "shop", "Repo": "web", "Branch": "main", "OAuthToken": "geheim"}


def made(environment: str, bucket: str) -> str:
    """Give the text of a definition: a source with a token, and a build."""
    source = action("Source/ThirdParty/GitHub", "Code", configuration=GITHUB, outputArtifacts=[{"name": "Code"}])
    build = action("Build/CodeBuild", "Make", configuration={"ProjectName": "make"}, inputArtifacts=[{"name": "Code"}])
    document = pipeline(build, environment=environment, artifactStore={"type": "S3", "location": bucket})
    document["stages"][0]["actions"] = [source]
    return json.dumps({"pipeline": document}, indent=1)


def files(*buckets: str):
    """Give a definition for each bucket: the first pipeline lives in dev, the next in staging, then prod."""
    places = zip(("dev", "staging", "prod"), buckets, strict=False)
    return [(f"{environment}.json", made(environment, bucket)) for environment, bucket in places]


def told(expression: str, texts, settings: Settings = SETTINGS):
    read = own.read({"rules.yaml": RULE.format(expression=json.dumps(expression)).encode()})
    assert read.problems == ()
    policy = judge.Policy(settings, dt.date(2026, 1, 1), read.rules)
    sources, definitions = dict(texts), []
    context = native.Context(settings.environments, settings.naming, str, settings.policy.severities)
    for name, text in sources.items():
        judged = judge.file(reading.judge(text.encode(), name, context)[0], text, policy)
        definitions += [*judged.definitions, *judged.blocked]
    kept = [replace(each, outline=json.loads(json.dumps(each.outline))) for each in definitions]  # as a store gives it
    for said in judge.commit(kept, policy).said:
        file = kept[said.number].file
        yield from documents.locate(sources[file], file, [said.fault])


def mine(*arguments):
    return [(each.file, each.path, each.message) for each in told(*arguments) if each.rule == "one-bucket-each"]


def test_what_two_pipelines_share_is_told_of_both_and_of_no_other():
    assert mine(SHARED, files("aaa", "bbb", "aaa")) == [
        ("dev.json", "pipeline.name", "shop-dev-web shares aaa in dev"),
        ("prod.json", "pipeline.name", "shop-prod-web shares aaa in prod"),
    ]


def test_what_nobody_has_is_not_shared():
    assert mine("repeated(@, &artifactStore.encryptionKey.id)", files("aaa", "bbb")) == []


def test_a_part_of_a_pipeline_is_told_at_its_action():
    found = mine(
        "[?facts.environment == 'staging'].stages[].actions[?name == 'Make'].configuration[]", files("aaa", "bbb")
    )
    assert [each[:2] for each in found] == [("staging.json", "pipeline.stages[1].actions[0]")]


def test_a_name_and_an_object_with_a_name_stand_for_their_pipeline():
    for expression in ("[1].name", "[1].{name: name, bucket: artifactStore.location}"):
        assert [each[0] for each in mine(expression, files("aaa", "bbb"))] == ["staging.json"]


def test_a_result_that_is_about_no_pipeline_is_a_finding_against_the_rule():
    (problem,) = told("length(@)", files("aaa", "bbb"))
    assert (problem.rule, "nobody can tell which pipeline" in problem.message) == ("rule-broken", True)


def test_secrets_are_masked_in_what_is_kept():
    found = mine("[].stages[].actions[?configuration.OAuthToken == '****'][]", files("aaa"))
    assert [each[1] for each in found] == ["pipeline.stages[0].actions[0]"]


def test_a_waiver_lets_it_pass():
    waiver = {"rule": "one-bucket-each", "pipeline": "shop-dev-*", "reason": "moves"}
    settings = Settings.model_validate(SETTINGS.model_dump() | {"policy": {"waivers": [waiver]}})
    assert [each[0] for each in mine(SHARED, files("aaa", "aaa"), settings)] == ["staging.json"]


@pytest.mark.parametrize(("severity", "kept"), [("error", True), ("off", False)])
def test_declarations_are_kept_only_where_such_a_rule_is_asked(severity, kept):
    text = RULE.format(expression=SHARED.replace("@", "@")).replace("severity: error", f"severity: {severity}")
    (row,) = own.read({"r.yaml": text.replace(SHARED, f'"{SHARED}"').encode()}).rules
    assert judge.Policy(SETTINGS, dt.date(2026, 1, 1), (row,)).compares is kept

"""What is written reads back as the same, and people and other YAML readers take it for the same too."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from builders import ACCOUNT, REGION, build, pipeline, sources, stage
from reconciler import documents
from reconciler.definitions import native, writing
from reconciler.errors import Blocked
from reconciler.pipeline import canonical
from reconciler.pipeline.arns import Target
from reconciler.settings import Environment, Naming
from strategies import declarations, json_values, law

HERE = Target(ACCOUNT, REGION)
CONTEXT = native.Context(
    {
        "dev": Environment(account=ACCOUNT, regions=(REGION,)),
        "test": Environment(account=ACCOUNT, regions=(REGION,)),
        "prod": Environment(account="333333333333", regions=(REGION, "us-east-1")),
    },
    Naming(),
    str,
)


def written(document: dict[str, Any], target: Target = HERE, **tags: str) -> dict[str, Any]:
    return writing.native(document, tags, target, CONTEXT)


@law
@given(st.dictionaries(st.text(max_size=8), json_values, max_size=4))
def test_text_reads_back_as_the_same(value):
    text = writing.text(value, ["What this is."])
    assert documents.parse(text, "a.yaml") == (value or {})


@law
@given(declarations)
def test_a_declaration_is_written_without_a_difference_and_the_same_again(document):
    once = written(document)["pipeline"]
    assert canonical.form(once, REGION) == canonical.form(document, REGION)
    assert written(once)["pipeline"] == once
    assert documents.parse(writing.text(once), "a.yaml") == once


@pytest.mark.parametrize("text", ["012", "yes", "1.10", ACCOUNT, "2026-01-01", "null", "~", "on", "0x1F", "1_000", ""])
def test_what_looks_like_more_than_a_string_is_quoted(text):
    line = writing.text({"value": text}).rstrip()
    assert line == f"value: '{text}'"
    assert yaml.safe_load(line) == {"value": text}


def test_long_json_stays_in_one_line_and_several_lines_stay_lines():
    json_text = '[{"name": "A", "value": "' + "x" * 300 + '"}]'
    assert writing.text({"a": json_text, "b": "one\ntwo\n"}) == f"a: '{json_text}'\nb: |\n  one\n  two\n"


def test_a_comment_is_wrapped_and_stays_a_comment():
    text = writing.text({"a": 1}, ["word " * 60])
    assert [line[:2] for line in text.splitlines()] == ["# ", "# ", "# ", "a:"]


def test_members_stand_in_the_order_of_the_api_and_strangers_last():
    document = pipeline()
    shuffled = {"tomorrow": 1} | dict(reversed(document.items()))
    assert list(written(shuffled)["pipeline"]) == ["name", "roleArn", "artifactStore", "stages", "tomorrow"]


def test_what_the_service_added_is_left_out():
    action = build(runOrder=1, region=REGION, outputArtifacts=[])
    given_back = pipeline(stages=[sources(), stage("Build", action)], version=7)
    assert written(given_back)["pipeline"] == pipeline()


def test_a_run_order_of_one_stays_where_another_one_stands():
    stages = [sources(), stage("Build", build("A", runOrder=1), build("B", runOrder=2))]
    assert [each["runOrder"] for each in written(pipeline(stages=stages))["pipeline"]["stages"][1]["actions"]] == [1, 2]


def test_tags_are_written_but_for_the_owner_those_of_aws_and_credentials():
    tags = {"team": "shop", "reconciler:owner": "us", "aws:x": "y", "key": "ghp_" + "a" * 30}
    assert writing.native(pipeline(), tags, HERE, CONTEXT)["tags"] == {"team": "shop"}


@pytest.mark.parametrize(
    ("name", "target", "beside"),
    [
        pytest.param("shop-dev-web", HERE, {}, id="the name says it"),
        pytest.param("shop-test-web", HERE, {}, id="the name says which of two"),
        pytest.param("shop.web", HERE, {"environment": "dev"}, id="the name says nothing"),
        pytest.param("shop-prod-web", HERE, {"environment": "dev"}, id="the name says another one"),
        pytest.param("shop-prod-web", Target("333333333333", REGION), {"region": REGION}, id="several Regions"),
    ],
)
def test_environment_and_region_stand_there_only_where_the_name_does_not_say_them(name, target, beside):
    content = written(pipeline(name), target)
    assert {key: content[key] for key in content if key not in ("pipeline", "tags")} == beside


def test_a_target_that_no_environment_has_is_blocked():
    with pytest.raises(Blocked, match="no environment of the settings has 999999999999/eu-west-1"):
        written(pipeline(), Target("999999999999", REGION))


@pytest.mark.parametrize(
    ("name", "file"),
    [
        pytest.param("shop.prod@web", "shop.prod@web.yaml", id="dots"),
        pytest.param(".hidden", "_.hidden.yaml", id="hidden files are not read"),
        pytest.param("..", "_...yaml", id="the folder above"),
        pytest.param("../etc/passwd", "", id="another folder"),
        pytest.param("a/b", "", id="a folder"),
        pytest.param("a\nb", "", id="a line end"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_file_is_named_after_its_pipeline_and_never_leaves_the_folder(name, file):
    assert writing.file_names({(HERE, name): "dev"}) == {(HERE, name): file}


def test_names_that_differ_in_case_only_get_different_files():
    names = writing.file_names({(HERE, "Web"): "dev", (HERE, "web"): "test"})
    assert set(names.values()) == {"Web.dev.yaml", "web.test.yaml"}

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.definitions import definition
from reconciler.definitions.definition import Definition
from reconciler.pipeline.arns import Target
from strategies import law

PROD = Target("333333333333", "eu-west-1")
BODY = definition.packed({"name": "shop-prod-deploy", "stages": []})

definitions = st.builds(
    Definition,
    name=st.text(min_size=1),
    environment=st.text(),
    target=st.builds(Target, st.text(), st.text()),
    file=st.text(),
    line=st.integers(1, 9999),
    digest=st.text(),
    tags=st.dictionaries(st.text(), st.text(), max_size=3),
    transitions=st.dictionaries(st.text(), st.just({"inbound": "disabled", "reason": "freeze"}), max_size=3),
    adopt=st.none() | st.booleans(),
    interrupt=st.sampled_from([None, "wait", "drain", "always", "never"]),
    restart=st.sampled_from([None, "none", "same", "latest"]),
    wave=st.none() | st.integers(0, 99),
    suspend=st.sampled_from([{}, {"reason": "vendor"}, {"reason": "vendor", "until": "2026-12-31T18:00:00+00:00"}]),
    body=st.binary(),
)


def shop(**members: object) -> Definition:
    standard = {
        "name": "shop-prod-deploy",
        "environment": "prod",
        "target": PROD,
        "file": "a.yaml",
        "line": 1,
        "digest": "d",
    }
    return Definition(**{**standard, **members})


@law
@given(definitions)
def test_a_definition_remembered_from_its_header_equals_the_one_that_was_read(read):
    header = json.loads(json.dumps(definition.header(read)))
    assert definition.remembered(header, read.file) == read


@law
@given(definitions)
def test_a_header_holds_neither_the_body_nor_the_file_that_may_move(read):
    assert definition.header(read).keys() == {
        "name", "environment", "target", "line", "digest", "form", "tags", "transitions",
        "adopt", "interrupt", "restart", "wave", "suspend",
    }  # fmt: skip
    assert definition.remembered(definition.header(read), "moved.yaml").body == b""


def test_a_remembered_definition_stands_in_the_file_where_its_content_is_now():
    assert definition.remembered(definition.header(shop()), "moved.yaml").file == "moved.yaml"


def test_a_remembered_target_is_a_target():
    found = definition.remembered(json.loads(json.dumps(definition.header(shop()))), "a.yaml")
    assert str(found.target) == "333333333333/eu-west-1"


def test_remembered_definitions_share_what_many_of_them_have():
    one, other = (definition.remembered(json.loads(json.dumps(definition.header(shop()))), "a.yaml") for _ in range(2))
    assert one.target is other.target
    assert one.environment is other.environment
    assert one.transitions is other.suspend


def test_account_region_and_name_make_a_pipeline_one_and_the_same():
    assert shop().identity == (PROD, "shop-prod-deploy")


def test_the_document_is_read_from_the_body():
    assert shop(body=BODY).document == {"name": "shop-prod-deploy", "stages": []}


@pytest.mark.parametrize("show", [repr, str, "{}".format, lambda value: json.dumps(definition.header(value))])
def test_the_body_is_never_shown(show):
    assert "hunter2" not in show(shop(body=b"hunter2"))


def test_the_body_is_never_compared():
    assert shop(body=BODY) == shop()

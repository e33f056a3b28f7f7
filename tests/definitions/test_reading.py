from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given

from builders import pipeline, sources
from reconciler import documents
from reconciler.definitions import definition, native, reading
from reconciler.definitions.definition import Definition
from reconciler.errors import Invalid, Problem
from reconciler.pipeline import actions, secrets
from reconciler.pipeline.arns import Target
from reconciler.settings import Environment, Naming
from strategies import declarations, law

DEV = Target("111111111111", "eu-west-1")
PROD = Target("333333333333", "eu-west-1")
CONTEXT = native.Context(
    {
        target_name: Environment(account=each.account, regions=(each.region,))
        for target_name, each in (("dev", DEV), ("prod", PROD))
    },
    Naming(),
    secrets.fingerprinter(b"a key"),
    {rule.id: "off" for rule in actions.RULES},
)
BROKEN = Problem("c.yaml", 3, 1, "pipeline.stages", "1 stage(s); a pipeline has at least 2", "add a stage")


def read(text: str | bytes, file: str = "shop.yaml", limit: int = documents.MAX_BYTES) -> Definition:
    (found,) = reading.read(text.encode() if isinstance(text, str) else text, file, CONTEXT, limit)
    return found


def problems(text: str | bytes, limit: int = documents.MAX_BYTES) -> tuple[Problem, ...]:
    with pytest.raises(Invalid) as refused:
        read(text, limit=limit)
    return refused.value.problems


def file(name: str = "shop-dev-deploy", **members: object) -> str:
    return yaml.safe_dump({"pipeline": pipeline(name, **members)}, sort_keys=False)


def shop(path: str, name: str = "shop-dev-deploy", target: Target = DEV, line: int = 2) -> Definition:
    return Definition(name=name, environment="dev", target=target, file=path, line=line, digest="d")


# One file


@pytest.mark.parametrize(
    "write", [json.dumps, yaml.safe_dump, lambda value: json.dumps(value, indent="\t")], ids=["JSON", "YAML", "tabs"]
)
def test_a_file_may_be_json_or_yaml(write):
    found = read(write({"pipeline": pipeline()}))
    assert (found.name, found.environment, found.target, found.file) == ("shop-dev-deploy", "dev", DEV, "shop.yaml")


def test_faults_become_problems_with_file_line_and_path():
    (found,) = problems(file(stages=[sources()]))
    assert (found.file, found.line, found.path) == ("shop.yaml", 4, "pipeline.stages")


def test_all_faults_of_a_file_become_problems():
    text = file(stages=[sources()]) + "zzz: 1\nsync:\n  adopt: 1\n"
    assert [found.path for found in problems(text)] == ["zzz", "sync.adopt", "pipeline.stages"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"\xff\xfe\x00", "this is a binary file", id="bytes"),
        pytest.param("pipeline: {name: [}", "did not find expected node content", id="syntax"),
        pytest.param("pipeline: 1\npipeline: 2", "the key 'pipeline' stands here twice", id="keys"),
        pytest.param("", "this is not a pipeline definition", id="empty"),
        pytest.param("Resources: !Ref x", "the YAML tag !Ref is not read here", id="tag"),
    ],
)
def test_a_file_that_cannot_be_understood_is_a_problem_of_that_file(data, message):
    (found,) = problems(data)
    assert (found.file, found.message) == ("shop.yaml", message)


def test_a_file_over_the_limit_is_refused():
    assert "the limit is 10" in problems(file(), limit=10)[0].message


def test_half_a_surrogate_pair_is_a_problem_and_no_crash():
    assert problems('{"pipeline": {"name": "\\ud800"}}')


@law
@given(declarations)
def test_a_definition_remembered_from_its_header_equals_the_one_that_was_read(document):
    found = read(json.dumps({"pipeline": document, "tags": {"team": "shop"}, "sync": {"adopt": True}}))
    assert definition.remembered(json.loads(json.dumps(definition.header(found))), "shop.yaml") == found


@law
@given(declarations)
def test_yaml_and_json_of_one_declaration_have_one_digest(document):
    assert read(yaml.safe_dump({"pipeline": document})).digest == read(json.dumps({"pipeline": document})).digest


# All files


def test_definitions_are_found_by_account_region_and_name():
    one, other = shop("a.yaml"), shop("b.yaml", "shop-dev-test")
    found = reading.collect([one, other], [])
    assert found.definitions == {(DEV, "shop-dev-deploy"): one, (DEV, "shop-dev-test"): other}
    assert found.complete


def test_one_broken_file_keeps_the_others():
    found = reading.collect([shop("a.yaml")], [BROKEN])
    assert found.definitions.keys() == {(DEV, "shop-dev-deploy")}
    assert found.problems == (BROKEN,)
    assert not found.complete


def test_a_pipeline_that_two_files_define_is_a_problem_in_both_and_defined_by_neither():
    found = reading.collect([shop("a.yaml"), shop("b.yaml", line=7), shop("c.yaml", "shop-dev-test")], [])
    assert found.definitions.keys() == {(DEV, "shop-dev-test")}
    assert [(each.file, each.line, each.message.rpartition(" is ")[2]) for each in found.problems] == [
        ("a.yaml", 2, "defined in b.yaml:7 too"),
        ("b.yaml", 7, "defined in a.yaml:2 too"),
    ]


def test_a_pipeline_that_three_files_define_names_the_two_others_in_each():
    found = reading.collect([shop("a.yaml"), shop("b.yaml"), shop("c.yaml")], [])
    assert [each.message.rpartition("defined in ")[2] for each in found.problems] == [
        "b.yaml:2, c.yaml:2 too",
        "a.yaml:2, c.yaml:2 too",
        "a.yaml:2, b.yaml:2 too",
    ]


def test_one_name_in_two_targets_is_two_pipelines():
    found = reading.collect([shop("a.yaml"), shop("b.yaml", target=PROD)], [])
    assert len(found.definitions) == 2
    assert found.complete


def test_problems_are_told_in_the_order_of_files_and_lines():
    later, sooner = Problem("b.yaml", 9, 0, "", "x"), Problem("b.yaml", 2, 0, "", "x")
    found = reading.collect([shop("z.yaml"), shop("a.yaml")], [later, BROKEN, sooner])
    assert [(each.file, each.line) for each in found.problems] == [
        ("a.yaml", 2), ("b.yaml", 2), ("b.yaml", 9), ("c.yaml", 3), ("z.yaml", 2),
    ]  # fmt: skip


def test_nothing_is_complete():
    assert reading.collect([], []) == reading.Reading({}, ())
    assert reading.collect([], []).complete

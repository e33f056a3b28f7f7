"""Texts that are odd or broken, as `validate` reads them: each is told with file, line and a way out, or is fine."""

from __future__ import annotations

import textwrap

import pytest

from builders import ROLE
from reconciler.definitions import reading

STAGES = """\
      Stages:
        - Name: Source
          Actions:
            - Name: Checkout
              ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeCommit, Version: "1"}
              Configuration: {RepositoryName: web, BranchName: main, PollForSourceChanges: no}
              OutputArtifacts: [{Name: source}]
        - Name: Build
          Actions:
            - Name: Compile
              ActionTypeId: {Category: Build, Owner: AWS, Provider: CodeBuild, Version: "1"}
              Configuration: {ProjectName: web}
              InputArtifacts: [{Name: source}]
"""


def resource(logical: str = "Shop", name: str = "shop", role: str = ROLE, stages: str = STAGES) -> str:
    head = f"  {logical}:\n    Type: AWS::CodePipeline::Pipeline\n    Properties:\n      Name: {name}\n"
    return f"{head}      RoleArn: {role}\n      ArtifactStore: {{Type: S3, Location: artifacts}}\n{stages}"


def template(*resources: str, before: str = "") -> str:
    return textwrap.dedent(before) + "Resources:\n" + "".join(resources or [resource()])


NATIVE = f"""\
pipeline:
  name: shop-dev-web
  roleArn: {ROLE}
  artifactStore: {{type: S3, location: artifacts}}
  stages:
    - name: Source
      actions:
        - name: Checkout
          actionTypeId: {{category: Source, owner: AWS, provider: CodeCommit, version: "1"}}
          configuration: {{RepositoryName: web, BranchName: main}}
          outputArtifacts: [{{name: source}}]
    - name: Build
      actions:
        - name: Compile
          actionTypeId: {{category: Build, owner: AWS, provider: CodeBuild, version: "1"}}
          configuration: {{ProjectName: web}}
          inputArtifacts: [{{name: source}}]
"""


def told(text: str | bytes) -> list[str]:
    """Judge a file and give `line: severity: message (hint)` for everything that is said."""
    problems = reading.judge(text.encode() if isinstance(text, str) else text, "team/web.yaml", None)[1]
    assert {each.file for each in problems} <= {"team/web.yaml"}
    return [f"{each.line}: {each.severity}: {each.message} ({each.hint})" for each in problems]


# Intrinsic functions of templates

TWO_CONDITIONS = """\
    Conditions:
      One: !Not [!Condition Other]
      Other: !Not [!Condition One]
    """
BUCKETS = """\
  A:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "${B}-a"}
  B:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "${A}-b"}
"""


def test_conditions_that_lead_to_each_other_are_told_where_the_circle_closes():
    name = '!If [One, shop, "web"]'
    found, *notes = told(template(resource(name=name), before=TWO_CONDITIONS))
    assert found == "2: error: the condition One depends on itself (break the cycle)"
    assert [note for note in notes if ": info: " not in note] == []


def test_names_that_lead_to_each_other_are_told_where_the_circle_closes():
    found, *notes = told(template(resource(name="!Ref A"), BUCKETS))
    assert found == "21: error: the name of A depends on itself (break the cycle)"
    assert [note for note in notes if ": info: " not in note] == []


def nested(levels: int, value: str) -> str:
    return "!If [Always, " * levels + value + ", x]" * levels


ALWAYS = 'Conditions: {Always: !Equals ["a", "a"]}\n'


def test_twenty_ifs_inside_each_other_are_judged_like_what_they_come_to():
    assert told(template(resource(role=nested(20, ROLE)), before=ALWAYS)) == []
    (found,) = told(template(resource(role=nested(20, "nobody")), before=ALWAYS))
    assert found.startswith("7: error: 'nobody' does not match arn:aws")


def test_seventy_ifs_inside_each_other_are_one_problem():
    (found,) = told(template(resource(role=nested(70, ROLE)), before=ALWAYS))
    assert found == "7: error: values are nested too deeply (stay below 60 levels)"


def test_a_parameter_without_a_value_is_named_where_it_is_used_and_no_error():
    (found,) = told(template(resource(role="!Ref Role"), before="Parameters: {Role: {Type: String}}\n"))
    assert found.startswith("7: info: the parameter Role has no value (give a value for Role, or a Default")


def test_a_parameter_that_is_not_declared_is_an_error_with_the_one_that_was_meant():
    (found,) = told(template(resource(role="!Ref Roel"), before="Parameters: {Role: {Type: String}}\n"))
    assert found == "7: error: the template has no parameter or resource Roel (did you mean Role?)"


# Words that YAML 1.1 reads otherwise


@pytest.mark.parametrize("word", ["on", "no", "Yes", "off"])
def test_a_word_of_yaml_1_1_is_no_boolean_in_a_definition(word):
    (found,) = told(NATIVE.replace("BranchName: main", f"BranchName: main, PollForSourceChanges: {word}"))
    assert found.startswith(f'10: error: PollForSourceChanges: \'{word}\' is neither "true" nor "false"')


@pytest.mark.parametrize("word", ["on", "no", "Yes", "off"])
def test_a_word_of_yaml_1_1_is_a_boolean_in_a_template_as_in_cloudformation(word):
    assert told(template().replace("PollForSourceChanges: no", f"PollForSourceChanges: {word}")) == []


@pytest.mark.parametrize("word", ["on", "no", "y", "012", "0x1F", "1_000", "12:30:00", "2026-01-01", "1e3", "~x"])
def test_a_branch_may_have_any_word_for_a_name(word):
    assert told(NATIVE.replace("BranchName: main", f"BranchName: {word}")) == []


def test_a_version_that_looks_like_an_octal_number_is_told_as_it_was_written():
    (found,) = told(NATIVE.replace('CodeBuild, version: "1"', "CodeBuild, version: 01"))
    assert found == "15: error: there is no Build/AWS/CodeBuild/01 (did you mean Build/AWS/CodeBuild/1?)"


@pytest.mark.parametrize("account", ["012345670123", "001234567012", "123456789012", "000000000000"])
def test_an_account_that_looks_like_an_octal_number_keeps_its_digits(account):
    before = f"Parameters: {{Account: {{Type: String, Default: {account}}}}}\n"
    role = '!Sub "arn:aws:iam::${Account}:role/pipeline"'
    assert told(template(resource(role=role), before=before)) == []
    assert told(NATIVE.replace("111111111111", account)) == []


# Bytes and lines


@pytest.mark.parametrize("text", [NATIVE, template()], ids=["definition", "template"])
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda text: b"\xef\xbb\xbf" + text.encode(), id="byte order mark"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="line ends of Windows"),
        pytest.param(lambda text: b"\xef\xbb\xbf---\r\n" + text.replace("\n", "\r\n").encode() + b"...\r\n", id="all"),
    ],
)
def test_marks_and_line_ends_change_neither_what_is_read_nor_the_line(text, write):
    assert told(write(text)) == []
    broken = write(text.replace("CodeBuild", "CodeBuilt")).decode("utf-8-sig")
    (found,) = told(write(text.replace("CodeBuild", "CodeBuilt")))
    line = next(number for number, row in enumerate(broken.splitlines(), 1) if "CodeBuilt" in row)
    assert found.startswith(f"{line}: error: there is no Build/AWS/CodeBuilt/1")


def test_a_byte_order_mark_in_json_changes_nothing():
    (found,) = told(b'\xef\xbb\xbf{"pipeline": 1}')
    assert found.startswith("1: error: the declaration is an integer; AWS wants a mapping")


@pytest.mark.parametrize("text", [NATIVE, template()], ids=["definition", "template"])
def test_a_tab_before_a_key_is_told_at_its_line(text):
    lines = text.splitlines(keepends=True)
    (found,) = told("".join([*lines[:5], "\t" + lines[5].lstrip(), *lines[6:]]))
    assert found.startswith("6: error: ")
    assert found.endswith("(indent with spaces, YAML forbids tabs)")


# Two pipelines in one file

BROKEN = STAGES.replace("InputArtifacts: [{Name: source}]", "InputArtifacts: [{Name: sauce}]")


@pytest.mark.parametrize("order", [1, -1], ids=["the second", "the first"])
def test_of_two_pipelines_in_a_template_only_the_broken_one_is_told(order):
    text = template(*[resource(), resource("Other", "other", stages=BROKEN)][::order])
    line = next(number for number, row in enumerate(text.splitlines(), 1) if "sauce" in row)
    assert told(text) == [f"{line}: error: no action gives the artifact sauce (outputs here: source)"]


def test_both_of_two_broken_pipelines_are_told():
    found = told(template(resource(stages=BROKEN), resource("Other", "other", stages=BROKEN)))
    assert [each.partition(": ")[2] for each in found] == [found[0].partition(": ")[2]] * 2


@pytest.mark.parametrize(
    "second", [NATIVE, "pipeline: [", "nothing", template()], ids=["definition", "broken", "text", "template"]
)
def test_a_second_document_is_told_where_it_begins(second):
    (found,) = told(f"{NATIVE}---\n{second}")
    assert found == "18: error: more than one document in the file (one file, one document: split it at `---`)"


def test_a_second_template_is_told_where_it_begins():
    text = template()
    (found,) = told(f"{text}---\n{text}")
    line = text.count("\n") + 1
    assert found == f"{line}: error: more than one document in the file (one file, one document: split it at `---`)"


# What the model allows and nobody expects


def test_a_condition_without_rules_is_read_like_any_other():
    named = "    - name: Build\n"
    assert told(NATIVE.replace(named, f"{named}      beforeEntry: {{conditions: [{{}}]}}\n")) == []

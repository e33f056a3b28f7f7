"""Twenty thousand broken inputs: whatever stands in a file, it is told as a problem, soon, and nothing raises.

Valid files are spoiled at random from fixed seeds, as bytes, as lines and as values; hypothesis adds declarations with
a foreign value in them. One input is read with environments, the next without, in YAML or in JSON.
"""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from random import Random
from time import process_time
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.definitions import cloudformation, native, reading
from reconciler.settings import Environment, Naming
from strategies import declarations, json_values

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.untraced

SAMPLES = Path(__file__).parents[2] / "config" / "pipelines"
RULES = Path(__file__).parents[1] / "rules"
EACH, CHUNKS, DRAWN = 244, 10, 250
"""Inputs of one chunk, chunks of one kind of spoiling, and examples of one property: 20,000 in all."""

SLOW = 2.0
"""Seconds of processor time that no input may take."""

ENVIRONMENTS = {
    name: Environment(account=digit * 12, regions=("eu-west-1", "us-east-1")[: 1 + (name == "prod")])
    for name, digit in (("dev", "1"), ("staging", "2"), ("prod", "3"))
}
CONTEXT = native.Context(ENVIRONMENTS, Naming(), lambda text: text[::-1])

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Branch: {Type: String, Default: main}
  Subnets: {Type: CommaDelimitedList, Default: "a, b"}
  Secret: {Type: "AWS::SSM::Parameter::Value<String>"}
Mappings:
  Stores: {eu: {bucket: shop-eu}, us: {bucket: shop-us}}
Conditions:
  IsMain: !Equals [!Ref Branch, main]
  Both: !And [!Condition IsMain, !Not [!Equals [!Ref Secret, ""]]]
Resources:
  Bucket: {Type: "AWS::S3::Bucket", Properties: {BucketName: !Sub "shop-${Branch}"}}
  Shop:
    Type: AWS::CodePipeline::Pipeline
    Condition: IsMain
    Properties:
      Name: !Join ["-", [shop, !Ref Branch]]
      RoleArn: !Sub ["arn:aws:iam::${Account}:role/pipeline", {Account: "111111111111"}]
      ArtifactStores:
        - {Region: eu-west-1, ArtifactStore: {Type: S3, Location: !FindInMap [Stores, eu, bucket]}}
        - {Region: us-east-1, ArtifactStore: {Type: S3, Location: !Ref Bucket}}
      DisableInboundStageTransitions: [{StageName: Build, Reason: freeze}]
      Tags: [{Key: team, Value: !Select [0, !Ref Subnets]}]
      Stages:
        - Name: Source
          Actions:
            - Name: Checkout
              ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeCommit, Version: 1}
              Configuration: {RepositoryName: web, BranchName: !Ref Branch, PollForSourceChanges: no}
              OutputArtifacts: [{Name: source}]
              Namespace: Source
        - !If
          - Both
          - Name: Build
            Actions:
              - Name: Compile
                ActionTypeId: {Category: Build, Owner: AWS, Provider: CodeBuild, Version: "1"}
                Configuration:
                  ProjectName: !ImportValue project
                  EnvironmentVariables: !Sub '[{"name": "COMMIT", "value": "#{Source.CommitId}"}]'
                InputArtifacts: [{Name: source}]
          - !Ref AWS::NoValue
        - Name: Test
          Actions: [{Name: Try, ActionTypeId: {Category: Test, Owner: AWS, Provider: CodeBuild, Version: "1"},
                     RunOrder: "2", Configuration: {ProjectName: try}, InputArtifacts: [{Name: source}]}]
"""
SIGNS = (*"{}[]:,-#&*!|>'\"%@`\t\n\\ ", "<<: ", "*a", "&a ", "- ", "? ", "---\n", "\ufeff", "é", "\x00", "\x85",
         "!Ref ", "!Sub ", "!If ", "null", "~", "012", "1e9", "${", "#{", "#{a.b}", "::", "Fn::If", "{{resolve:ssm:x}}",
         )  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**17, "", " ", "x" * 1_001, "#{", "#{a}", "#{a.b.c}", "${A}", "a::b", [], {}, [[]],
    {"": ""}, [None], {"Ref": "Branch"}, {"Ref": "AWS::NoValue"}, {"Fn::Sub": "${A}"}, {"Fn::If": ["IsMain", 1]},
    {"Fn::GetAtt": []}, {"Condition": "Both"}, {"Fn::Transform": {}}, {"result": "SKIP", "rules": [{}]},
    "{{resolve:secretsmanager:a}}",
)  # fmt: skip


@cache
def texts() -> tuple[str, ...]:
    """Give what is spoiled: the template many times, samples of every size, and a file for every rule."""
    rules = (file.read_text(encoding="utf-8") for file in sorted(RULES.glob("*/*.yaml")))
    return (*[TEMPLATE] * 30, *samples()[::3], *rules)


@cache
def samples() -> tuple[str, ...]:
    return tuple(file.read_text(encoding="utf-8") for file in sorted(SAMPLES.rglob("*.yaml")))


@cache
def values() -> tuple[Any, ...]:
    return tuple(cloudformation.parse(text, "sample.yaml") for text in texts())


def written(value: Any, random: Random) -> bytes:
    write = random.choice([json.dumps, lambda each: yaml.dump(each, Dumper=yaml.CSafeDumper, sort_keys=False)])
    return str(write(value)).encode()


# Ways to spoil a file


def flipped(random: Random) -> bytes:
    data = bytearray(random.choice(texts()).encode())
    for _ in range(random.randint(1, 6)):
        byte = random.choice([random.randrange(256), random.choice(b"{}[]:,-#&*!|>'\"\t\n")])
        data[random.randrange(len(data))] = byte
    return bytes(data[: random.choice([len(data), random.randrange(len(data))])])


def inserted(random: Random) -> bytes:
    text = random.choice(texts())
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(text))
        text = text[:at] + random.choice(SIGNS) * random.choice([1, 1, 1, 40]) + text[at + random.randrange(4) :]
    return text.encode()


def rearranged(random: Random) -> bytes:
    lines = random.choice(texts()).splitlines(keepends=True)
    for _ in range(random.randint(1, 4)):
        one, other = random.randrange(len(lines)), random.randrange(len(lines))
        match random.randrange(4):
            case 0:
                del lines[one : one + random.randint(1, 3)]
            case 1:
                lines[one:one] = lines[other : other + random.randint(1, 20)]
            case 2:
                lines[one], lines[other] = lines[other], lines[one]
            case _:
                lines[one] = " " * random.randrange(9) + lines[one].lstrip(" ")
        lines = lines or [""]
    return "".join(lines).encode()


def places(value: Any) -> list[tuple[Any, Any]]:
    """Give every place below a value as its container and its key."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


def retyped(random: Random) -> bytes:
    value = copy.deepcopy(random.choice(values()))
    for _ in range(random.randint(1, 3)):
        inside, key = random.choice(places(value))
        wrapped = random.choice(
            [lambda each: [each], lambda each: {"a": each}, str, lambda _: copy.deepcopy(random.choice(VALUES))]
        )
        inside[key] = wrapped(inside[key])
    return written(value, random)


def reworded(random: Random) -> bytes:
    """Put other words in a file: its shape mostly stays as it was, so that every rule has its say."""
    value = copy.deepcopy(random.choice(values()))
    leaves = [(inside, key) for inside, key in places(value) if isinstance(inside[key], str)]
    words = [*(inside[key] for inside, key in leaves), *(each for each in VALUES if isinstance(each, str))]
    for inside, key in random.choices(leaves, k=random.randint(1, 4)):
        inside[key] = random.choice(words)
    return written(value, random)


def swapped(random: Random) -> bytes:
    value = copy.deepcopy(random.choice(values()))
    for _ in range(random.randint(1, 3)):
        (one, key), (other, second) = random.choices(places(value), k=2)
        one[key], other[second] = copy.deepcopy(other[second]), copy.deepcopy(one[key])
    return written(value, random)


def renamed(random: Random) -> bytes:
    value = copy.deepcopy(random.choice(values()))
    names = sorted({str(key) for _, key in places(value)})
    for _ in range(random.randint(1, 3)):
        inside, key = random.choice(places(value) or [({"": 0}, "")])
        found = inside.pop(key)
        if isinstance(inside, dict) and random.random() < 0.8:
            inside[random.choice([random.choice(names), f"{key}s", key.swapcase(), "", "Fn::If", "Ref"])] = found
    return written(value, random)


WRAPS: tuple[tuple[Callable[[Any], Any], tuple[int, ...]], ...] = (
    (lambda each: [each], (3, 30, 60, 97, 150)),
    (lambda each: {"a": each}, (3, 30, 60, 97, 150)),
    (lambda each: {"Fn::If": ["IsMain", each, "x"]}, (3, 20, 50, 70)),
    (lambda each: {"Fn::Sub": ["${a}", {"a": each}]}, (3, 20, 40)),
    (lambda each: {"Fn::Sub": ["${a}${a}", {"a": each}]}, (3, 14, 20)),
    (lambda each: {"Fn::Join": ["", [each, each]]}, (3, 5, 40)),
    (lambda each: [each, each], (3, 5, 40)),
)
"""How a value is buried, and how many times."""


def deepened(random: Random) -> bytes:
    value = copy.deepcopy(random.choice(values()))
    inside, key = random.choice(places(value))
    wrap, levels = random.choice(WRAPS)
    for _ in range(random.choice(levels)):
        inside[key] = wrap(inside[key])
    return yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False).encode()  # with an alias for what stands twice


KINDS: tuple[Callable[[Random], bytes], ...] = (
    flipped, inserted, rearranged, retyped, reworded, swapped, renamed, deepened,
)  # fmt: skip


def survived(data: bytes, number: int) -> None:
    """Read an input; fails with the input if that raises, takes too long, or leaves a problem without its place."""
    context = (CONTEXT, None)[number % 2]
    start = process_time()
    try:
        definitions, problems = reading.judge(data, "fuzz.yaml", context)
    except Exception as error:
        error.add_note(f"the input: {data!r}")
        raise
    assert process_time() - start < SLOW, data
    assert not definitions or (context and all(each.severity != "error" for each in problems)), data
    assert all(each.file == "fuzz.yaml" and each.message and each.line >= 0 for each in problems), data


@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_spoiled_file_is_told_as_problems(kind, chunk):
    random = Random(f"{kind.__name__} {chunk}")
    for number in range(EACH):
        survived(kind(random), number)


drawn = settings(
    max_examples=DRAWN, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: {"pipeline": value}], ids=["bare", "wrapped"])
def test_a_declaration_with_a_foreign_value_in_it_is_told_as_problems(wrap):
    @drawn
    @given(declarations, json_values, st.integers(0, 10_000))
    def law(document, value, number):
        inside, key = places(document)[number % len(places(document))]
        inside[key] = value
        survived(json.dumps(wrap(document)).encode(), number)

    law()


def test_the_files_that_are_spoiled_are_fine_before():
    assert len(samples()) > 20
    for text in (TEMPLATE, *samples()):
        problems = reading.judge(text.encode(), "fuzz.yaml", CONTEXT)[1]
        assert [each for each in problems if each.severity == "error"] == []


def test_there_are_twenty_thousand_inputs():
    assert EACH * CHUNKS * len(KINDS) + 2 * DRAWN >= 20_000

"""The published schema takes what the reader takes, and refuses what it refuses."""

from __future__ import annotations

import jsonschema
import pytest

from pytest_pipeline import cases
from pytest_pipeline.schema import schema
from reconciler import documents
from reconciler.simulation import scenarios

VALIDATOR = jsonschema.Draft202012Validator(schema())


def accepted(text):
    value = documents.parse(text, "a.pipeline-test.yaml")
    return VALIDATOR.is_valid(value), not cases.read(value)[1]


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_example_of_the_reader_is_valid():
    example = cases.__doc__.partition("\n\n")[2]
    text = "\n".join(line.partition("      or")[0].partition("  short for")[0] for line in example.splitlines())
    assert accepted(text) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        "{push: main, expect: Succeeded}",
        "{tag: v1, expect: [{failed: {at: Build, because: no, after: 2h}}, {never_ran: [A, B]}]}",
        "{start: shop, variables: {A: 1}, revisions: {Checkout: abc}, until: Prod/Approve, expect: {parked: }}",
        "{steps: [{at: 5m, push: main, as: a}, {retry: Build, run: a}, {stop: a, abandon: true}], expect: {a: Failed}}",
        "{steps: [{update: f.yaml, refused: X}], given: {A: [fails, succeeds], B: ignored}}",
    ],
)
def test_a_good_case_is_accepted_by_both(text):
    assert accepted(f"cases: {{x: {text}}}") == (True, True)


@pytest.mark.parametrize(
    "text",
    ["{}", "{push: a, tag: b}", "{push: a, x: 1}", "{push: [a]}", "{push: a, expect: Sucess}", "{push: a, expect: [1]}",
     "{push: a, expect: {failed: {x: y}}}", "{steps: []}", "{steps: [{push: a, tag: b}]}", "{push: a, given: {B: []}}",
     "{push: a, expect: []}", "{push: a, expect: {}}", "{push: a, expect: [{}]}", "{push: a, expect: {run: {}}}",
     "{push: a, expect: {run: []}}", "{push: a, expect: {faild: {}}}"],
)  # fmt: skip
def test_a_bad_case_is_refused_by_both(text):
    assert accepted(f"cases: {{x: {text}}}") == (False, False)


def test_a_name_that_pytest_would_split_is_refused_by_both():
    assert accepted("cases: {'a::b': {push: a}}") == (False, False)


def test_every_verb_and_every_matcher_is_in_it():
    verbs = {name for one in schema()["$defs"]["step"]["oneOf"] for name in one["required"]}
    assert verbs == {*scenarios.VERBS}
    assert {*schema()["$defs"]["matchers"]["properties"]} == {*cases.MATCHERS}

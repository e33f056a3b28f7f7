from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import REGION, action, build, connection, pipeline, sources, stage, trigger
from endpoint import declarations as service
from reconciler.pipeline import canonical, secrets
from strategies import declarations, law

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builders import Document
    from reconciler.documents import Path

OTHER = "us-east-1"
STORE = {"type": "S3", "location": "shop-artifacts"}
OTHER_STORE = {"type": "S3", "location": "shop-artifacts-us"}
A, B = connection("A"), connection("B") | {"outputArtifacts": [{"name": "b"}]}
WATCHED, UNWATCHED = connection("A", DetectChanges="true"), connection("A", DetectChanges="false")
ON_A, ON_B, ON_NEXT = trigger("A"), trigger("B"), trigger("A", "next")
MASK, OLD, NEW = secrets.MASK, f"{secrets.MASK}#000000000000", f"{secrets.MASK}#111111111111"


def bare(**members: Any) -> Document:
    return pipeline(stages=[sources(), stage("Call", action("Call", "Invoke", "Lambda", **members))])


def with_build(*others: Document, **members: Any) -> Document:
    return pipeline(stages=[sources(), stage("Build", build(**members), *others)])


def configured(**configuration: Any) -> Document:
    return with_build(configuration=configuration)


def with_variable(**members: str) -> Document:
    return with_build(environmentVariables=[{"name": "LEVEL", "value": "debug", **members}])


def with_rule(members: Document | None = None, **configuration: Any) -> Document:
    kind = {"category": "Rule", "owner": "AWS", "provider": "CloudWatchAlarm", "version": "1"}
    rule = {"name": "Calm", "ruleTypeId": kind, "configuration": configuration, **(members or {})}
    gate = {"conditions": [{"result": "ROLLBACK", "rules": [rule]}]}
    return pipeline(stages=[sources(), stage("Build", build(), onSuccess=gate)])


def with_sources(*found: Document, **members: Any) -> Document:
    return pipeline(stages=[sources(*found), stage("Build", build())], **members)


def written(document: Document, region: str = REGION) -> str:
    return canonical.text(canonical.form(document, region))


def equal(definition: Document, live: Document) -> bool:
    wanted, found = canonical.pair(canonical.form(definition, REGION), canonical.form(live, REGION))
    return canonical.text(wanted) == canonical.text(found)


def value_of(document: Document) -> Any:
    (value,) = canonical.form(document, REGION)["stages"]["Build"]["actions"]["Compile"]["configuration"].values()
    return value


class Row(NamedTuple):
    """Two declarations that mean the same, and one that does not."""

    rule: str
    one: Document
    same: Document
    other: Document


LINT, TEST, TESTS = build("Lint"), build("Test"), build("Tests")
REORDERED = pipeline(stages=[sources(), stage("Build", TEST, build(), LINT)])
ROWS = [
    Row("service members", pipeline(), pipeline(version=7, metadata={"pipelineArn": "arn"}), pipeline(versions=7)),
    Row("run order", with_build(), with_build(runOrder=1), with_build(runOrder=2)),
    Row("execution mode", pipeline(), pipeline(executionMode="SUPERSEDED"), pipeline(executionMode="QUEUED")),
    Row("configuration strings", configured(a=True, b=8), configured(a="true", b="8"), configured(a="True", b="8")),
    Row("configuration strings", configured(a=False), configured(a="false"), configured(a="0")),
    Row("configuration JSON", configured(a='{"x": 1, "y": []}'), configured(a='\n{"y":[],"x":1}'), configured(a="{}")),
    Row("configuration JSON", with_rule(a="[1, 2]"), with_rule(a="[1,2]"), with_rule(a="[2,1]")),
    Row("own Region", with_build(), with_build(region=REGION), with_build(region=OTHER)),
    Row("own Region", with_rule(), with_rule({"region": REGION}), with_rule({"region": OTHER})),
    Row(
        "artifact stores", pipeline(), pipeline(artifactStores={REGION: STORE}), pipeline(artifactStores={OTHER: STORE})
    ),
    Row("plain variables", with_variable(), with_variable(type="PLAINTEXT"), with_variable(type="SECRETS_MANAGER")),
    Row(
        "triggers by source",
        with_sources(A, B, triggers=[ON_A, ON_B]),
        with_sources(A, B, triggers=[ON_B, ON_A]),
        with_sources(A, B, triggers=[ON_A]),
    ),
    Row(
        "empty is absent",
        bare(),
        bare(inputArtifacts=[], outputArtifacts=[], configuration={}),
        bare(configuration={"a": ""}),
    ),
    Row("empty is absent", pipeline(), pipeline(variables=[]), pipeline(variables=[{"name": "A"}])),
    Row("empty is absent", with_sources(A), with_sources(A, variables=None), with_sources(A, triggers=[])),
    Row("names", with_build(LINT, TEST), REORDERED, with_build(LINT, TESTS)),
]
CASES = [pytest.param(row, id=f"{row.rule} {number}") for number, row in enumerate(ROWS)]


class PairRow(NamedTuple):
    """A definition, a live declaration that needs no write, and one that does."""

    rule: str
    definition: Document
    fine: Document
    drifted: Document


def triggers(source: Document, definition: Any, fine: Any, drifted: Any) -> PairRow:
    """Give a row of one source with three values of `triggers`; None stands for undeclared."""
    sides = ({} if value is None else {"triggers": value} for value in (definition, fine, drifted))
    return PairRow("triggers", *(with_sources(source, **side) for side in sides))


PAIR_ROWS = {
    "undeclared": PairRow("pipeline type", pipeline(), pipeline(pipelineType="V2"), bare(pipelineType="V2")),
    "not shown": PairRow("pipeline type", pipeline(pipelineType="V1"), pipeline(), pipeline(pipelineType="V2")),
    "undeclared and the default one": triggers(A, None, [ON_A], [ON_NEXT]),
    "undeclared, watched, and the default one": triggers(WATCHED, None, [ON_A], [ON_B]),
    "undeclared and none": triggers(A, None, [], [ON_A, ON_A]),
    "undeclared and unwatched": triggers(UNWATCHED, None, None, [ON_A]),
    "none and the default one": triggers(A, [], None, [ON_A]),
    "listed as the default one": triggers(A, [ON_A], [ON_A], None),
    "listed": triggers(A, [ON_NEXT], [ON_NEXT], [ON_A]),
    "undeclared for two sources": PairRow(
        "triggers",
        with_sources(A, B),
        with_sources(A, B, triggers=[ON_B, ON_A]),
        with_sources(A, B, triggers=[ON_B, ON_NEXT]),
    ),
    "a mask of AWS": PairRow("masks", configured(Key=NEW), configured(Key=MASK), configured(Key=OLD)),
    "a mask in git": PairRow("masks", configured(Key=MASK), configured(Key=OLD), configured(Key="plain")),
    "a fingerprint": PairRow("masks", configured(Key=NEW), configured(Key=NEW), configured(Other=MASK)),
    "a secret that only AWS knows of": PairRow("masks", configured(a="b"), configured(a=MASK), configured(a="c")),
    "in a list": PairRow("masks", with_variable(value=NEW), with_variable(value=MASK), with_variable(value=OLD)),
}
PAIR_CASES = [pytest.param(row, id=f"{row.rule}: {name}") for name, row in PAIR_ROWS.items()]


# A row for each rule


def test_every_rule_has_a_row():
    assert {row.rule for row in ROWS} == {rule.name for rule in canonical.RULES}
    assert {row.rule for row in PAIR_ROWS.values()} == {rule.name for rule in canonical.PAIR_RULES}


def test_every_rule_names_its_fact():
    assert all("(" in rule.fact for rule in (*canonical.RULES, *canonical.PAIR_RULES))


@pytest.mark.parametrize("row", CASES)
def test_what_means_the_same_has_one_form(row):
    assert written(row.one) == written(row.same)


@pytest.mark.parametrize("row", CASES)
def test_what_means_something_else_has_another_form(row):
    assert written(row.one) != written(row.other)


@pytest.mark.parametrize("row", CASES)
def test_without_its_rule_a_row_would_be_false_drift(row, monkeypatch):
    monkeypatch.setattr(canonical, "RULES", tuple(rule for rule in canonical.RULES if rule.name != row.rule))
    assert written(row.one) != written(row.same)


@pytest.mark.parametrize("row", PAIR_CASES)
def test_a_live_pipeline_that_needs_no_write_equals_its_definition(row):
    assert equal(row.definition, row.fine)


@pytest.mark.parametrize("row", PAIR_CASES)
def test_a_live_pipeline_that_needs_a_write_differs_from_its_definition(row):
    assert not equal(row.definition, row.drifted)


# Details


@pytest.mark.parametrize(
    "text",
    ['{"x": 1, "x": 1}', "{not json", "[1, 2", "{} {}", "[NaN]", "[1e999]", '["\\ud800"]', "[" * 300 + "]" * 300],
    ids=lambda text: ascii(text)[:20],
)
def test_json_that_repeats_a_key_or_only_looks_like_json_is_left_alone(text):
    assert value_of(configured(a=text)) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [("[1]", "[true]"), ("[1]", "[1.0]"), ("[0]", "[false]"), ('["1"]', "[1]"), ("[null]", "[0]"), ('"x"', "x")],
)
def test_numbers_booleans_and_strings_in_json_are_told_apart(one, other):
    assert written(configured(a=one)) != written(configured(a=other))


def test_the_order_of_stages_matters():
    one, two = stage("Lint", LINT), stage("Test", TEST)
    assert written(pipeline(stages=[sources(), one, two])) != written(pipeline(stages=[sources(), two, one]))


def test_actions_of_one_name_cannot_be_told_apart_and_keep_their_order():
    one, two = build(configuration={"a": "1"}), build(configuration={"a": "2"})
    stages = [stage("Build", one, two)], [stage("Build", two, one)]
    assert written(pipeline(stages=stages[0])) != written(pipeline(stages=stages[1]))


def test_the_order_of_artifacts_matters():
    assert written(with_build(inputs=("a", "b"))) != written(with_build(inputs=("b", "a")))


def test_a_store_of_the_own_region_wins_over_the_map():
    both = pipeline(artifactStores={REGION: OTHER_STORE, OTHER: OTHER_STORE}, artifactStore=STORE)
    assert canonical.form(both, REGION)["artifactStores"] == {REGION: STORE, OTHER: OTHER_STORE}


def test_which_region_is_the_own_one_depends_on_where_the_pipeline_lives():
    assert written(with_build(region=OTHER), OTHER) == written(with_build(), OTHER)


def test_a_member_that_nobody_knows_yet_counts():
    assert written(with_build(tomorrow={"a": 1})) != written(with_build(tomorrow={"a": 2}))


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (8, "8"), (-1, "-1"), ("x", "x"), (None, None)]
)
def test_a_scalar_is_written_as_aws_wants_it(value, text):
    assert canonical.scalar_text(value) == text


@pytest.mark.parametrize("value", ["false", "False", "FALSE"])
def test_the_service_adds_no_trigger_where_changes_are_not_detected(value):
    assert canonical.default_triggers(canonical.form(with_sources(connection(DetectChanges=value)), REGION)) == {}


def test_the_service_s_own_trigger_is_a_push_to_the_branch_of_the_source():
    document = canonical.form(with_sources(connection("A", "next"), action("B", "Source", "S3")), REGION)
    assert canonical.default_triggers(document) == {"A": ON_NEXT}


def test_pairing_changes_neither_side():
    sides = canonical.form(with_sources(A), REGION), canonical.form(with_sources(A, triggers=[ON_A]), REGION)
    before = copy.deepcopy(sides)
    canonical.pair(*sides)
    assert sides == before


def test_a_digest_is_a_sha_256_that_does_not_depend_on_the_order_of_keys():
    assert canonical.digest({"a": 1, "b": ["ü"]}) == canonical.digest({"b": ["ü"], "a": 1})
    assert canonical.digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_the_one_way_to_write_a_value_has_sorted_keys_and_no_spaces():
    assert canonical.text({"b": [1, True, None], "a": "ü"}) == '{"a":"ü","b":[1,true,null]}'


# Laws


@law
@given(declarations)
def test_the_form_of_a_form_is_the_form(document):
    once = canonical.form(document, REGION)
    assert canonical.text(canonical.form(once, REGION)) == canonical.text(once)


@law
@given(declarations)
def test_taking_the_form_changes_nothing_in_the_declaration(document):
    before = copy.deepcopy(document)
    canonical.form(document, REGION)
    assert document == before


@law
@given(declarations, st.booleans())
def test_what_the_service_makes_of_a_declaration_equals_the_declaration(document, default_triggers):
    sent = _each(document, _with_strings)
    answered = service.completed(sent, default_triggers=default_triggers) | {"version": 3}
    assert equal(document, answered)


@law
@given(declarations)
def test_the_order_of_actions_and_keys_means_nothing(document):
    assert written(_each(document, _backwards)) == written(document)


@law
@given(declarations, st.data())
def test_a_renamed_key_is_a_difference(document, data):
    *path, key = data.draw(st.sampled_from([path for path, value in _nodes(document) if _is_question(path, value)]))
    renamed = copy.deepcopy(document)
    holder = _at(renamed, path)
    holder[f"{key}X"] = holder.pop(key)
    assert written(renamed) != written(document)


@law
@given(declarations, st.data())
def test_a_changed_value_is_a_difference(document, data):
    leaves = [path for path, value in _nodes(document) if isinstance(value, str | int) and path != ("version",)]
    *path, key = data.draw(st.sampled_from(leaves))
    changed = copy.deepcopy(document)
    holder = _at(changed, path)
    holder[key] = _another(holder[key])
    assert written(changed) != written(document)


def _is_question(path: Path, value: Any) -> bool:
    """Tell whether renaming the key should matter; the form expects some keys, and drops others."""
    expected = {"version", "name", "gitConfiguration", "sourceActionName"}
    return isinstance(path[-1], str) and path[-1] not in expected and value not in ({}, [])


def _nodes(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key), item
        yield from _nodes(item, (*path, key))


def _at(value: Any, path: list[str | int]) -> Any:
    for key in path:
        value = value[key]
    return value


def _another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}x"


def _each(value: Any, change: Any) -> Any:
    """Give a copy in which each mapping is changed."""
    if isinstance(value, list):
        return [_each(item, change) for item in value]
    return change({key: _each(item, change) for key, item in value.items()}) if isinstance(value, dict) else value


def _backwards(value: Document) -> Document:
    turned = {key: value[key] for key in reversed(value)}
    return turned | {"actions": turned["actions"][::-1]} if isinstance(turned.get("actions"), list) else turned


def _with_strings(value: Document) -> Document:
    if not isinstance(configuration := value.get("configuration"), dict):
        return value
    return value | {"configuration": {key: canonical.scalar_text(item) for key, item in configuration.items()}}

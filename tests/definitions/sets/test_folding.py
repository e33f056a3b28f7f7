"""A family of pipelines is folded to one set, and the set expanded gives each of them as it came."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import action, build, pipeline, sources, stage
from reconciler.definitions.drafts import Place
from reconciler.definitions.sets import folding, tree
from reconciler.definitions.sets.expansion import expand
from reconciler.definitions.sets.places import Site
from reconciler.errors import Blocked
from reconciler.pipeline.arns import Target
from strategies import declarations, json_values, law, words

ACCOUNTS = {"dev": "111111111111", "staging": "222222222222", "prod": "333333333333"}
NAME = "${project}-${environment}-${purpose}"
WORDS = {"project": "shop", "purpose": "deploy"}

Document = dict[str, Any]


def member(environment: str, document: Document, region: str = "eu-west-1", **beside: Any) -> folding.Member:
    facts = {"environment": environment, "account": ACCOUNTS[environment], "region": region}
    named = document | {"name": f"shop-{environment}-deploy"}
    return folding.Member(facts, {"pipeline": named, **beside})


def folded(*members: folding.Member) -> Document:
    return folding.written(folding.fold(members, NAME), WORDS, {})


def expanded(value: Document, one: folding.Member) -> Document:
    """Give what a set says in the place of a member."""
    facts = {**value.get("facts", {}).get(one.environment, {}), **one.facts, **WORDS}
    place = Place(one.environment, Target(one.facts["account"], one.facts["region"]))
    expansion = expand(tree.grow(value), Site(place, facts))
    assert expansion.faults == ()
    draft = expansion.draft
    beside = {"tags": draft.tags} if draft.tags is not None else {}
    return {"pipeline": draft.document, **beside}


def family(*environments: str, **edits: Any) -> list[folding.Member]:
    """Give pipelines that only hold the facts of their environments; `edits` change the one of an environment."""
    made = []
    for environment in environments or ACCOUNTS:
        account = ACCOUNTS[environment]
        ship = action("Ship", "Deploy", "S3", configuration={"BucketName": f"shop-{environment}", "Extract": "true"})
        document = copy.deepcopy(pipeline(stages=[sources(), stage("Build", build()), stage("Deploy", ship)]))
        document["roleArn"] = f"arn:aws:iam::{account}:role/pipeline"
        edits.get(environment, lambda _: None)(document)
        made.append(member(environment, document, tags={"team": "shop", "environment": environment}))
    return made


def approve(document: Document) -> None:
    document["stages"].insert(2, stage("Approve", action("Owner", "Approval", "Manual")))


def test_pipelines_that_differ_in_facts_need_no_override():
    value = folded(*family())
    assert list(value) == ["project", "purpose", "environments", "tags", "pipeline"]
    assert value["environments"] == ["dev", "staging", "prod"]
    assert (value["pipeline"]["name"], value["pipeline"]["roleArn"]) == (NAME, "arn:aws:iam::${account}:role/pipeline")
    assert value["tags"] == {"team": "shop", "environment": "${environment}"}


def test_a_stage_of_one_environment_is_laid_over_before_the_next_one():
    value = folded(*family(prod=approve))
    laid = {"name": "Approve", "$before": "Deploy", "actions": [action("Owner", "Approval", "Manual")]}
    assert value["overrides"] == {"prod": {"stages": [laid]}}


def test_a_stage_that_most_have_is_taken_out_of_the_others():
    value = folded(*family(prod=approve, staging=approve))
    assert value["overrides"] == {"dev": {"stages": [{"name": "Approve", "$delete": True}]}}


def test_a_value_of_one_environment_stands_alone_in_its_override():
    def edit(document: Document) -> None:
        document["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "big"

    over = folded(*family(prod=edit))["overrides"]
    compiled = {"name": "Compile", "configuration": {"ProjectName": "big"}}
    assert over == {"prod": {"stages": [{"name": "Build", "actions": [compiled]}]}}


def test_a_text_that_is_equal_everywhere_is_left_alone_though_it_holds_a_fact():
    def edit(document: Document) -> None:
        document["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "dev-111111111111"

    value = folded(*family(dev=edit, staging=edit, prod=edit))
    assert value["pipeline"]["stages"][1]["actions"][0]["configuration"] == {"ProjectName": "dev-111111111111"}


@pytest.mark.parametrize(
    ("spell", "spot"),
    [
        pytest.param(str.upper, "SHIP_${ENVIRONMENT}", id="upper"),
        pytest.param(str.title, "SHIP_${Environment}", id="title"),
    ],
)
def test_other_spellings_of_an_environment_become_facts(spell, spot):
    edits = {name: lambda document, name=name: _rename(document, f"SHIP_{spell(name)}") for name in ACCOUNTS}
    members = family(**edits)
    value = folded(*members)
    assert value["pipeline"]["stages"][2]["actions"][0]["name"] == spot
    assert "overrides" not in value
    assert list(value["facts"]) == list(ACCOUNTS)
    assert [expanded(value, each) for each in members] == [each.content for each in members]


def _rename(document: Document, name: str) -> None:
    document["stages"][2]["actions"][0]["name"] = name


def test_a_store_by_region_is_one_with_the_region_as_its_key():
    stores = {"dev": "eu-west-1", "prod": "us-east-1"}
    members = [
        member(name, pipeline(artifactStores={region: {"type": "S3", "location": f"s-{region}"}}), region)
        for name, region in stores.items()
    ]
    value = folded(*members)
    assert value["pipeline"]["artifactStores"] == {"${region}": {"type": "S3", "location": "s-${region}"}}
    assert [expanded(value, each) for each in members] == [each.content for each in members]


def test_what_looks_like_a_spot_is_written_as_text():
    def edit(document: Document) -> None:
        document["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "${AWS::Region} ${!x} ${}"

    members = family(dev=edit, prod=edit)
    value = folded(*members)
    assert [expanded(value, each) for each in members] == [each.content for each in members]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        pytest.param(
            family(dev=lambda document: document.update(roleArn="${")), "a text holds `${` without its end", id="open"
        ),
        pytest.param(family(dev=lambda document: document.update(x={"$y": 1})), "begins with $", id="order"),
        pytest.param(family(dev=lambda document: document.update(x=None)), "cannot say null", id="null"),
        pytest.param(
            family(dev=lambda document: document["stages"].append(document["stages"][0])),
            "not told apart by name", id="names",
        ),
        pytest.param(
            [*family("dev"), member("dev", pipeline(), "us-east-1")], "the Regions of dev differ", id="Regions"
        ),
    ],
)  # fmt: skip
def test_what_a_set_cannot_say_is_refused_with_a_reason(members, reason):
    with pytest.raises(Blocked, match=re.escape(reason)):
        folding.fold(members, NAME)


@st.composite
def families(draw: st.DrawFn) -> list[folding.Member]:
    """Draw pipelines of two to four places: one declaration with the facts of each place put in, and random edits."""
    base = draw(declarations)
    places = draw(st.lists(st.sampled_from(sorted(ACCOUNTS)), min_size=2, max_size=3, unique=True))
    return [_drawn(draw, environment, base) for environment in places]


def _drawn(draw: st.DrawFn, environment: str, base: Document) -> folding.Member:
    region = draw(st.sampled_from(["eu-west-1", "us-east-1"]))
    document = copy.deepcopy(base if draw(st.integers(0, 3)) else draw(declarations))
    document["roleArn"] = f"arn:aws:iam::{ACCOUNTS[environment]}:role/{environment}-{environment.upper()}"
    for each in document["stages"][1:]:
        _edited(draw, each, environment)
    if draw(st.booleans()):
        document["stages"][1:] = draw(st.permutations(document["stages"][1:]))
    tags = draw(st.dictionaries(st.sampled_from(["team", environment, "a ${x}"]), _texts(environment), max_size=2))
    return member(environment, document, region, **({"tags": tags} if tags else {}))


def _edited(draw: st.DrawFn, each: Document, environment: str) -> None:
    if draw(st.booleans()):
        each["actions"][0].setdefault("configuration", {})["Odd"] = draw(_texts(environment))
    if draw(st.integers(0, 4)) == 0:
        each["actions"].append(action(f"Deploy{environment.title()}", "Invoke", "Lambda"))
    if draw(st.integers(0, 4)) == 0:
        each["actions"][0]["inputArtifacts"] = [{"name": draw(_texts(environment))}]


def _texts(environment: str) -> st.SearchStrategy[str]:
    parts = [environment, environment.upper(), environment.title(), *ACCOUNTS, *ACCOUNTS.values(), "${x}", "${!x}", "-"]
    return st.lists(st.sampled_from([*parts, "eu-west-1", "us-east-1", "a", "$", "#{x.dev}"]), max_size=4).map("".join)


@law
@given(families())
def test_a_set_expanded_is_what_was_folded(members):
    value = folded(*members)
    assert [expanded(value, each) for each in members] == [each.content for each in members]


@law
@given(words | json_values, st.sampled_from(sorted(ACCOUNTS)))
def test_a_value_of_any_kind_comes_back_or_is_refused(value, environment):
    members = [member(name, pipeline(variables=[{"name": "X", "any": value if name == environment else 5}]))
               for name in ACCOUNTS]  # fmt: skip
    try:
        said = folded(*members)
    except Blocked:
        return
    assert [expanded(said, each) for each in members] == [each.content for each in members]

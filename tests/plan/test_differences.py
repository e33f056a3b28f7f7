"""What differs is told in words of the domain, once, and nothing is told of what is equal."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.shop import (
    REGION,
    action,
    declaration,
    given_back,
    sealed,
    with_action,
    with_configuration,
    with_stage,
    with_token,
)
from reconciler.pipeline import canonical
from reconciler.plan import differences
from reconciler.plan.changes import Difference
from strategies import law

BASE = declaration()
TEST = {"name": "Test", "actions": [action("Check")]}
ALARM = {"name": "Quiet", "ruleTypeId": {"provider": "CloudWatchAlarm"}}


def between(definition: dict[str, Any], live: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Give the differences as (place, live, git)."""
    found = differences.between(definition, live, REGION)
    return [(each.place, each.before, each.after) for each in found]


def trigger(*branches: str) -> dict[str, Any]:
    push = [{"branches": {"includes": list(branches)}}]
    return {"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": "Get", "push": push}}


def gated(alarm: str) -> dict[str, Any]:
    conditions = [{"result": "FAIL", "rules": [ALARM | {"configuration": {"AlarmName": alarm}}]}]
    return with_stage(BASE, "Deploy", beforeEntry={"conditions": conditions})


def parameters(value: Any) -> dict[str, Any]:
    """Give a declaration with JSON in a configuration value."""
    return with_configuration(BASE, UserParameters=json.dumps(value))


@pytest.mark.parametrize(
    ("live", "definition", "place", "before", "after"),
    [
        pytest.param(
            with_configuration(BASE, ProjectName="a"), with_configuration(BASE, ProjectName="b"),
            "Build/Compile configuration.ProjectName", "a", "b", id="configuration value",
        ),
        pytest.param(
            BASE, with_configuration(BASE, BatchEnabled=True),
            "Build/Compile configuration.BatchEnabled", None, "true", id="configuration key added",
        ),
        pytest.param(
            with_configuration(BASE, BatchEnabled="true"), BASE,
            "Build/Compile configuration.BatchEnabled", "true", None, id="configuration key removed",
        ),
        pytest.param(
            BASE, with_action(BASE, "Build/Compile", configuration={}),
            "Build/Compile configuration", {"ProjectName": "api"}, None, id="last configuration key removed",
        ),
        pytest.param(
            BASE, with_action(BASE, "Build/Lint", runOrder=2),
            "Build/Lint", None, {"actionTypeId": action()["actionTypeId"], "runOrder": 2}, id="action added",
        ),
        pytest.param(
            with_action(BASE, "Build/Lint"), BASE,
            "Build/Lint", {"actionTypeId": action()["actionTypeId"], "runOrder": 1}, None, id="action removed",
        ),
        pytest.param(
            BASE, BASE | {"stages": [BASE["stages"][0], BASE["stages"][2], BASE["stages"][1]]},
            "stages (order)", "Source, Build, Deploy", "Source, Deploy, Build", id="stage order",
        ),
        pytest.param(BASE, with_action(BASE, "Build/Compile", runOrder=2), "Build/Compile runOrder", 1, 2, id="order"),
        pytest.param(
            BASE, with_action(BASE, "Build/Compile", inputArtifacts=[{"name": "Other"}]),
            "Build/Compile inputArtifacts[0].name", "Code", "Other", id="input artifact renamed",
        ),
        pytest.param(
            BASE, with_action(BASE, "Build/Compile", inputArtifacts=[{"name": "Code"}, {"name": "Test"}]),
            "Build/Compile inputArtifacts[1]", None, {"name": "Test"}, id="input artifact added",
        ),
        pytest.param(
            with_action(BASE, "Build/Compile", commands=["make", "make test"]),
            with_action(BASE, "Build/Compile", commands=["make"]),
            "Build/Compile commands[1]", "make test", None, id="command removed",
        ),
        pytest.param(
            BASE, BASE | {"triggers": [trigger("main")]}, "triggers.Get", None, trigger("main"), id="trigger added",
        ),
        pytest.param(
            BASE | {"triggers": [trigger("main")]}, BASE | {"triggers": [trigger("release")]},
            "triggers.Get.gitConfiguration.push[0].branches.includes[0]", "main", "release", id="trigger's branch",
        ),
        pytest.param(
            BASE | {"triggers": [trigger("main")]}, BASE, "triggers.Get", trigger("main"), None, id="trigger removed",
        ),
        pytest.param(
            BASE, BASE | {"artifactStore": {"type": "S3", "location": "elsewhere"}},
            "artifactStores.eu-west-1.location", "artifacts", "elsewhere", id="artifact store",
        ),
        pytest.param(
            BASE, BASE | {"artifactStores": {"us-east-1": {"type": "S3", "location": "far"}}},
            "artifactStores.us-east-1", None, {"type": "S3", "location": "far"}, id="artifact store of another Region",
        ),
        pytest.param(BASE, BASE | {"roleArn": "arn:b"}, "roleArn", BASE["roleArn"], "arn:b", id="role"),
        pytest.param(
            BASE, BASE | {"executionMode": "QUEUED"}, "executionMode", "SUPERSEDED", "QUEUED", id="execution mode",
        ),
        pytest.param(
            BASE | {"variables": [{"name": "Size", "defaultValue": "1"}]},
            BASE | {"variables": [{"name": "Size", "defaultValue": "2"}]},
            "variables[0].defaultValue", "1", "2", id="variable",
        ),
        pytest.param(
            gated("errors"), gated("latency"),
            "Deploy beforeEntry.conditions[0].rules[0].configuration.AlarmName", "errors", "latency", id="gate",
        ),
        pytest.param(BASE, BASE | {"futureMember": {"x": 1}}, "futureMember", None, {"x": 1}, id="future member"),
        pytest.param(
            parameters({"image": {"tag": "1"}, "list": [1, 2]}), parameters({"image": {"tag": "2"}, "list": [1, 2]}),
            "Build/Compile configuration.UserParameters.image.tag", "1", "2", id="JSON inside configuration",
        ),
        pytest.param(
            parameters([{"name": "A", "value": "1"}]), parameters([{"name": "A", "value": "2"}]),
            "Build/Compile configuration.UserParameters[0].value", "1", "2", id="list inside JSON inside configuration",
        ),
        pytest.param(
            parameters({"__meta": "1"}), parameters({"__meta": "2"}),
            "Build/Compile configuration.UserParameters.__meta", "1", "2", id="JSON member with two underscores",
        ),
        pytest.param(
            parameters({"debug": 1}), parameters({"debug": True}),
            "Build/Compile configuration.UserParameters.debug", 1, True, id="one is not true",
        ),
        pytest.param(
            parameters({"debug": 0}), parameters({"debug": "0"}),
            "Build/Compile configuration.UserParameters.debug", 0, "0", id="zero is not its text",
        ),
        pytest.param(
            parameters({"a": 1, "b": None}), parameters({"a": 1}),
            "Build/Compile configuration.UserParameters.b", "(null)", None, id="null is not absent",
        ),
        pytest.param(
            with_configuration(BASE, UserParameters="text"), parameters({"a": 1}),
            "Build/Compile configuration.UserParameters", "text", {"a": 1}, id="text to JSON",
        ),
    ],
)  # fmt: skip
def test_one_difference_is_told_where_it_stands(
    live: dict[str, Any], definition: dict[str, Any], place: str, before: Any, after: Any
) -> None:
    assert repr(between(definition, live)) == repr([(place, before, after)])


def test_a_new_stage_is_told_with_its_position() -> None:
    wanted = with_stage(BASE, "Test", actions=TEST["actions"])
    added, order = between(wanted, BASE)
    assert added[:2] == ("stage Test", None)
    assert list(added[2]["actions"]) == ["Check"]
    assert order == ("stages (order)", "Source, Build, Deploy", "Source, Build, Test, Deploy")


def test_a_removed_stage_is_told_with_what_was_in_it() -> None:
    removed, order = between(BASE, with_stage(BASE, "Test", actions=TEST["actions"]))
    assert (removed[0], list(removed[1]["actions"]), removed[2]) == ("stage Test", ["Check"], None)
    assert order == ("stages (order)", "Source, Build, Test, Deploy", "Source, Build, Deploy")


def test_a_renamed_action_is_one_removed_and_one_added() -> None:
    renamed = BASE["stages"][1]["actions"][0] | {"name": "Make"}
    wanted = with_stage(BASE, "Build", actions=[renamed])
    assert [(place, before is None, after is None) for place, before, after in between(wanted, BASE)] == [
        ("Build/Compile", False, True),
        ("Build/Make", True, False),
    ]


def test_differences_come_sorted_by_place() -> None:
    wanted = with_configuration(
        BASE | {"roleArn": "arn:b", "executionMode": "QUEUED"}, "Deploy/Ship", ServiceName="web"
    )
    assert [place for place, *_ in between(wanted, BASE)] == [
        "Deploy/Ship configuration.ServiceName",
        "executionMode",
        "roleArn",
    ]


def test_all_of_a_pipeline_differs_from_one_that_was_never_read() -> None:
    found = between(BASE, {})
    assert {place for place, *_ in found} >= {"name", "roleArn", "stages", "stages (order)"}
    assert all(before is None for place, before, _ in found if place != "executionMode")


def test_a_changed_secret_is_told_without_a_value_or_a_fingerprint() -> None:
    wanted, live = sealed(with_token(BASE, "new-token")), sealed(with_token(BASE, "old-token"))
    assert wanted != live
    assert between(wanted, live) == [("Source/Get configuration.OAuthToken", "****", "(secret changed)")]


def test_a_changed_password_inside_a_text_is_told_without_either() -> None:
    wanted = sealed(with_configuration(BASE, Proxy="https://build:new@proxy"))
    live = sealed(with_configuration(BASE, Proxy="https://build:old@proxy"))
    assert between(wanted, live) == [
        ("Build/Compile configuration.Proxy", "https://****@proxy", "(secret changed)"),
    ]


def test_a_secret_in_an_added_action_is_masked() -> None:
    wanted = sealed(with_action(BASE, "Build/Lint", configuration={"ApiToken": "s3cr3t"}))
    ((place, before, after),) = between(wanted, BASE)
    assert (place, before, after["configuration"]) == ("Build/Lint", None, {"ApiToken": "****"})


def test_a_mask_equals_the_secret_that_aws_keeps() -> None:
    assert between(sealed(with_token(BASE, "****")), sealed(with_token(BASE, "known"))) == []
    assert between(sealed(with_token(BASE, "known")), given_back(with_token(BASE, "known"))) == []


@pytest.mark.parametrize(
    "live",
    [
        pytest.param(given_back(BASE), id="as AWS gives it back"),
        pytest.param(BASE | {"triggers": []}, id="no triggers"),
        pytest.param(BASE | {"pipelineType": "V2"}, id="a type that git leaves open"),
        pytest.param(
            {key: value for key, value in BASE.items() if key != "artifactStore"}
            | {"artifactStores": {REGION: BASE["artifactStore"]}},
            id="one store as a map",
        ),
        pytest.param(dict(reversed(list(BASE.items()))), id="another order of keys"),
    ],
)
def test_what_means_the_same_does_not_differ(live: dict[str, Any]) -> None:
    assert differences.between(BASE, live, REGION) == ()


def test_the_default_trigger_differs_only_from_triggers_that_are_declared() -> None:
    source = action("Get", "CodeStarSourceConnection", configuration={"BranchName": "main"})
    undeclared = with_stage(BASE, "Source", actions=[source])
    live = undeclared | {"triggers": [trigger("main")]}
    assert between(undeclared, live) == []
    assert between(undeclared | {"triggers": []}, live) == [("triggers.Get", trigger("main"), None)]


def test_one_change_is_found_among_a_thousand_actions() -> None:
    actions = [action(f"Action{number}", configuration={"ProjectName": "a"}) for number in range(50)]
    big = BASE | {"stages": [{"name": f"Stage{number}", "actions": actions} for number in range(20)]}
    wanted = with_configuration(big, "Stage7/Action42", ProjectName="b")
    assert between(wanted, big) == [("Stage7/Action42 configuration.ProjectName", "a", "b")]


def test_json_nested_fifty_levels_deep_is_compared() -> None:
    def nested(text: str) -> dict[str, Any]:
        return with_configuration(BASE, UserParameters="[" * 50 + text + "]" * 50)

    ((place, *values),) = between(nested("1"), nested("2"))
    assert (place, values) == ("Build/Compile configuration.UserParameters" + "[0]" * 50, [2, 1])


def test_tags_differ_by_key_sorted_with_none_for_absent() -> None:
    found = differences.of_tags({"team": "shop", "cost": "1", "same": "x"}, {"old": "", "cost": "2", "same": "x"})
    assert found == (
        Difference("tags.cost", "2", "1"),
        Difference("tags.old", "", None),
        Difference("tags.team", None, "shop"),
    )


def test_secrets_in_tags_are_masked_and_still_differ() -> None:
    token = "ghp_" + "k33pth1s" * 5
    found = differences.of_tags({"team": "web", "apiToken": "one"}, {"team": token, "apiToken": "two"})
    assert found == (
        Difference("tags.apiToken", "****", differences.SECRET_CHANGED),
        Difference("tags.team", "****", "web"),
    )


def test_the_library_that_explains_is_imported_only_when_something_differs() -> None:
    script = f"""
import sys
from reconciler.plan import differences
a, b = {BASE!r}, {BASE | {"roleArn": "arn:b"}!r}
differences.between(a, a, {REGION!r})
print("deepdiff" in sys.modules)
differences.between(a, b, {REGION!r})
print("deepdiff" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


NAMES = st.sampled_from(["A", "B", "__c"])
LEAVES = (
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([0.0, 1.0, "", "0", "1", "true", "null", "****"])
)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
VALUES = st.sampled_from(["a", "b", "true", "{", "[1, 2]"]) | st.booleans() | st.integers(0, 1) | JSON.map(json.dumps)
TOKENS = st.sampled_from(["****", "one", "two"])


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Draw declarations that are near to one another."""
    actions = [
        action(name, configuration=draw(st.dictionaries(NAMES, VALUES, max_size=2)), runOrder=draw(st.integers(1, 2)))
        for name in draw(st.lists(NAMES, unique=True, min_size=1))
    ]
    stages = [{"name": name, "actions": actions} for name in draw(st.permutations(["Build", "Test"]))]
    source = with_token(declaration(), draw(TOKENS))["stages"][0]
    document = declaration(stages=[source, *stages[: draw(st.integers(1, 2))]])
    if draw(st.booleans()):
        document["triggers"] = draw(st.lists(st.just(trigger("main")), max_size=1))
    return sealed(document)


@law
@given(documents())
def test_nothing_differs_from_itself(document: dict[str, Any]) -> None:
    assert differences.between(document, document, REGION) == ()


@law
@given(documents(), documents())
def test_nothing_is_told_exactly_when_the_canonical_forms_are_equal(one: dict[str, Any], other: dict[str, Any]) -> None:
    wanted, found = canonical.pair(canonical.form(one, REGION), canonical.form(other, REGION))
    told = differences.between(one, other, REGION)
    assert (told == ()) == (canonical.text(wanted) == canonical.text(found))
    assert "****#" not in repr(told)
    assert [each.place for each in told] == sorted(each.place for each in told)


@law
@given(documents(), documents())
def test_every_difference_shows_two_sides_that_differ(one: dict[str, Any], other: dict[str, Any]) -> None:
    for each in differences.between(one, other, REGION):
        assert repr(each.before) != repr(each.after)

"""What goes to AWS: the whole definition, no more than AWS takes, and no mask that would be stored."""

from __future__ import annotations

import copy
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
from reconciler.errors import Blocked
from reconciler.pipeline import canonical, schema
from reconciler.plan import wire
from strategies import law

BASE = declaration()
SECRET = with_token(BASE, "****")
ALARM = {"category": "Rule", "owner": "AWS", "provider": "CloudWatchAlarm", "version": "1"}
RULE = {"name": "Quiet", "ruleTypeId": ALARM}


def gated(gate: str = "beforeEntry", **configuration: Any) -> dict[str, Any]:
    conditions = [{"result": "FAIL", "rules": [RULE | {"configuration": configuration}]}]
    return with_stage(BASE, "Deploy", **{gate: {"conditions": conditions}})


def custom(**configuration: Any) -> dict[str, Any]:
    return with_stage(BASE, "Deploy", actions=[action("Store", "Vault", configuration=configuration)])


def test_version_and_metadata_are_never_sent() -> None:
    assert wire.outgoing(BASE | {"version": 3, "metadata": {"pipelineArn": "arn"}}, None) == BASE


@pytest.mark.parametrize(
    ("declared", "live", "sent"),
    [
        pytest.param({}, {"pipelineType": "V2"}, "V2", id="undeclared keeps what is live"),
        pytest.param({"pipelineType": "V1"}, {"pipelineType": "V2"}, "V1", id="declared wins"),
        pytest.param({}, {}, None, id="an answer without a type adds none"),
        pytest.param({}, None, None, id="a creation leaves it to the service"),
    ],
)
def test_the_type_is_kept_when_git_leaves_it_open(
    declared: dict[str, Any], live: dict[str, Any] | None, sent: str | None
) -> None:
    document = wire.outgoing(BASE | declared, None if live is None else BASE | live)
    assert document.get("pipelineType") == sent


def test_scalars_in_a_configuration_become_strings() -> None:
    document = wire.outgoing(with_configuration(BASE, BatchEnabled=True, Combine=False, Size=8, Name="x"), None)
    configuration = document["stages"][1]["actions"][0]["configuration"]
    assert configuration == {"ProjectName": "api", "BatchEnabled": "true", "Combine": "false", "Size": "8", "Name": "x"}


@pytest.mark.parametrize("gate", ["beforeEntry", "onSuccess", "onFailure"])
def test_scalars_in_the_configuration_of_a_rule_become_strings(gate: str) -> None:
    sent = wire.outgoing(gated(gate, AlarmName="errors", WaitTime=5, Strict=True), None)
    configuration = sent["stages"][2][gate]["conditions"][0]["rules"][0]["configuration"]
    assert configuration == {"AlarmName": "errors", "WaitTime": "5", "Strict": "true"}


@pytest.mark.parametrize(
    "gate",
    [
        pytest.param({"result": "ROLLBACK"}, id="a gate without conditions"),
        pytest.param({"conditions": [{"result": "FAIL"}]}, id="a condition without rules"),
        pytest.param({"conditions": [{"rules": [RULE]}]}, id="a rule without a configuration"),
        pytest.param({}, id="an empty gate"),
    ],
)
def test_a_gate_is_carried_as_it_is(gate: dict[str, Any]) -> None:
    document = with_stage(BASE, "Deploy", onFailure=gate)
    assert wire.outgoing(document, None) == document


def test_members_that_nobody_knows_are_carried_at_every_level() -> None:
    document = with_action(with_stage(BASE, "Build", futureStage=1), "Build/Compile", futureAction={"x": [1]})
    assert wire.outgoing(document | {"future": [True]}, BASE) == document | {"future": [True]}


def test_the_argument_stays_as_it_is() -> None:
    document = gated(Size=1) | {"version": 3}
    before = copy.deepcopy(document)
    sent = wire.outgoing(document, BASE | {"pipelineType": "V2"})
    assert sent != document
    assert document == before


def test_a_mask_is_sent_where_aws_keeps_the_secret() -> None:
    sent = wire.outgoing(SECRET, given_back(with_token(BASE, "known")))
    assert sent["stages"][0]["actions"][0]["configuration"]["OAuthToken"] == "****"


def test_a_mask_of_a_custom_action_is_sent_where_aws_shows_one() -> None:
    assert wire.outgoing(custom(Password="****"), custom(Password="****")) == custom(Password="****")


def test_a_mask_is_sent_wherever_aws_shows_one_even_for_a_property_that_nobody_knows() -> None:
    masked = with_configuration(BASE, "Deploy/Ship", Password="****")
    assert wire.outgoing(masked, masked) == masked


@pytest.mark.parametrize(
    ("definition", "live", "place"),
    [
        pytest.param(SECRET, None, "Source/Get configuration.OAuthToken", id="on creation"),
        pytest.param(
            with_stage(SECRET, "Source", actions=[SECRET["stages"][0]["actions"][0] | {"name": "Fetch"}]), SECRET,
            "Source/Fetch configuration.OAuthToken", id="after the action was renamed",
        ),
        pytest.param(
            SECRET | {"stages": [SECRET["stages"][0] | {"name": "Code"}, *SECRET["stages"][1:]]}, SECRET,
            "Code/Get configuration.OAuthToken", id="after the stage was renamed",
        ),
        pytest.param(SECRET, BASE, "Source/Get configuration.OAuthToken", id="where nothing is live"),
        pytest.param(
            custom(Password="****"), custom(Password="readable"), "Deploy/Store configuration.Password",
            id="where AWS shows the value",
        ),
        pytest.param(
            custom(Token="****#0123456789ab"), custom(Token="readable"), "Deploy/Store configuration.Token",
            id="with a fingerprint, which only this tool writes",
        ),
        pytest.param(
            with_configuration(BASE, EnvironmentVariables='[{"name": "TOKEN", "value": "****"}]'), BASE,
            "Build/Compile configuration.EnvironmentVariables", id="inside JSON",
        ),
        pytest.param(
            with_configuration(BASE, EnvironmentVariables='{"Token": "****"}'),
            with_configuration(BASE, EnvironmentVariables='{"Token": "****"}'),
            "Build/Compile configuration.EnvironmentVariables", id="inside JSON even if it is live",
        ),
        pytest.param(
            with_action(BASE, "Build/Compile", environmentVariables=[{"name": "TOKEN", "value": "****"}]),
            with_action(BASE, "Build/Compile", environmentVariables=[{"name": "TOKEN", "value": "****"}]),
            "Build/Compile environmentVariables.TOKEN", id="in an environment variable",
        ),
        pytest.param(
            gated("onSuccess", Token="****"), gated("onSuccess", Token="****"),
            "Deploy onSuccess.conditions[0].rules[0].configuration.Token", id="in a rule",
        ),
        pytest.param(
            with_configuration(BASE, Proxy="https://****@proxy"), BASE, "Build/Compile configuration.Proxy",
            id="inside a text",
        ),
    ],
)  # fmt: skip
def test_a_mask_is_refused_where_it_would_be_stored(
    definition: dict[str, Any], live: dict[str, Any] | None, place: str
) -> None:
    with pytest.raises(Blocked) as refusal:
        wire.outgoing(definition, live)
    assert str(refusal.value).startswith(f"{place} holds the mask ****, and AWS keeps no secret at this place: write")


@pytest.mark.parametrize(
    ("definition", "live"),
    [
        pytest.param(sealed(with_token(BASE, "new")), None, id="a value that is sealed is no mask"),
        pytest.param(SECRET, sealed(with_token(BASE, "known")), id="a secret whose value was written from here"),
        pytest.param(
            custom(Password="****"),
            custom(Password="****#0123456789ab"),
            id="a custom secret that was written from here",
        ),
        pytest.param(
            sealed(with_configuration(BASE, EnvironmentVariables='{"Token": "value"}')),
            BASE,
            id="a sealed value in JSON",
        ),
        pytest.param(sealed(gated(Token="value")), BASE, id="a sealed value in a rule"),
    ],
)
def test_a_sealed_definition_is_fine_where_its_secret_is_known(
    definition: dict[str, Any], live: dict[str, Any] | None
) -> None:
    wire.check_masks(definition, live)


@pytest.mark.parametrize("live", [None, BASE, sealed(with_stage(SECRET, "Source", actions=[]))])
def test_a_sealed_definition_with_a_bare_mask_is_blocked(live: dict[str, Any] | None) -> None:
    with pytest.raises(Blocked, match=r"Source/Get configuration\.OAuthToken holds the mask"):
        wire.check_masks(sealed(SECRET), live)


SCALARS = st.sampled_from(["x", "", '{"a": 1}']) | st.booleans() | st.integers(-5, 5)
MEMBERS = st.dictionaries(
    st.sampled_from(["version", "metadata", "executionMode", "pipelineType", "future"]), st.just("V2")
)


def test_a_value_that_only_this_tool_takes_for_secret_is_not_kept_by_aws() -> None:
    live = sealed(with_configuration(BASE, ApiToken="readable"))
    with pytest.raises(Blocked, match=r"Build/Compile configuration\.ApiToken holds the mask"):
        wire.check_masks(with_configuration(BASE, ApiToken="****"), live)


@law
@given(MEMBERS, MEMBERS, st.dictionaries(st.sampled_from("abc"), SCALARS), st.booleans())
def test_what_is_sent_means_the_same_as_the_definition(
    members: dict[str, Any], others: dict[str, Any], configuration: dict[str, Any], created: bool
) -> None:
    definition = with_configuration(gated(**configuration), **configuration) | members
    live = None if created else BASE | others
    kept = {"pipelineType": "V2"} if live and "pipelineType" in live else {}
    assert canonical.form(wire.outgoing(definition, live), REGION) == canonical.form(kept | definition, REGION)


@law
@given(st.dictionaries(st.sampled_from("abc"), st.booleans() | st.integers(), min_size=1))
def test_what_is_sent_has_the_shape_that_aws_wants(configuration: dict[str, Any]) -> None:
    sent = wire.outgoing(with_configuration(gated(**configuration), **configuration), given_back(BASE))
    assert schema.check(sent) == ()
    rule = sent["stages"][2]["beforeEntry"]["conditions"][0]["rules"][0]
    values = (*sent["stages"][1]["actions"][0]["configuration"].values(), *rule["configuration"].values())
    assert all(isinstance(value, str) for value in values)

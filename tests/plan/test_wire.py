"""What goes to AWS: the whole definition, no more than AWS takes, and no mask that would be stored."""

from __future__ import annotations

import copy
import re
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from collections.abc import Callable

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
            "Build/Compile environmentVariables[0].value", id="in an environment variable",
        ),
        pytest.param(
            gated("onSuccess", Token="****"), gated("onSuccess", Token="****"),
            "Deploy onSuccess.conditions[0].rules[0].configuration.Token", id="in a rule",
        ),
        pytest.param(
            with_configuration(BASE, Proxy="https://****@proxy"), BASE, "Build/Compile configuration.Proxy",
            id="inside a text",
        ),
        pytest.param(
            with_action(BASE, "Build/Compile", commands=["make", "TOKEN=**** make"]), BASE,
            "Build/Compile commands[1]", id="in a command",
        ),
        pytest.param(
            BASE | {"variables": [{"name": "Level"}, {"name": "Key", "defaultValue": "****"}]}, BASE,
            "variables[1].defaultValue", id="in the default of a variable",
        ),
        pytest.param(
            BASE | {"variables": [{"name": "Key", "defaultValue": "****"}]},
            BASE | {"variables": [{"name": "Key", "defaultValue": "****"}]},
            "variables[0].defaultValue", id="in the default of a variable even if it is live",
        ),
        pytest.param(BASE | {"future": {"deep": ["****"]}}, BASE, "future.deep[0]", id="in a member nobody knows"),
        pytest.param(
            with_token(BASE, "ghp_****"), SECRET, "Source/Get configuration.OAuthToken",
            id="beside other signs where AWS keeps a secret",
        ),
        pytest.param(
            with_token(BASE, "****#0123456789ab"), SECRET, "Source/Get configuration.OAuthToken",
            id="with a fingerprint where AWS keeps a secret",
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


def test_what_is_only_shown_may_hold_masks() -> None:
    document = with_action(SECRET, "Build/Compile", commands=["TOKEN=**** make"])
    assert wire.completed(document, None) == document


def test_a_row_of_asterisks_is_no_mask() -> None:
    document = with_action(BASE, "Build/Compile", commands=["echo '***** Build *****'", "ls ** ***"])
    assert wire.outgoing(document, None) == document


KEYS = {("Deploy", "Custom", "Vault", "1"): frozenset({"Phrase"})}


@pytest.mark.parametrize(
    ("own", "key", "fine"),
    [
        pytest.param(KEYS, "Phrase", True, id="declared secret"),
        pytest.param(KEYS, "Token", False, id="declared and not secret"),
        pytest.param({}, "Token", True, id="not declared, so AWS's answer before the write tells"),
    ],
)
def test_a_sealed_mask_of_a_custom_action_is_fine_where_its_type_says_secret(
    own: dict[Any, Any], key: str, fine: bool
) -> None:
    with nullcontext() if fine else pytest.raises(Blocked, match=f"Deploy/Store configuration.{key} holds the mask"):
        wire.check_masks(custom(**{key: "****"}), custom(**{key: "****#0123456789ab"}), own)


TEXTS = st.sampled_from(["plain", "*****", "****", "a ****", "****#0123456789ab", '{"Token": "****"}'])
SLOTS: dict[str, Callable[[Any, str], Any]] = {
    "Source/Get configuration.OAuthToken": with_token,
    "Build/Compile configuration.Key": lambda document, text: with_configuration(document, Key=text),
    "Build/Compile commands": lambda document, text: with_action(document, "Build/Compile", commands=[text]),
    "Deploy rule": lambda document, text: with_stage(document, "Deploy", onSuccess=_gate(text)),
    "variables": lambda document, text: document | {"variables": [{"name": "Key", "defaultValue": text}]},
    "unknown": lambda document, text: document | {"future": [{"name": "x", "deep": text}]},
}
FILLINGS = st.dictionaries(st.sampled_from([*SLOTS]), TEXTS)


def _gate(text: str) -> dict[str, Any]:
    return {"conditions": [{"result": "FAIL", "rules": [RULE | {"configuration": {"Key": text}}]}]}


def filled(slots: dict[str, str], renamed: bool = False) -> dict[str, Any]:
    document = BASE
    for slot, text in slots.items():
        document = SLOTS[slot](document, text)
    stages = [stage | {"name": stage["name"] + "2"} for stage in document["stages"]]
    return document | {"stages": stages} if renamed else document


def masks(value: Any, path: tuple[Any, ...] = ()) -> set[tuple[Any, ...]]:
    """Give the paths at which a mask stands, with whatever has a name by its name."""
    if isinstance(value, str):
        return {path} if re.search(r"(?<!\*)\*{4}(?!\*)", value) else set()
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    named = [(item.get("name", key) if isinstance(item, dict) else key, item) for key, item in items]
    return {found for key, item in named for found in masks(item, (*path, key))}


@law
@given(FILLINGS, FILLINGS | st.none(), st.booleans())
def test_no_document_goes_out_with_a_mask_that_was_not_live_at_the_same_place(
    wanted: dict[str, str], found: dict[str, str] | None, renamed: bool
) -> None:
    live = None if found is None else filled(found)
    with suppress(Blocked):
        sent = wire.outgoing(filled(wanted, renamed), live)
        assert masks(sent) <= (set() if live is None else masks(live))


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

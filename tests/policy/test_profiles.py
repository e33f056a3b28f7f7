from __future__ import annotations

import pytest

from reconciler.pipeline import validity
from reconciler.policy import profiles, table
from reconciler.settings import Settings

ENVIRONMENTS = {
    "dev": {"account": "111111111111", "regions": ["eu-west-1"]},
    "prod": {"account": "333333333333", "regions": ["eu-west-1"], "protected": True},
}
RULE = table.by_id()["approval-context"]


def standing(**policy: object) -> profiles.Standing:
    return profiles.Standing(RULE, Settings.model_validate({"environments": ENVIRONMENTS, "policy": policy}))


def faults(**policy: object) -> list[tuple[str, str]]:
    settings = Settings.model_validate({"environments": ENVIRONMENTS, "policy": policy})
    found = profiles.faults(settings, table.by_id(), validity.titles())
    return [(".".join(map(str, fault.path)), fault.hint) for fault in found]


@pytest.mark.parametrize(
    ("profile", "prod", "dev"),
    [("minimal", "off", "off"), ("recommended", "warning", "info"), ("strict", "error", "warning")],
)
def test_a_profile_says_how_bad_it_is_where_it_is_protected_and_elsewhere(profile, prod, dev):
    rule = standing(profile=profile)
    assert (rule.level(["prod"]), rule.level(["dev"])) == (prod, dev)


def test_of_several_environments_in_danger_the_worst_counts():
    assert standing(profile="strict").level(["dev", "prod"]) == "error"


def test_the_settings_say_otherwise_for_all_environments_or_for_one():
    assert standing(rules={"approval-context": "error"}).level(["dev"]) == "error"
    rule = standing(rules={"approval-context": {"severity": "off", "environments": {"prod": "info"}}})
    assert (rule.level(["prod"]), rule.level(["dev"])) == ("info", "off")


def test_a_rule_that_is_off_everywhere_is_not_asked():
    assert not standing(rules={"approval-context": "off"}).active
    assert standing(rules={"approval-context": {"severity": "off", "environments": {"prod": "info"}}}).active


def test_a_parameter_is_what_the_settings_say_or_its_default():
    assert standing(rules={"approval-context": {"keys": ["CustomData"]}}).parameters == {"keys": ["CustomData"]}
    assert standing().parameters == RULE.defaults()


@pytest.mark.parametrize(
    ("rules", "path", "hint"),
    [
        pytest.param({"approval-contxt": "off"}, "policy.rules.approval-contxt", "approval-context", id="a rule"),
        pytest.param(
            {"approval-context": {"kyes": []}}, "policy.rules.approval-context.kyes", "keys", id="a parameter"
        ),
        pytest.param({"quota": {"most": 1}}, "policy.rules.quota.most", "severity", id="of validity"),
        pytest.param(
            {"approval-context": {"environments": {"prd": "off"}}},
            "policy.rules.approval-context.environments.prd", "prod", id="an environment",
        ),
        pytest.param(
            {"approval-context": {"severity": "bad"}},
            "policy.rules.approval-context.severity", "warning", id="a severity",
        ),
        pytest.param(
            {"approval-context": {"environments": "prod"}},
            "policy.rules.approval-context.environments", "prod: error", id="no mapping",
        ),
    ],
)  # fmt: skip
def test_what_is_not_known_is_told_at_its_place_with_what_was_meant(rules, path, hint):
    ((found, said),) = faults(rules=rules)
    assert found == path
    assert hint in said


def test_a_waiver_and_a_parity_that_name_nothing_are_told():
    found = faults(waivers=[{"rule": "quota", "reason": "x"}], parity={"environments": ["prd"]})
    assert [path for path, _ in found] == ["policy.waivers.0.rule", "policy.parity.environments.0"]

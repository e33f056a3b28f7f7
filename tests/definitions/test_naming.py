from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.definitions import naming
from reconciler.definitions.naming import Convention
from reconciler.errors import Blocked
from reconciler.settings import Naming
from strategies import law

ENVIRONMENTS = ("dev", "staging", "prod")


def convention(*environments: str, **members: object) -> Convention:
    return Convention(Naming(**members), environments or ENVIRONMENTS)


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        pytest.param("shop-prod-deploy", "prod", id="three words"),
        pytest.param("my-shop-dev-deploy", "dev", id="hyphenated project"),
        pytest.param("shop-staging-deploy-blue-green", "staging", id="hyphenated purpose"),
        pytest.param("shop2-dev-web3", "dev", id="digits"),
        pytest.param("devops-prod-build", "prod", id="environment inside a word"),
        pytest.param("a-dev-b", "dev", id="single letters"),
    ],
)
def test_a_name_says_its_environment(name, environment):
    assert convention().environment(name) == environment


@pytest.mark.parametrize(
    "name", ["shop", "shop-deploy", "Shop-prod-Deploy", "shop_prod_deploy", "prod-deploy", "-prod-x", "shop-prod-"]
)
def test_a_name_that_does_not_follow_the_pattern_is_blocked_with_the_ways_out(name):
    with pytest.raises(Blocked) as blocked:
        convention().environment(name)
    assert str(blocked.value) == (
        f"the name {name!r} does not follow {Naming().pattern!r}; rename it or write `environment:`"
    )


def test_an_unknown_environment_is_named_beside_the_known_ones():
    with pytest.raises(Blocked, match=r"^environment 'qa' is not configured \(configured: dev, staging, prod\)$"):
        convention().environment("my-shop-qa-deploy")


def test_without_any_environment_the_message_says_none():
    with pytest.raises(Blocked, match=r"environment 'prod' is not configured \(configured: none\)"):
        Convention(Naming(), ()).environment("shop-prod-deploy")


def test_a_name_that_can_be_read_twice_is_blocked_and_names_both():
    with pytest.raises(Blocked, match="can be read as dev and as prod; write `environment:` beside it"):
        convention().environment("shop-dev-prod-deploy")


def test_an_environment_may_have_hyphens():
    assert convention("pre-prod", "dev").environment("shop-pre-prod-deploy") == "pre-prod"


def test_an_environment_that_ends_like_another_makes_the_name_ambiguous():
    with pytest.raises(Blocked, match="prod and as pre-prod"):
        convention("prod", "pre-prod").environment("shop-pre-prod-deploy")


def test_an_environment_is_a_word_and_no_expression():
    with pytest.raises(Blocked, match="environment 'dxv' is not configured"):
        convention("d.v").environment("shop-dxv-deploy")


def test_a_word_of_one_s_own_decides_what_a_part_may_be():
    digits = convention(words={"project": "[0-9]+"})
    assert digits.environment("42-prod-deploy") == "prod"
    with pytest.raises(Blocked, match="does not follow"):
        digits.environment("shop-prod-deploy")


def test_a_word_may_offer_a_choice():
    choice = convention(words={"purpose": "build|deploy"})
    assert choice.environment("shop-prod-build") == "prod"
    with pytest.raises(Blocked, match="does not follow"):
        choice.environment("shop-prod-destroy")


def test_a_narrower_word_makes_an_ambiguous_name_plain():
    assert convention(words={"project": "[a-z]+", "purpose": "[a-z]+"}).environment("shop-prod-deploy") == "prod"
    with pytest.raises(Blocked, match="does not follow"):
        convention(words={"project": "[a-z]+", "purpose": "[a-z]+"}).environment("shop-dev-prod-deploy")


def test_a_pattern_may_have_another_order_and_other_signs():
    assert convention(pattern="{environment}.{team}@{project}").environment("prod.core@shop") == "prod"


def test_signs_of_a_pattern_are_meant_as_they_are():
    with pytest.raises(Blocked, match="does not follow"):
        convention(pattern="{environment}.{project}").environment("prod-shop")


def test_a_pattern_without_an_environment_is_enough_where_there_is_one():
    assert convention("prod", pattern="{project}-{purpose}").environment("shop-deploy") == "prod"


def test_a_pattern_without_an_environment_cannot_choose_between_two():
    with pytest.raises(Blocked, match="can be read as dev and as prod"):
        convention("dev", "prod", pattern="{project}-{purpose}").environment("shop-deploy")


def test_a_pattern_has_its_parts_in_order():
    assert naming.parts("{project}-{environment}-{purpose_two}-{No}") == ("project", "environment", "purpose_two")


WORDS = st.from_regex(r"\A[a-z][a-z0-9]{0,5}\Z")


@law
@given(
    WORDS.filter(lambda word: word not in ENVIRONMENTS),
    st.sampled_from(ENVIRONMENTS),
    WORDS.filter(lambda word: word not in ENVIRONMENTS),
)
def test_a_name_put_together_by_the_pattern_says_its_environment(project, environment, purpose):
    assert convention().environment(f"{project}-{environment}-{purpose}") == environment


@law
@given(st.text("abz019-.@_A{}", max_size=100))
def test_any_name_has_one_environment_or_is_blocked(name):
    try:
        found = convention().environment(name)
    except Blocked as error:
        found = str(error)
    assert found in ENVIRONMENTS or "write `environment:`" in found or "is not configured" in found


def test_of_hundreds_of_environments_only_those_are_tried_that_stand_in_the_name(monkeypatch):
    tried, matches = [], Convention._matches
    monkeypatch.setattr(Convention, "_matches", lambda *given: tried.append(given[2]) or matches(*given))
    there = [f"e{number:03}" for number in range(300)]
    assert convention(*there).environment("shop-e123-deploy") == "e123"
    assert tried == ["e123"]

from __future__ import annotations

import pytest

from reconciler.policy.attribution import Ownership
from reconciler.settings import Environment

OWNERSHIP = Ownership({
    "dev": Environment(account="111111111111", regions=("eu-west-1",), deploys_to=("444444444444",)),
    "prod": Environment(
        account="333333333333", regions=("eu-west-1",), words=("production", "live"), owns=("*/c-1", "artifacts"),
        deploys_to=("444444444444", "555555555555"),
    ),
    "prod-eu": Environment(account="333333333333", regions=("eu-central-1",)),
})  # fmt: skip


@pytest.mark.parametrize(
    ("text", "owners"),
    [
        pytest.param("arn:aws:iam::111111111111:role/deploy", "dev", id="by account"),
        pytest.param("arn:aws:iam::111111111111:role/prod-deploy", "dev", id="the account counts, not the word"),
        pytest.param("artifacts-111111111111-eu-west-1", "dev", id="by an account in a name"),
        pytest.param("arn:aws:iam::333333333333:role/deploy", "prod prod-eu", id="two share the account"),
        pytest.param("arn:aws:iam::333333333333:role/prod-eu-deploy", "prod-eu", id="of two the word decides"),
        pytest.param("arn:aws:iam::333333333333:role/dev-deploy", "prod prod-eu", id="a word of neither"),
        pytest.param("arn:aws:iam::444444444444:role/x", "dev prod", id="an account that two deploy to"),
        pytest.param("arn:aws:iam::555555555555:role/x", "prod", id="an account that one deploys to"),
        pytest.param("shop-prod-web", "prod", id="by word"),
        pytest.param("Shop_Production", "prod", id="by another word, whatever its case"),
        pytest.param("shop-prod-eu-web", "prod-eu", id="the longer word"),
        pytest.param("products-development", "", id="a part of a word is none"),
        pytest.param("arn:aws:codeconnections:eu-west-1:111111111111:connection/c-1", "prod", id="claimed by a glob"),
        pytest.param("artifacts", "prod", id="claimed by name"),
        pytest.param("arn:aws:iam::999999999999:role/prod", "", id="an account of nobody"),
    ],
)
def test_what_a_text_belongs_to(text, owners):
    assert OWNERSHIP.owners(text) == set(owners.split())


def test_a_word_of_the_project_itself_says_nothing():
    assert OWNERSHIP.owners("live-events-build", {"live", "events"}) == frozenset()


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("arn:aws:iam::999999999999:role/x", "999999999999"),
        ("arn:aws:iam::111111111111:role/x", None),
        ("arn:aws:iam::aws:policy/ReadOnly", None),
        ("shop-web", None),
    ],
)
def test_an_account_that_no_environment_has_is_a_stranger(text, account):
    assert OWNERSHIP.stranger(text) == account


def test_without_environments_nothing_is_strange():
    assert Ownership({}).stranger("arn:aws:iam::999999999999:role/x") is None
    assert Ownership({}).owners("shop-prod-web") == frozenset()


def test_pipelines_work_in_their_environment_and_where_it_deploys_to():
    tools = Environment(account="222222222222", regions=("eu-west-1",), deploys_to=("111111111111",))
    ownership = Ownership({**OWNERSHIP.environments, "tools": tools})
    assert ownership.allowed("tools") == {"tools", "dev"}
    assert ownership.allowed("dev") == {"dev"}

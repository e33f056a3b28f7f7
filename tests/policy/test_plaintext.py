"""Secrets in plain text: what is one, and what only looks like one."""

from __future__ import annotations

import json

import pytest

from reconciler.pipeline.unknown import Unknown
from reconciler.policy import plaintext

KEY = "AKIA" + "Q3EGYVB2LKRM7XYZ"
PEM = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow\n-----END RSA " + "PRIVATE KEY-----"
OVERRIDES = {"Password": {"Fn::GetParam": ["A", "f.json", "P"]}}


def found(value: object) -> list[tuple[tuple[str | int, ...], str]]:
    return [(leak.path, leak.name) for leak in plaintext.find({"configuration": value})]


@pytest.mark.parametrize(
    "name",
    ["DB_PASSWORD", "apiToken", "API_KEY", "GithubToken", "clientSecret", "AWS_SECRET_ACCESS_KEY", "PASSWORD_PROD",
     "OAuthToken", "pwd"],
)  # fmt: skip
def test_a_name_can_say_that_its_value_is_a_secret(name):
    assert plaintext.says_secret(name)


@pytest.mark.parametrize(
    "name",
    ["TOKEN_URL", "SECRET_NAME", "PasswordPolicy", "SecretArn", "AWS_ACCESS_KEY_ID", "KEY", "TOKEN_TTL", "PUBLIC_KEY",
     "PARTITION_KEY", "keyboard", "Compass", "", "tokenizer", "SECRETS_MANAGER", "StackName"],
)  # fmt: skip
def test_other_names_do_not(name):
    assert not plaintext.says_secret(name)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"OAuthToken": "d41d8cd98f00"}, id="key"),
        pytest.param({"EnvironmentVariables": json.dumps([{"name": "DB_PASSWORD", "value": "hunter2"}])}, id="json"),
        pytest.param({"UserParameters": json.dumps({"deep": {"apiKey": "x8Kq2vR7"}})}, id="deep in json"),
        pytest.param({"ParameterOverrides": json.dumps({"DBPassword": "hunter2"})}, id="overrides"),
        pytest.param({"Parameters": "ParameterKey=DBPassword,ParameterValue=hunter2"}, id="pairs of a stack set"),
        pytest.param({"UserParameters": "user=me password=hunter2"}, id="text"),
        pytest.param({"UserParameters": f"id {KEY}"}, id="shape of a key"),
        pytest.param({"Input": PEM}, id="private key"),
        pytest.param({"UserParameters": "https://me:hunter2@example.com/x"}, id="url"),
        pytest.param({"BuildspecOverride": "env:\n  variables:\n    NPM_TOKEN: x8Kq2vR7\n"}, id="build specification"),
        pytest.param([{"name": "NPM_TOKEN", "value": "x8Kq2vR7", "type": "PLAINTEXT"}], id="list of variables"),
        pytest.param({"defaultValue": "x8Kq2vR7", "name": "DEPLOY_TOKEN"}, id="default of a variable"),
    ],
)
def test_a_secret_in_plain_text_is_found_once(value):
    assert len(found(value)) == 1


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"OAuthToken": "****"}, id="mask"),
        pytest.param({"OAuthToken": "{{resolve:secretsmanager:github:SecretString:token}}"}, id="dynamic reference"),
        pytest.param({"OAuthToken": Unknown("${GitHubToken}")}, id="parameter of a template"),
        pytest.param({"OAuthToken": "<GITHUB_TOKEN>"}, id="gap"),
        pytest.param([{"name": "TOKEN", "value": "shop/dev/token", "type": "SECRETS_MANAGER"}], id="secrets manager"),
        pytest.param([{"name": "TOKEN", "value": "/shop/dev/token", "type": "PARAMETER_STORE"}], id="parameter store"),
        pytest.param([{"name": "TOKEN", "value": "/shop/dev/token"}], id="path of a parameter"),
        pytest.param([{"name": "GITHUB_TOKEN", "value": "github-token"}], id="name of a secret"),
        pytest.param([{"name": "PASSWORD", "value": "#{variables.PASSWORD}"}], id="variable"),
        pytest.param([{"name": "PASSWORD", "value": "$OTHER"}], id="variable of a shell"),
        pytest.param([{"name": "TOKEN_URL", "value": "https://id.example.com/oauth"}], id="address"),
        pytest.param([{"name": "USE_TOKEN", "value": "true"}], id="switch"),
        pytest.param({"UserParameters": json.dumps({"tokens": 12, "secret": None})}, id="numbers"),
        pytest.param({"ParameterOverrides": json.dumps(OVERRIDES)}, id="file"),
        pytest.param({"commands": ["export TOKEN=$(aws ssm get-parameter --name x)"]}, id="command that fetches it"),
        pytest.param({"commands": ["git clone https://x:$TOKEN@github.com/a/b"]}, id="variable in a url"),
        pytest.param({"commands": ["curl https://example.com/?token_url=https://a.b"]}, id="query"),
        pytest.param({"ImageTag": "sha-4f2c9b0d7e6a1c3b5d8f"}, id="digest"),
        pytest.param({"NotificationArn": "arn:aws:sns:eu-west-1:111111111111:secret-token-topic"}, id="arn"),
        pytest.param({"BuildspecOverride": "env:\n  secrets-manager:\n    NPM_TOKEN: npm:token\n"}, id="reference"),
        pytest.param({"BuildspecOverride": "build: [unclosed"}, id="no yaml"),
        pytest.param({"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}, id="example of AWS"),
    ],
)
def test_what_only_looks_like_a_secret_is_left_alone(value):
    assert found(value) == []


@pytest.mark.parametrize(
    "text",
    ["1/" * 20_000 + "!", "a." * 25_000 + "=", "https://" + "a" * 50_000, "#" * 50_000, " -" * 25_000],
    ids=["path", "pairs", "url", "marks", "dashes"],
)
def test_a_long_text_ends(text):
    assert len(found([{"name": "TOKEN", "value": text}])) <= 1


def test_the_place_is_that_of_the_text_that_holds_it_and_no_value_is_told():
    value = {"EnvironmentVariables": json.dumps([{"name": "DB_PASSWORD", "value": "hunter2"}])}
    assert found(value) == [(("configuration", "EnvironmentVariables"), "DB_PASSWORD")]


KIND = {"category": "Build", "owner": "Custom", "provider": "Foundry", "version": "1"}
OWN = {("Build", "Custom", "Foundry", "1"): frozenset({"Pin"})}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        pytest.param("1234", True, id="a short number"),
        pytest.param("foundry/pin", True, id="what elsewhere would be a name"),
        pytest.param("****", False, id="a mask"),
        pytest.param("#{variables.Pin}", False, id="a variable"),
        pytest.param("", False, id="nothing"),
        pytest.param(Unknown("${Pin}"), False, id="not known"),
    ],
)
def test_where_an_own_type_says_that_a_property_is_secret_every_text_is_one(value, found):
    action = {"name": "Cast", "actionTypeId": KIND, "configuration": {"Pin": value, "Job": "1234"}}
    document = {"stages": [{"name": "Build", "actions": [action]}]}
    place = ("stages", 0, "actions", 0, "configuration", "Pin")
    assert list(plaintext.find(document, OWN)) == ([(place, "Pin")] if found else [])
    assert list(plaintext.find(document)) == []


@pytest.mark.parametrize(
    ("value", "count"), [("secret-token", 1), ("{{resolve:secretsmanager:token}}", 0), ("****", 0)]
)
def test_in_a_property_that_aws_masks_every_text_is_a_secret(value, count):
    kind = {"category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1"}
    action = {"name": "Code", "actionTypeId": kind, "configuration": {"OAuthToken": value}}
    assert len(list(plaintext.find({"stages": [{"name": "Source", "actions": [action]}]}))) == count

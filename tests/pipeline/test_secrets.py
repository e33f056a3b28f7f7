from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import action, build, pipeline, sources, stage
from reconciler.pipeline import secrets
from reconciler.pipeline.secrets import MASK
from strategies import declarations, json_values, law

if TYPE_CHECKING:
    from collections.abc import Callable

    from builders import Document

FINGERPRINT = secrets.fingerprinter(b"a key")
PLAIN = "hunter2hunter2"
GITHUB = f"ghp_{'a1B2' * 9}"
SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:prod/db-AbCdEf"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"


def sealed(document: Document) -> Document:
    return secrets.seal(document, FINGERPRINT)


def mark(value: str) -> str:
    return f"{MASK}#{FINGERPRINT(value)}"


def with_action(**members: Any) -> Document:
    return pipeline(stages=[sources(), stage("Build", build(**members))])


def configured(**configuration: Any) -> Document:
    return with_action(configuration=configuration)


def with_rule(**members: Any) -> Document:
    kind = {"category": "Rule", "owner": "AWS", "provider": "LambdaInvoke", "version": "1"}
    gate = {"conditions": [{"result": "FAIL", "rules": [{"name": "Ask", "ruleTypeId": kind, **members}]}]}
    return pipeline(stages=[sources(), stage("Build", build(), beforeEntry=gate)])


def third_party(provider: str, key: str, value: str) -> Document:
    kind = action("Old", "Source", provider, owner="ThirdParty", configuration={key: value})
    return pipeline(stages=[sources(kind), stage("Build", build())])


def seal_value(value: Any, key: str = "Setting") -> Any:
    (_, second) = sealed(configured(**{key: value}))["stages"]
    return second["actions"][0]["configuration"][key]


PLACES: dict[str, Callable[[str], Document]] = {
    "GitHub's token": lambda secret: third_party("GitHub", "OAuthToken", secret),
    "Alexa's client secret": lambda secret: third_party("AlexaSkillsKit", "ClientSecret", secret),
    "Alexa's refresh token": lambda secret: third_party("AlexaSkillsKit", "RefreshToken", secret),
    "a configuration key": lambda secret: configured(dbPassword=secret),
    "a configuration key in capitals": lambda secret: configured(API_KEY=secret),
    "EnvironmentVariables": lambda secret: configured(
        EnvironmentVariables=json.dumps([{"name": "DB_PASSWORD", "value": secret, "type": "PLAINTEXT"}])
    ),
    "EnvironmentVariables over several lines": lambda secret: configured(
        EnvironmentVariables="\n" + json.dumps([{"value": secret, "name": "NPM_TOKEN"}], indent=2)
    ),
    "UserParameters": lambda secret: configured(UserParameters=json.dumps({"deep": [{"apiKey": secret}]})),
    "a list below a secret name": lambda secret: configured(UserParameters=json.dumps({"tokens": ["a", [secret]]})),
    "a mapping below a secret name": lambda secret: configured(Input=json.dumps({"credentials": {"user": secret}})),
    "JSON inside JSON": lambda secret: configured(Input=json.dumps({"body": json.dumps({"password": secret})})),
    "JSON with a repeated key": lambda secret: configured(
        Input=f'{{"a": 1, "a": 2, "password": {json.dumps(secret)}}}'
    ),
    "JSON with an unquoted variable": lambda secret: configured(
        Input=f'{{"size": #{{variables.SIZE}}, "password": {json.dumps(secret)}}}'
    ),
    "entries with an unquoted variable": lambda secret: configured(
        Input=f'[{{"value": {json.dumps(secret)}, "size": #{{variables.SIZE}}, "name": "DB_PASSWORD"}}]'
    ),
    "stack parameters": lambda secret: configured(
        Parameters=json.dumps([{"ParameterKey": "DbPassword", "ParameterValue": secret}])
    ),
    "parameter overrides": lambda secret: configured(ParameterOverrides=json.dumps({"DbPassword": secret})),
    "environmentVariables": lambda secret: with_action(environmentVariables=[{"name": "API_TOKEN", "value": secret}]),
    "a rule's configuration": lambda secret: with_rule(configuration={"SharedSecret": secret}),
    "a rule's parameters": lambda secret: with_rule(configuration={"UserParameters": json.dumps({"secret": secret})}),
    "a pipeline variable": lambda secret: pipeline(variables=[{"name": "DEPLOY_TOKEN", "defaultValue": secret}]),
    "a member of tomorrow": lambda secret: with_action(tomorrow={"clientSecret": secret}),
}
TEXTS: dict[str, Callable[[str], str]] = {
    "GitHub token": lambda core: f"ghp_{core}",
    "fine-grained GitHub token": lambda core: f"github_pat_{core}",
    "GitLab token": lambda core: f"glpat-{core}",
    "Slack token": lambda core: f"xoxb-{core}",
    "AWS access key": lambda core: f"AKIA{core.upper()[:16]}",
    "private key": lambda core: (
        f"-----BEGIN OPENSSH PRIVATE KEY-----\n{core}\n{core}\n-----END OPENSSH PRIVATE KEY-----"
    ),
    "private key cut short": lambda core: f"-----BEGIN PRIVATE KEY-----\n{core}",
    "PGP key": lambda core: f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n{core}\n-----END PGP PRIVATE KEY BLOCK-----",
    "URL password": lambda core: f"https://me:{core}@example.com/x",
    "URL password with @ and :": lambda core: f"postgresql://me:p@ss:{core}@example.com/x",
    "URL password without a user": lambda core: f"redis://:{core}@example.com",
    "assignment": lambda core: f"export API_TOKEN={core}",
    "quoted assignment": lambda core: f"PASSWORD='{core}' make",
    "option": lambda core: f"deploy --password={core} --force",
    "query of a URL": lambda core: f"https://example.com/hook?access_token={core}&x=1",
    "stack parameter": lambda core: f"ParameterKey=DbPassword,ParameterValue={core} ParameterKey=A,ParameterValue=b",
}
TEXT_PLACES: dict[str, Callable[[str], Document]] = {
    "configuration": lambda text: configured(CustomData=f"see {text}"),
    "JSON": lambda text: configured(UserParameters=json.dumps({"a": [f"see {text}"]})),
    "commands": lambda text: with_action(commands=["make", text]),
    "a rule's commands": lambda text: with_rule(commands=[text]),
    "a variable's value": lambda text: with_action(environmentVariables=[{"name": "PLACE", "value": text}]),
    "a description": lambda text: pipeline(variables=[{"name": "A", "description": text}]),
}


# Which values are secret


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_secret_is_sealed_wherever_it_stands(place):
    found = json.dumps(sealed(place(PLAIN)))
    assert PLAIN not in found
    assert MASK in found


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("place", TEXT_PLACES.values(), ids=TEXT_PLACES)
def test_a_credential_is_sealed_in_any_text(text, place):
    core = "Zq9" * 12
    found = json.dumps(sealed(place(text(core))))
    assert core[:16].lower() not in found.lower()
    assert MASK in found


def test_of_a_text_only_the_credential_is_sealed():
    assert seal_value(f"clone https://me:{PLAIN}@example.com/x twice") == (
        f"clone https://{mark(f'me:{PLAIN}')}@example.com/x twice"
    )


def test_of_json_only_the_secret_is_sealed():
    value = json.dumps(
        [{"name": "LEVEL", "value": "debug"}, {"name": "DB_PASSWORD", "value": PLAIN, "type": "PLAINTEXT"}]
    )
    assert json.loads(seal_value(value)) == [
        {"name": "LEVEL", "value": "debug"},
        {"name": "DB_PASSWORD", "value": mark(PLAIN), "type": "PLAINTEXT"},
    ]


def test_a_number_under_a_secret_name_is_sealed_like_its_text():
    assert seal_value(12345678, "Password") == seal_value("12345678", "Password") == mark("12345678")


def test_a_member_that_aws_masks_is_sealed_even_where_it_holds_a_reference():
    document = sealed(third_party("GitHub", "OAuthToken", "{{resolve:secretsmanager:token}}"))
    assert document["stages"][0]["actions"][0]["configuration"]["OAuthToken"].startswith(MASK)


@pytest.mark.parametrize(
    "value", [SECRET_ARN, "{{resolve:ssm:/db}}", "#{variables.TOKEN}", "true", "False", "", "#{A.b}"]
)
@pytest.mark.parametrize("place", ["dbPassword", "UserParameters", "EnvironmentVariables", "commands"])
def test_what_only_refers_to_a_secret_is_not_sealed(place, value):
    documents = {
        "dbPassword": configured(dbPassword=value),
        "UserParameters": configured(UserParameters=json.dumps({"token": value})),
        "EnvironmentVariables": configured(EnvironmentVariables=json.dumps([{"name": "TOKEN", "value": value}])),
        "commands": with_action(commands=[f"deploy --token={value}"]),
    }
    assert sealed(documents[place]) == documents[place]


@pytest.mark.parametrize("kind", ["SECRETS_MANAGER", "PARAMETER_STORE"])
def test_an_entry_of_a_referring_type_is_not_sealed(kind):
    entry = {"name": "DB_PASSWORD", "value": "prod/db:password", "type": kind}
    document = with_action(environmentVariables=[entry], configuration={"EnvironmentVariables": json.dumps([entry])})
    assert sealed(document) == document


def test_a_credential_is_sealed_even_in_an_entry_of_a_referring_type():
    entry = {"name": "DB_PASSWORD", "value": GITHUB, "type": "SECRETS_MANAGER"}
    assert GITHUB not in json.dumps(sealed(with_action(environmentVariables=[entry])))


def test_a_reference_with_more_around_it_is_sealed():
    assert seal_value(f"#{{variables.USER}}:{PLAIN}", "Password") == mark(f"#{{variables.USER}}:{PLAIN}")


@pytest.mark.parametrize(
    "text",
    [
        "TOKEN=$(aws sts get)",
        'TOKEN="$A" x',
        '[ "$TOKEN" == x ]',
        "git@host:a/b.git",
        "https://host/a@b",
        "https://host:443/a",
        "mail me@example.com",
        "passwords are kept elsewhere",
        "AKIA",
        "a=b",
    ],
)
def test_a_text_without_a_credential_stays_as_it_is(text):
    assert seal_value(text) == text


@pytest.mark.parametrize(
    "value", ['{"a": 1.0, "b": [true, null]}', "[1, 2", "{}", "  [ ]  ", "{{resolve:ssm:/token}}", '[ -n "$TOKEN" ]']
)
def test_json_without_a_secret_stays_as_it_was_written(value):
    assert seal_value(value) == value


@pytest.mark.parametrize("value", [True, 8, None])
def test_a_value_that_is_no_text_stays_as_it_is(value):
    assert seal_value(value) is value


def test_json_nested_too_deeply_to_be_looked_into_is_sealed_if_it_may_hold_a_secret():
    value = '{"a":' * 300 + f'{{"token": "{PLAIN}"}}' + "}" * 300
    assert seal_value(value) == mark(value)


def test_json_in_json_in_json_never_ends_the_pass():
    value = json.dumps({"token": PLAIN})
    for _ in range(11):
        value = "[" * 99 + json.dumps(value) + "]" * 99
    assert PLAIN not in json.dumps(seal_value(value))


# Masks and fingerprints


def test_the_mask_of_aws_stays_a_bare_mask():
    assert sealed(third_party("GitHub", "OAuthToken", MASK)) == third_party("GitHub", "OAuthToken", MASK)
    assert seal_value(MASK, "Password") == MASK


def test_fingerprints_are_equal_for_equal_secrets_only():
    assert seal_value(PLAIN, "Password") == seal_value(PLAIN, "ApiKey")
    assert seal_value(PLAIN, "Password") != seal_value(f"{PLAIN} ", "Password")


def test_another_key_gives_another_fingerprint():
    assert secrets.fingerprinter(b"another")(PLAIN) != FINGERPRINT(PLAIN)


def test_a_fingerprint_has_twelve_hexadecimal_digits():
    assert len(FINGERPRINT(PLAIN)) == len(FINGERPRINT("")) == 12
    assert int(FINGERPRINT(PLAIN), 16) >= 0


@pytest.mark.parametrize(
    ("value", "masked"), [(MASK, True), (mark("x"), True), ("x", False), ("", False), (None, False), (4, False)]
)
def test_a_mask_is_known_with_and_without_a_fingerprint(value, masked):
    assert secrets.is_mask(value) is masked


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        *[(MASK, True), (f"a {MASK} b", True), (mark("x"), False), (f"{mark('x')} {MASK}", True), (4, False)],
        *[("*****", True), ("***** Build *****", False), ("***", False), (f"**{mark('x')}**", False)],
    ],
)
def test_a_bare_mask_is_one_without_a_fingerprint(value, masked):
    assert secrets.has_bare_mask(value) is masked


@pytest.mark.parametrize(
    ("value", "masked"),
    [(MASK, True), (f"a {MASK} b", True), (mark("x"), True), (f"*{mark('x')}", True), ("***** a", False), (4, False)],
)
def test_a_mask_is_found_anywhere_in_a_text(value, masked):
    assert secrets.has_mask(value) is masked


# A team's own action types


def cast(phrase: str, **kind: str) -> Document:
    build = {"name": "Cast", "actionTypeId": {"category": "Build", "owner": "Custom", "provider": "Foundry",
             "version": "1", **kind}, "configuration": {"Phrase": phrase, "Job": "web"}}  # fmt: skip
    return pipeline(stages=[sources(), stage("Build", build)])


OWN = {("Build", "Custom", "Foundry", "1"): frozenset({"Phrase"})}


def test_what_a_type_of_a_team_declares_secret_is_sealed_and_nothing_else_of_it():
    assert secrets.seal(cast(PLAIN), FINGERPRINT, OWN) == cast(mark(PLAIN))
    assert sealed(cast(PLAIN)) == cast(PLAIN)


@pytest.mark.parametrize(
    "kind", [{"category": "Test"}, {"owner": "ThirdParty"}, {"provider": "Kiln"}, {"version": "2"}], ids=str
)
def test_another_type_has_other_secrets(kind):
    assert secrets.seal(cast(PLAIN, **kind), FINGERPRINT, OWN) == cast(PLAIN, **kind)


@law
@given(st.text())
def test_sealing_again_with_types_of_a_team_changes_nothing(phrase):
    sealer = secrets.Sealer(FINGERPRINT, OWN)
    once = sealer.seal(cast(phrase))
    assert sealer.seal(once) == once


def test_what_aws_masks_is_hidden_even_if_nobody_declared_its_type():
    sealer = secrets.Sealer(FINGERPRINT).knowing(cast(MASK))
    assert sealer.seal(cast(PLAIN)) == cast(mark(PLAIN))
    assert secrets.Sealer(FINGERPRINT).knowing(cast("shown")).seal(cast(PLAIN)) == cast(PLAIN)


def test_a_fingerprint_is_carried_only_where_the_other_side_is_sealed_too():
    before = cast(mark(PLAIN))
    assert secrets.Sealer(FINGERPRINT, OWN).carry(cast(MASK), before) == before
    assert secrets.Sealer(FINGERPRINT).carry(cast(MASK), before) == cast(MASK)
    token = third_party("GitHub", "OAuthToken", MASK)
    assert secrets.Sealer(FINGERPRINT).carry(token, sealed(third_party("GitHub", "OAuthToken", PLAIN))) != token


def test_a_digest_says_by_which_types_its_document_was_sealed():
    plain, own = secrets.Sealer(FINGERPRINT), secrets.Sealer(FINGERPRINT, OWN)
    other = secrets.Sealer(FINGERPRINT, OWN | {("Test", "Custom", "Kiln", "1"): frozenset({"Key"})})
    signed = [each.signed("d1") for each in (plain, own, other)]
    assert signed[0] == "d1"
    assert [[each.has_signed(digest) for digest in signed] for each in (plain, own, other)] == [
        [True, False, False], [False, True, False], [False, False, True]
    ]  # fmt: skip


def test_revealing_nothing_removes_fingerprints_everywhere():
    value = {
        "a": [mark("x"), {"b": f"see {mark('y')} and {mark('z')}"}],
        "json": json.dumps({"token": mark("x")}),
        "n": 1,
    }
    assert secrets.reveal_nothing(value) == {
        "a": [MASK, {"b": f"see {MASK} and {MASK}"}],
        "json": json.dumps({"token": MASK}),
        "n": 1,
    }


def test_revealing_nothing_changes_nothing_in_its_argument():
    value = {"a": [mark("x")]}
    secrets.reveal_nothing(value)
    assert value == {"a": [mark("x")]}


# Carrying on what only memory knows


def test_a_bare_mask_gets_the_fingerprint_that_stood_at_its_place():
    before = sealed(third_party("GitHub", "OAuthToken", PLAIN))
    assert secrets.carry(third_party("GitHub", "OAuthToken", MASK), before) == before


def test_a_mask_of_an_action_that_moved_inside_its_stage_is_still_found():
    token = {"name": "Old", "configuration": {"OAuthToken": MASK}}
    before = [{"name": "Old", "configuration": {"OAuthToken": mark(PLAIN)}}, {"name": "New"}]
    assert secrets.carry([{"name": "New"}, token], before)[1]["configuration"]["OAuthToken"] == mark(PLAIN)


@pytest.mark.parametrize(
    ("now", "before"),
    [
        pytest.param([{"name": "New", "key": MASK}], [{"name": "Old", "key": mark(PLAIN)}], id="renamed"),
        pytest.param({"key": MASK}, {"other": mark(PLAIN)}, id="another key"),
        pytest.param({"key": MASK}, {"key": "plain"}, id="no secret before"),
        pytest.param({"key": "plain"}, {"key": mark(PLAIN)}, id="no mask now"),
        pytest.param({"key": mark("new")}, {"key": mark(PLAIN)}, id="a fingerprint of its own"),
        pytest.param({"key": [MASK]}, {"key": mark(PLAIN)}, id="another shape"),
        pytest.param([MASK, {"no": "name"}], [mark(PLAIN)], id="nameless"),
    ],
)
def test_what_does_not_answer_to_a_secret_before_stays_as_it_is(now, before):
    assert secrets.carry(now, before) == now


# Free text


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_credential_is_scrubbed_out_of_a_message(text):
    core = "Zq9" * 12
    found = secrets.scrub(f"fatal: cannot read {text(core)}")
    assert core[:16].lower() not in found.lower()
    assert MASK in found
    assert "#" not in found


def test_a_message_without_a_credential_stays_as_it_is():
    text = "fatal: https://example.com/a.git: Could not resolve host (see token settings)"
    assert secrets.scrub(text) == text


def test_scrubbing_keeps_what_stands_around_a_credential():
    assert secrets.scrub(f"a\n{PEM}\nb https://me:x@host/c") == f"a\n{MASK}\nb https://{MASK}@host/c"


@pytest.mark.parametrize(
    ("text", "value"),
    [('{"a": 1}', {"a": 1}), (" [1]", [1]), ('"a"', '"a"'), ("1", "1"), ("x", "x"), ('{"a":1,"a":1}', '{"a":1,"a":1}')],
)
def test_only_objects_and_arrays_are_read_as_json(text, value):
    assert secrets.parse_json(text) == value


# Laws

cores = st.text("abcdefghijkmnpqrstuvwxyz23456789", min_size=24, max_size=30).map("zq{}".format)


@law
@given(st.sampled_from(sorted(PLACES)), cores, st.text(max_size=6), st.text(max_size=6))
def test_no_secret_can_be_read_in_a_sealed_document(place, core, before, after):
    assert core not in json.dumps(sealed(PLACES[place](before + core + after)))


@law
@given(st.sampled_from(sorted(TEXTS)), st.sampled_from(sorted(TEXT_PLACES)), cores)
def test_no_credential_can_be_read_in_a_sealed_document(text, place, core):
    credential = TEXTS[text](core)
    assert credential not in json.dumps(sealed(TEXT_PLACES[place](credential)), ensure_ascii=False)
    assert core[:16].lower() not in json.dumps(sealed(TEXT_PLACES[place](credential))).lower()


@law
@given(st.sampled_from(sorted(PLACES)), st.text(min_size=1))
def test_sealing_a_sealed_document_changes_nothing(place, secret):
    once = sealed(PLACES[place](secret))
    assert sealed(once) == once


@law
@given(declarations)
def test_sealing_changes_nothing_in_the_declaration(document):
    before = copy.deepcopy(document)
    sealed(document)
    assert document == before


@law
@given(json_values)
def test_a_document_without_secret_names_or_shapes_is_sealed_to_itself(value):
    document = {"value": _harmless(value)}
    assert json.dumps(sealed(document)) == json.dumps(document)


@law
@given(st.text() | json_values.map(json.dumps) | st.text('{}[]",:#arn0 tokenpassword=\\*'))
def test_any_text_can_be_sealed_read_and_scrubbed(text):
    document = configured(Setting=text, Password=text)
    secrets.carry(sealed(document), document)
    assert isinstance(secrets.scrub(text), str)
    assert isinstance(secrets.parse_json(text), str | list | dict)


def _harmless(value: Any) -> Any:
    if isinstance(value, dict):
        return {f"k{index}": _harmless(item) for index, item in enumerate(value.values())}
    if isinstance(value, list):
        return [_harmless(item) for item in value]
    return f"x{len(value)}" if isinstance(value, str) else value

from __future__ import annotations

import copy
import json
import re
import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from builders import action, build, pipeline, sources, stage
from reconciler.definitions import native
from reconciler.pipeline import actions, canonical, secrets
from reconciler.settings import Environment, Naming
from strategies import declarations, law

if TYPE_CHECKING:
    from reconciler.definitions.definition import Definition
    from reconciler.documents import Fault

DEV = Environment(account="111111111111", regions=("eu-west-1",))
PROD = Environment(account="333333333333", regions=("eu-west-1", "us-east-1"))
FINGERPRINT = secrets.fingerprinter(b"a key")
UNCHECKED = {rule.id: "off" for rule in actions.RULES}
"""What is read here is made up; what providers want has tests of its own."""
CONTEXT = native.Context(MappingProxyType({"dev": DEV, "prod": PROD}), Naming(), FINGERPRINT, UNCHECKED)


def read(value: Any, source: str = "") -> Definition:
    definition, faults = native.read(value, source, "shop.yaml", CONTEXT)
    assert definition is not None, faults
    return definition


def refused(value: Any) -> list[Fault]:
    definition, faults = native.read(value, "", "shop.yaml", CONTEXT)
    assert definition is None
    assert faults
    return list(faults)


def only(value: Any) -> Fault:
    (fault,) = refused(value)
    return fault


def wrapped(name: str = "shop-dev-deploy", **members: Any) -> dict[str, Any]:
    return {"pipeline": pipeline(name), **members}


# What a definition is


def test_a_wrapped_and_a_bare_declaration_are_the_same_definition():
    assert read(wrapped()) == read(pipeline())


def test_a_definition_says_what_and_where_it_is():
    found = read(wrapped("shop-prod-deploy", region="us-east-1", tags={"team": "shop"}))
    assert (found.name, found.environment, str(found.target)) == ("shop-prod-deploy", "prod", "333333333333/us-east-1")
    assert (found.file, found.tags, found.adopt, found.interrupt) == ("shop.yaml", {"team": "shop"}, None, None)


def test_the_answer_of_get_pipeline_is_a_definition():
    answer = {"pipeline": pipeline(version=4, pipelineType="V2"), "metadata": {"pipelineArn": "arn", "created": "x"}}
    assert read(answer).name == "shop-dev-deploy"


@law
@given(declarations)
def test_the_body_is_the_whole_declaration(document):
    assert json.dumps(read({"pipeline": document}).document) == json.dumps(document)


def test_reading_changes_nothing_in_the_value():
    value = wrapped(tags={"a": "b"}, sync={"adopt": True})
    before = copy.deepcopy(value)
    read(value)
    assert value == before


def test_a_secret_is_never_shown_by_a_definition():
    old = action("Old", "Source", "GitHub", owner="ThirdParty", configuration={"OAuthToken": "hunter2"})
    found = read(pipeline(stages=[sources(old), stage("Build", build(inputs=()))]))
    assert "hunter2" in str(found.document)
    assert "hunter2" not in repr(found)


# The digest


def digest(**members: Any) -> str:
    return read(wrapped(**members)).digest


def test_a_digest_does_not_depend_on_what_means_the_same():
    assert read(pipeline(executionMode="SUPERSEDED", version=9)).digest == read(pipeline()).digest


def test_a_digest_depends_on_the_declaration_and_the_tags():
    digests = [
        digest(),
        digest(tags={"a": "b"}),
        digest(tags={"a": "c"}),
        read(pipeline(executionMode="QUEUED")).digest,
    ]
    assert len(set(digests)) == 4


@pytest.mark.parametrize(
    "members", [{"sync": {"adopt": True}}, {"environment": "dev"}, {"region": "eu-west-1"}, {"tags": {}}]
)
def test_a_digest_does_not_depend_on_how_a_definition_is_applied(members):
    assert digest(**members) == digest()


def test_a_digest_tells_secrets_apart_without_holding_them():
    def of(secret: str) -> str:
        return read(pipeline(stages=[sources(), stage("Build", build(configuration={"Password": secret}))])).digest

    assert of("hunter2") != of("hunter3")
    assert of("hunter2") == of("hunter2")


# Tags, environment, Region, sync


def test_tags_may_be_the_list_of_aws():
    assert read(wrapped(tags=[{"key": "team", "value": "shop"}])).tags == {"team": "shop"}


@pytest.mark.parametrize(
    ("tags", "path"),
    [("shop", ("tags",)), ({"cost": 5}, ("tags", "cost")), ([{"key": "aws:a", "value": "b"}], ("tags", 0))],
)
def test_bad_tags_are_refused_at_their_place(tags, path):
    assert only(wrapped(tags=tags)).path == path


def test_an_environment_beside_the_pipeline_wins_over_the_name():
    assert str(read(wrapped("whatever", environment="dev")).target) == "111111111111/eu-west-1"
    assert read(wrapped("shop-prod-deploy", environment="dev")).environment == "dev"


@pytest.mark.parametrize("environment", ["qa", "", 5, True, ["dev"], {"dev": 1}], ids=repr)
def test_an_environment_that_is_not_configured_is_refused(environment):
    fault = only(wrapped(environment=environment))
    assert fault.path == ("environment",)
    assert fault.message == f"environment {environment!r} is not configured (configured: dev, prod)"


@pytest.mark.parametrize(
    ("value", "path"), [(wrapped("shop"), ("pipeline", "name")), (pipeline("shop"), ("name",))], ids=["wrapped", "bare"]
)
def test_a_name_that_says_no_environment_is_refused_at_the_name(value, path):
    fault = only(value)
    assert fault.path == path
    assert fault.message.endswith("rename it or write `environment:`")
    assert "`naming`" in fault.hint


@pytest.mark.parametrize("region", [None, "eu-west-1"])
def test_the_only_region_of_an_environment_need_not_be_written(region):
    assert read(wrapped(region=region)).target.region == "eu-west-1"


@pytest.mark.parametrize("members", [{}, {"region": None}])
def test_of_several_regions_one_must_be_written(members):
    fault = only(wrapped("shop-prod-deploy", **members))
    assert fault.path == ("pipeline", "name")
    assert fault.message == "prod has the Regions eu-west-1, us-east-1; write `region:` beside `pipeline:`"


@pytest.mark.parametrize("region", ["us-east-1", "", 5, ["eu-west-1"], {}], ids=repr)
def test_a_region_that_the_environment_does_not_have_is_refused(region):
    fault = only(wrapped(region=region))
    assert (fault.path, fault.message) == (("region",), f"dev is not configured for {region!r} (configured: eu-west-1)")


@pytest.mark.parametrize(
    ("sync", "adopt", "interrupt"),
    [
        (None, None, None),
        ({}, None, None),
        ({"adopt": True}, True, None),
        ({"adopt": False, "interrupt": "always"}, False, "always"),
        ({"interrupt": "wait"}, None, "wait"),
    ],
)
def test_sync_says_how_this_one_pipeline_is_applied(sync, adopt, interrupt):
    found = read(wrapped(sync=sync))
    assert (found.adopt, found.interrupt) == (adopt, interrupt)


@pytest.mark.parametrize(
    ("sync", "path", "message"),
    [
        (True, ("sync",), "sync is a mapping"),
        (["adopt"], ("sync",), "sync is a mapping"),
        ({"adopted": True}, ("sync", "adopted"), "'adopted' is not known here"),
        ({"adopt": "yes"}, ("sync", "adopt"), "adopt takes true or false"),
        ({"adopt": 1}, ("sync", "adopt"), "adopt takes true or false"),
        ({"adopt": None}, ("sync", "adopt"), "adopt takes true or false"),
        ({"interrupt": "no"}, ("sync", "interrupt"), 'interrupt takes "wait" or "drain" or "always" or "never"'),
        ({"interrupt": ["wait"]}, ("sync", "interrupt"), 'interrupt takes "wait" or "drain" or "always" or "never"'),
        ({"restart": True}, ("sync", "restart"), 'restart takes "none" or "same" or "latest"'),
        ({"wave": -1}, ("sync", "wave"), "wave takes a number from 0 to 99"),
        ({"wave": True}, ("sync", "wave"), "wave takes a number from 0 to 99"),
    ],
)
def test_another_word_in_sync_is_refused(sync, path, message):
    fault = only(wrapped(sync=sync))
    assert (fault.path, fault.message) == (path, message)


# What is refused


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("tag", "did you mean 'tags'?"),
        ("enviroment", "did you mean 'environment'?"),
        ("zzz", "pipeline, tags, environment, region, transitions, sync, metadata"),
    ],
)
def test_an_unknown_member_is_refused_with_the_nearest_known_one(key, hint):
    fault = only(wrapped(**{key: "x"}))
    assert (fault.path, fault.message, fault.hint) == ((key,), f"{key!r} is not known here", hint)


@pytest.mark.parametrize("value", [None, [], "shop", 5, ["pipeline"]], ids=repr)
def test_a_file_that_is_no_mapping_is_no_definition(value):
    assert only(value).message == "this is not a pipeline definition"


@pytest.mark.parametrize("value", [{}, {"name": "shop-dev-deploy"}, {"steps": []}], ids=repr)
def test_a_mapping_without_a_pipeline_is_no_definition(value):
    assert only(value).message == "this is not a pipeline definition; it has no `pipeline:` mapping"


def test_a_cloudformation_template_is_called_one_and_told_what_to_do():
    fault = only(
        {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"P": {"Type": "AWS::CodePipeline::Pipeline"}}}
    )
    assert fault.message.startswith("this is a CloudFormation template")
    assert "aws codepipeline get-pipeline" in fault.hint


@pytest.mark.parametrize("value", [None, [], "shop"], ids=repr)
def test_a_pipeline_that_is_no_mapping_is_refused_at_its_place(value):
    assert only({"pipeline": value}).path == ("pipeline",)


@pytest.mark.parametrize("bare", [True, False])
def test_faults_of_the_declaration_are_told_at_their_place_in_the_file(bare):
    broken = pipeline(stages=[sources()])
    assert only(broken if bare else {"pipeline": broken}).path == (("stages",) if bare else ("pipeline", "stages"))


def test_the_structure_is_not_judged_before_the_shape_is_right():
    broken = pipeline(stages=[sources(), stage("Build", {"name": "Compile"})])
    assert [fault.path[-1] for fault in refused(broken)] == ["actionTypeId"]


def test_all_faults_of_a_file_are_told_at_once_in_a_fixed_order():
    value = {"pipeline": pipeline(stages=[sources()]), "zzz": 1, "yyy": 2, "sync": {"adopt": 1}, "tags": {"a": 1}}
    paths = ["/".join(fault.path) for fault in refused(value)]
    assert paths == ["zzz", "yyy", "sync/adopt", "pipeline/stages", "tags/a"]


# The line of the name


@pytest.mark.parametrize(
    ("source", "line"),
    [
        pytest.param("pipeline:\n  name: shop-dev-deploy\n", 2, id="wrapped"),
        pytest.param("\n\n\nname: shop-dev-deploy\n", 4, id="bare"),
        pytest.param("name: 'shop-dev-deploy' # ours\n", 1, id="quoted"),
        pytest.param('{\n  "pipeline": {\n    "name": "shop-dev-deploy",\n', 3, id="JSON"),
        pytest.param("tags: {}\npipeline: {name: shop-dev-deploy, stages: []}\n", 2, id="in one line"),
        pytest.param("a: 1\r\npipeline:\r\n  name: shop-dev-deploy\r\n", 3, id="Windows"),
        pytest.param(
            "a:\n  name: shop-dev-deploy-2\npipeline:\n  name: shop-dev-deploy\n", 4, id="after a longer name"
        ),
        pytest.param("a:\n  rename: shop-dev-deploy\n  name: shop-dev-deploy\n", 3, id="after another key"),
        pytest.param("pipeline: *shop\n", 1, id="not to be found"),
    ],
)
def test_a_definition_stands_at_the_line_of_its_name(source, line):
    assert read(wrapped(), source).line == line


@pytest.mark.parametrize("blank", ["\n", " ", "{", "\t\n", "name:"], ids=repr)
def test_a_megabyte_of_blanks_does_not_hold_the_pass_up(blank):
    start = time.process_time()
    read(wrapped(), blank * (1024 * 1024 // len(blank)))
    assert time.process_time() - start < 5


# The key of a reading


def key(context: native.Context = CONTEXT, sdk: str = "1.40.0") -> str:
    return context.key(sdk)


def test_readings_are_taken_anew_when_what_they_depend_on_changes(monkeypatch):
    keys = [
        key(),
        key(sdk="1.41.0"),
        key(native.Context({"dev": DEV}, Naming(), FINGERPRINT)),
        key(native.Context({"dev": PROD, "prod": DEV}, Naming(), FINGERPRINT)),
        key(native.Context(CONTEXT.environments, Naming(pattern="{environment}"), FINGERPRINT)),
        key(native.Context(CONTEXT.environments, Naming(), secrets.fingerprinter(b"another"))),
    ]
    monkeypatch.setattr(canonical, "VERSION", 0)
    assert len({*keys, key()}) == 7


def test_a_role_to_assume_does_not_change_what_is_read():
    with_role = {name: each.model_copy(update={"assume_role": "arn"}) for name, each in CONTEXT.environments.items()}
    assert key(native.Context(with_role, Naming(), FINGERPRINT, UNCHECKED)) == key()


def test_the_words_in_the_documentation_are_the_words_that_are_read():
    shown = re.findall(r"^\s*(\w+): ", (native.__doc__ or "").split("\n\n", 1)[1], re.MULTILINE)
    assert shown == [member for member in native.MEMBERS if member != "metadata"]

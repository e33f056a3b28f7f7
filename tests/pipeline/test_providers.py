from __future__ import annotations

import re
import subprocess
import sys
from importlib import resources
from typing import Any

import pytest

from reconciler import documents
from reconciler.pipeline import providers, schema, secrets
from reconciler.pipeline.providers import Clause, Condition
from reconciler.pipeline.unknown import Unknown

TYPES = """
Source/AWS/S3 Source/AWS/CodeCommit Source/AWS/CodeStarSourceConnection Source/ThirdParty/GitHub Source/AWS/ECR
Build/AWS/CodeBuild Build/AWS/ECRBuildAndPublish Build/Custom/Jenkins Build/Custom/CloudBees Build/Custom/TeamCity
Build/ThirdParty/SolanoCI
Test/AWS/CodeBuild Test/AWS/DeviceFarm Test/ThirdParty/BlazeMeter Test/ThirdParty/GhostInspector
Test/ThirdParty/StormRunner Test/ThirdParty/Nouvola Test/ThirdParty/Runscope Test/ThirdParty/Apica Test/Custom/Jenkins
Deploy/AWS/S3 Deploy/AWS/CloudFormation Deploy/AWS/CloudFormationStackSet Deploy/AWS/CloudFormationStackInstances
Deploy/AWS/CodeDeploy Deploy/AWS/CodeDeployToECS Deploy/AWS/ECS Deploy/AWS/ElasticBeanstalk Deploy/AWS/OpsWorks
Deploy/AWS/ServiceCatalog Deploy/AWS/AppConfig Deploy/ThirdParty/AlexaSkillsKit Deploy/Custom/XebiaLabs Deploy/AWS/EC2
Deploy/AWS/EKS Deploy/AWS/Lambda
Approval/AWS/Manual Invoke/AWS/Lambda Invoke/AWS/StepFunctions Invoke/AWS/InspectorScan Invoke/AWS/CodePipeline
Invoke/ThirdParty/Snyk Compute/AWS/Commands
Rule/AWS/CloudWatchAlarm Rule/AWS/CodeBuild Rule/AWS/Commands Rule/AWS/DeploymentWindow Rule/AWS/LambdaInvoke
Rule/AWS/VariableCheck
"""
"""Everything that section D of the reference names."""

ENTRIES = documents.parse(
    resources.files("reconciler.pipeline").joinpath(providers.FILE).read_text(encoding="utf-8"), providers.FILE
)
MEMBERS = {
    "category", "owner", "provider", "version", "inputs", "outputs", "keys", "conditions", "variants", "members",
    "variables", "sometimes", "timeout", "cross_region", "needs_v2", "identifiers", "open", "fact",
}  # fmt: skip
KEY_MEMBERS = {"is", "values", "listed", "range", "pattern", "only"}
WORDS = {
    "required", "optional", "secret", "boolean", "json", "json-object", "json-environment", "input", "file", "doubtful",
    *providers.RESOURCES,
}  # fmt: skip
BESIDE = {"commands", "files", "outputVariables", "environmentVariables", "timeoutInMinutes"}
ALL = tuple(providers.catalogue())

DECLARED = {
    "category": "Build",
    "provider": "Foundry",
    "version": "3",
    "settings": {"entityUrlTemplate": "https://foundry.example/{Config:Job}"},
    "configurationProperties": [
        {"name": "Job", "required": True, "key": True, "secret": False, "queryable": False},
        {"name": "Token", "required": True, "key": False, "secret": True, "type": "String"},
        {"name": "Retries", "required": False, "key": False, "secret": False, "type": "Number"},
        {"name": "Quick", "required": False, "key": False, "secret": False, "type": "Boolean"},
    ],
    "inputArtifactDetails": {"minimumCount": 1, "maximumCount": 2},
    "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 1},
}


def entry_id(entry: dict[str, Any]) -> str:
    return f"{entry['category']}/{entry['provider']}"


def clauses(provider: providers.Provider) -> list[Clause]:
    conditions = [clause for condition in provider.conditions for clause in (condition.given, condition.needs)]
    return conditions + [key.only for key in provider.keys.values() if key.only]


# The file ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", ENTRIES, ids=entry_id)
def test_an_entry_is_written_in_the_words_that_the_head_of_the_file_explains(entry):
    specs = [{"is": spec} if isinstance(spec, str) else spec for spec in entry.get("keys", {}).values()]
    assert set(entry) <= MEMBERS
    assert all(set(spec) <= KEY_MEMBERS for spec in specs)
    assert {word for spec in specs for word in spec.get("is", "").split()} <= WORDS
    assert set(entry.get("members", ())) <= BESIDE
    assert all(set(each) <= {"given", "needs", "at"} for each in entry.get("conditions", ()))
    assert all(each.get("at", "run") == "run" for each in entry.get("conditions", ()))


@pytest.mark.parametrize("provider", ALL, ids=str)
def test_counts_are_ordered_and_the_timeout_is_minutes_or_a_reason(provider):
    assert 0 <= provider.inputs[0] <= provider.inputs[1] <= 10
    assert 0 <= provider.outputs[0] <= provider.outputs[1] <= 5
    timed = isinstance(provider.timeout, int) and 55 <= provider.timeout <= 7 * 24 * 60
    assert timed or re.fullmatch(r"unknown \((I|D\.)[0-9]+\)", str(provider.timeout))


@pytest.mark.parametrize("provider", ALL, ids=str)
def test_every_fact_names_its_section_and_only_what_is_not_owned_by_aws_is_open(provider):
    assert re.match(r"D\.[1-6]\b", provider.fact)
    assert not provider.open or provider.owner != "AWS"
    assert not provider.open or not provider.keys


@pytest.mark.parametrize("provider", ALL, ids=str)
def test_what_an_entry_says_of_keys_speaks_of_keys_that_it_has(provider):
    named = {clause.key for clause in clauses(provider)} | {key for variant in provider.variants for key in variant}
    assert named <= {*provider.keys, providers.INPUTS}
    assert provider.sometimes <= set(provider.variables)
    for clause in clauses(provider):
        if clause.values:
            key = provider.keys[clause.key]
            assert set(clause.values) <= ({"true", "false"} if key.boolean else set(key.values))


@pytest.mark.parametrize("provider", ALL, ids=str)
def test_keys_obey_the_shapes_of_the_service(provider):
    for key in provider.keys.values():
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]{1,49}", key.name)
        assert re.compile(key.pattern)
        assert key.range is None or key.range[1] is None or key.range[0] < key.range[1]
        assert not (key.listed and not key.values)
    assert all(re.fullmatch("[0-9A-Za-z_-]{1,35}", part) for part in provider.type)


def test_no_type_stands_there_twice():
    count = sum(len(entry["category"]) if isinstance(entry["category"], list) else 1 for entry in ENTRIES)
    assert count == len(ALL)


def test_everything_that_the_reference_names_is_there_and_nothing_else():
    assert sorted("/".join(provider.type[:3]) for provider in ALL) == sorted(TYPES.split())


def test_a_catalogue_tells_what_is_secret_in_the_types_of_a_team():
    counts = {"minimumCount": 0, "maximumCount": 1}
    keys = [{"name": name, "required": True, "key": False, "secret": name == "Phrase"} for name in ("Phrase", "Job")]
    declared = {"category": "Build", "version": "1", "inputArtifactDetails": counts, "outputArtifactDetails": counts}
    whole = providers.custom(declared | {"provider": "Foundry", "configurationProperties": keys})
    known = providers.catalogue().with_custom(whole, providers.custom(declared | {"provider": "Kiln"}))
    assert known.secrets == {("Build", "Custom", "Foundry", "1"): {"Phrase"}}


def test_the_catalogue_and_the_sealing_of_secrets_agree():
    known = {(provider.owner, provider.provider): provider.secrets for provider in ALL if provider.secrets}
    assert known == secrets.SECRET_KEYS


def test_only_what_aws_owns_and_is_no_source_may_leave_the_region():
    leaving = {provider.type for provider in ALL if provider.cross_region}
    assert leaving == {provider.type for provider in ALL if provider.owner == "AWS" and provider.category != "Source"}


def test_actions_that_need_v2_are_those_of_the_reference():
    actions = {provider.provider for provider in ALL if provider.needs_v2 and provider.category != "Rule"}
    assert actions == {"Commands", "ECRBuildAndPublish", "EC2", "EKS", "Lambda", "CodePipeline"}
    assert not SHIPPED.find("Invoke", "AWS", "Lambda", "1").needs_v2


@pytest.mark.parametrize(
    ("kind", "minutes"),
    [
        pytest.param("Approval/AWS/Manual/1", 7 * 24 * 60, id="an approval waits for seven days"),
        pytest.param("Build/AWS/CodeBuild/1", 36 * 60, id="a build takes a day and a half"),
        pytest.param("Test/AWS/CodeBuild/1", 8 * 60, id="a test takes eight hours"),
        pytest.param("Deploy/AWS/CloudFormation/1", 3 * 24 * 60, id="a stack takes three days"),
        pytest.param("Deploy/AWS/S3/1", 90, id="a copy takes ninety minutes"),
        pytest.param("Deploy/AWS/ECS/1", 60, id="the rest takes an hour"),
        pytest.param("Compute/AWS/Commands/1", 55, id="commands take less"),
    ],
)
def test_timeouts_are_those_of_section_c(kind, minutes):
    assert SHIPPED.find(*kind.split("/")).timeout == minutes


# Questions -----------------------------------------------------------------------------------------------------------

SHIPPED = providers.catalogue()


def test_importing_the_catalogue_reads_nothing_and_asking_twice_reads_once():
    code = (
        "from reconciler.pipeline import providers as p; assert p.catalogue.cache_info().currsize == 0; "
        "assert p.catalogue() is p.catalogue()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_type_is_found_by_all_four_of_its_members():
    assert SHIPPED.find("Deploy", "AWS", "S3", "1").required == {"BucketName", "Extract"}
    assert SHIPPED.find("Deploy", "AWS", "S3", "2") is None
    assert SHIPPED.find("Deploy", "ThirdParty", "S3", "1") is None


def test_a_custom_type_with_a_free_version_is_found_with_any():
    assert SHIPPED.find("Test", "Custom", "Jenkins", "17").keys["ProjectName"].required


@pytest.mark.parametrize(
    ("wanted", "near"),
    [
        pytest.param("Build/AWS/CodeBuild/2", "Build/AWS/CodeBuild/1", id="another version"),
        pytest.param("Test/Custom/CodeBuild/1", "Test/AWS/CodeBuild/1", id="another owner"),
        pytest.param("Build/AWS/CodeDeploy/1", "Deploy/AWS/CodeDeploy/1", id="another category"),
        pytest.param("Deploy/AWS/Lambda/2", "Deploy/AWS/Lambda/1", id="the category decides between two"),
        pytest.param("Deploy/AWS/cloudformation/1", "Deploy/AWS/CloudFormation/1", id="capitals"),
        pytest.param("Source/AWS/CodeStarSource/1", "Source/AWS/CodeStarSourceConnection/1", id="a part of the name"),
        pytest.param("Rule/AWS/CloudwatchAlarms/1", "Rule/AWS/CloudWatchAlarm/1", id="a rule"),
        pytest.param("Rule/AWS/StepFunctions/1", None, id="a rule is never like an action"),
        pytest.param("Deploy/AWS/Spinnaker/1", None, id="nothing like it"),
    ],
)
def test_the_nearest_type_is_the_one_that_was_meant(wanted, near):
    found = SHIPPED.nearest(*wanted.split("/"))
    assert (str(found) if found else None) == near


@pytest.mark.parametrize(
    ("kind", "action", "names"),
    [
        pytest.param("Invoke/AWS/StepFunctions/1", {}, {"ExecutionArn", "StateMachineArn"}, id="a fixed list"),
        pytest.param("Deploy/AWS/S3/1", {}, set(), id="none"),
        pytest.param("Build/AWS/CodeBuild/1", {}, None, id="what the build exports"),
        pytest.param("Compute/AWS/Commands/1", {"outputVariables": ["TAG"]}, {"TAG"}, id="declared ones"),
        pytest.param("Compute/AWS/Commands/1", {}, set(), id="nothing declared"),
        pytest.param("Compute/AWS/Commands/1", {"outputVariables": Unknown("${Names}")}, None, id="unknown ones"),
    ],
)
def test_output_variables_are_known_as_far_as_they_can_be(kind, action, names):
    assert SHIPPED.find(*kind.split("/")).output_variables(action) == names


def test_conditions_say_what_a_key_asks_for():
    s3 = SHIPPED.find("Deploy", "AWS", "S3", "1")
    assert s3.conditions == (Condition(Clause("Extract", ("false",)), Clause("ObjectKey"), at_run=False),)


# Types of a team -----------------------------------------------------------------------------------------------------


def test_a_declaration_has_the_shape_of_the_request_that_makes_the_type():
    assert schema.checker(schema.shapes(), "CreateCustomActionTypeInput", "botocore")(DECLARED) == ()


def test_a_declared_type_is_known_with_its_counts_and_keys():
    made = providers.custom(DECLARED)
    assert made.type == ("Build", "Custom", "Foundry", "3")
    assert (made.inputs, made.outputs, made.cross_region) == ((1, 2), (0, 1), False)
    assert (made.required, made.secrets) == ({"Job", "Token"}, {"Token"})
    assert made.keys["Quick"].boolean


def test_a_declaration_without_properties_takes_none():
    bare = {name: value for name, value in DECLARED.items() if name != "configurationProperties"}
    assert dict(providers.custom(bare).keys) == {}


def test_a_catalogue_with_a_teams_types_leaves_the_shipped_one_alone():
    extended = SHIPPED.with_custom(providers.custom(DECLARED))
    assert extended.find("Build", "Custom", "Foundry", "3")
    assert SHIPPED.find("Build", "Custom", "Foundry", "3") is None


def test_a_teams_own_jenkins_stands_before_the_shipped_one():
    extended = SHIPPED.with_custom(providers.custom(DECLARED | {"provider": "Jenkins"}))
    assert "Job" in extended.find("Build", "Custom", "Jenkins", "3").keys
    assert "Job" not in extended.find("Build", "Custom", "Jenkins", "1").keys

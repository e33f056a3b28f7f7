"""The sample repository obeys the rules of CodePipeline that need no account to be checked, and its own conventions.

The rules are written down here a second time, plainly and on purpose: this file must not lean on the code that it would
then confirm. Numbers such as B8 are those of the fact reference. Only what a set means is asked of the code; the
pipelines that come out of it are looked at like all others.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from reconciler import documents, settings
from reconciler.definitions import native, reading

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.untraced

ROOT = Path(__file__).parents[2] / "config" / "pipelines"
SETTINGS = ROOT.parent / "reconciler.yaml"
EVERY_FILE = sorted(ROOT.rglob("*.yaml"))
SETS = [path for path in EVERY_FILE if "environments" in yaml.safe_load(path.read_text())]
FILES = [path for path in EVERY_FILE if path not in SETS]

ACCOUNTS = {"dev": "111111111111", "staging": "222222222222", "prod": "333333333333"}
REGIONS = {"dev": ["eu-west-1"], "staging": ["eu-west-1"], "prod": ["eu-west-1", "us-east-1"]}
NETWORK_ACCOUNT = "444444444444"
NAME = re.compile(r"(?P<project>[a-z][a-z0-9]*)-(?P<environment>dev|staging|prod)-(?P<purpose>[a-z][a-z0-9]*)")
REFERENCE = re.compile(r"#\{([^.}]*)\.([^}]*)\}")
MEMBERS = [path.stem.replace("-", f"-{at}-") + ".yaml" for path in SETS for at in ACCOUNTS]
"""What the pipelines of sets would be called as files of their own."""
NAMES = [*(path.name for path in FILES), *MEMBERS]
TWINS = sorted(name for name in NAMES if "-prod-" in name and name != "platform-prod-edge.yaml")


class Kind(NamedTuple):
    """A row of the catalogue (reference D): bounds of inputs and outputs, configuration keys, output variables."""

    inputs: tuple[int, int]
    outputs: tuple[int, int]
    required: str
    optional: str = ""
    variables: str = ""


COMMIT = "AuthorDate CommitId CommitMessage"
BUILD = Kind(
    (1, 5),
    (0, 5),
    "ProjectName",
    "PrimarySource BatchEnabled CombineArtifacts BuildspecOverride EnvironmentVariables",
)
KINDS = {
    ("Source", "S3"): Kind(
        (0, 0),
        (1, 1),
        "S3Bucket S3ObjectKey",
        "PollForSourceChanges AllowOverrideForS3ObjectKey",
        "BucketName ETag ObjectKey VersionId",
    ),
    ("Source", "CodeCommit"): Kind(
        (0, 0),
        (1, 1),
        "RepositoryName BranchName",
        "PollForSourceChanges OutputArtifactFormat",
        f"{COMMIT} BranchName CommitterDate RepositoryName",
    ),
    ("Source", "CodeStarSourceConnection"): Kind(
        (0, 0),
        (1, 1),
        "ConnectionArn FullRepositoryId BranchName",
        "OutputArtifactFormat DetectChanges",
        f"{COMMIT} AuthorDisplayName AuthorEmail AuthorId ConnectionArn FullRepositoryName ProviderType",
    ),
    ("Source", "ECR"): Kind(
        (0, 0), (1, 1), "RepositoryName", "ImageTag", "ImageDigest ImageTag ImageURI RegistryId RepositoryName"
    ),
    ("Build", "CodeBuild"): BUILD,
    ("Test", "CodeBuild"): BUILD,
    ("Deploy", "S3"): Kind(
        (1, 1), (0, 0), "BucketName Extract", "ObjectKey KMSEncryptionKeyARN CannedACL CacheControl"
    ),
    ("Deploy", "ECS"): Kind((1, 1), (0, 0), "ClusterName ServiceName", "FileName DeploymentTimeout"),
    ("Deploy", "CodeDeployToECS"): Kind(
        (1, 5),
        (0, 0),
        "ApplicationName DeploymentGroupName TaskDefinitionTemplateArtifact AppSpecTemplateArtifact",
        "AppSpecTemplatePath TaskDefinitionTemplatePath Image1ArtifactName Image1ContainerName",
    ),
    ("Deploy", "CloudFormation"): Kind(
        (0, 10),
        (0, 1),
        "ActionMode StackName",
        "ChangeSetName RoleArn TemplatePath Capabilities OutputFileName ParameterOverrides TemplateConfiguration",
    ),
    ("Approval", "Manual"): Kind((0, 0), (0, 0), "", "NotificationArn CustomData ExternalEntityLink"),
    ("Invoke", "Lambda"): Kind((0, 5), (0, 5), "FunctionName", "UserParameters"),
    ("Invoke", "InspectorScan"): Kind(
        (0, 1),
        (1, 1),
        "InspectorRunMode",
        "ECRRepositoryName ImageTag CriticalThreshold HighThreshold MediumThreshold LowThreshold",
        "HighestScannedSeverity",
    ),
    ("Compute", "Commands"): Kind((1, 10), (0, 1), "", "EnvironmentType ComputeType VpcId Subnets SecurityGroupIds"),
}
RULES = {
    "CloudWatchAlarm": ("AlarmName", "AlarmStates WaitTime"),
    "DeploymentWindow": ("Cron", "TimeZone"),
    "LambdaInvoke": ("FunctionName", "UserParameters"),
    "VariableCheck": ("Variable Value Operator", ""),
}
VALUES = {
    "ActionMode": {"CREATE_UPDATE", "DELETE_ONLY", "REPLACE_ON_FAILURE", "CHANGE_SET_REPLACE", "CHANGE_SET_EXECUTE"},
    "AlarmStates": {"ALARM", "OK", "INSUFFICIENT_DATA"},
    "BatchEnabled": {"true", "false"},
    "Capabilities": {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"},
    "Extract": {"true", "false"},
    "InspectorRunMode": {"SourceCodeScan", "ECRImageScan"},
    "Operator": {"EQ", "NE", "CONTAINS", "MATCHES"},
    "OutputArtifactFormat": {"CODE_ZIP", "CODEBUILD_CLONE_REF"},
    "PollForSourceChanges": {"true", "false"},
}
RESULTS = {"beforeEntry": {"FAIL", "SKIP"}, "onSuccess": {"FAIL", "ROLLBACK"}, "onFailure": {"ROLLBACK", "RETRY"}}


class Spot(NamedTuple):
    """An action and its place in the order: the stage's index, then the runOrder."""

    stage: int
    order: int
    action: dict[str, Any]

    def precedes(self, other: Spot) -> bool:
        """Tell whether this action is over before the other begins (B8: strictly)."""
        return (self.stage, self.order) < (other.stage, other.order)

    @property
    def kind(self) -> tuple[str, str]:
        """Category and provider."""
        return self.action["actionTypeId"]["category"], self.action["actionTypeId"]["provider"]

    @property
    def configuration(self) -> dict[str, str]:
        """The configuration, empty when there is none."""
        return self.action.get("configuration") or {}


@functools.cache
def load(name: str) -> dict[str, Any]:
    """Give the whole document of a file by its name, or of a pipeline in a set."""
    if name in MEMBERS:
        return member(name.removesuffix(".yaml"))
    (path,) = (path for path in FILES if path.name == name)
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    return document


def member(name: str) -> dict[str, Any]:
    """Give the document that a file would hold for one pipeline of a set."""
    loaded = settings.load(SETTINGS.read_text(), SETTINGS.name, {})
    context = native.Context(loaded.environments, loaded.naming, str)
    files = (reading.read(path.read_bytes(), path.name, context) for path in SETS)
    (found,) = (each for definitions in files for each in definitions if each.name == name)
    region = {"region": found.target.region} if len(REGIONS[found.environment]) > 1 else {}
    return {"pipeline": found.document, "tags": dict(found.tags), **region}


@functools.cache
def request_shape() -> Any:
    model = Loader().load_service_model("codepipeline", "service-2")
    return ServiceModel(model, "codepipeline").operation_model("CreatePipeline").input_shape


def spots(pipeline: dict[str, Any]) -> list[Spot]:
    stages = enumerate(pipeline["stages"])
    return [Spot(at, action.get("runOrder", 1), action) for at, stage in stages for action in stage["actions"]]


def names(items: list[dict[str, Any]] | None) -> list[str]:
    return [item["name"] for item in items or []]


def inputs(spot: Spot) -> list[str]:
    return names(spot.action.get("inputArtifacts"))


def outputs(spot: Spot) -> list[str]:
    return names(spot.action.get("outputArtifacts"))


def conditions(pipeline: dict[str, Any]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Give stage index, kind (beforeEntry, onSuccess, onFailure) and condition."""
    for at, stage in enumerate(pipeline["stages"]):
        for kind in RESULTS:
            for condition in stage.get(kind, {}).get("conditions", []):
                yield at, kind, condition


def rules(pipeline: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    for at, _, condition in conditions(pipeline):
        yield from ((at, rule) for rule in condition["rules"])


def configurations(pipeline: dict[str, Any]) -> list[dict[str, str]]:
    """Give the configurations of all actions and of all rules."""
    return [spot.configuration for spot in spots(pipeline)] + [rule["configuration"] for _, rule in rules(pipeline)]


def strings(value: Any) -> Iterator[str]:
    """Give every string of a document, keys included."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from chain(strings(key), strings(item))
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


def repeated(items: list[str]) -> list[str]:
    return [item for item, times in Counter(items).items() if times > 1]


def misfits(value: Any, shape: Any, path: str) -> Iterator[str]:
    """Give what breaks a pattern or an enumeration of the service model; botocore's own validator looks at neither."""
    if shape.type_name == "structure":
        for key, item in value.items():
            yield from misfits(item, shape.members[key], f"{path}.{key}")
    elif shape.type_name == "list":
        for item in value:
            yield from misfits(item, shape.member, path)
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from chain(misfits(key, shape.key, path), misfits(item, shape.value, f"{path}.{key}"))
    elif shape.type_name == "string":
        pattern, allowed = shape.metadata.get("pattern"), shape.metadata.get("enum")
        if (pattern and not re.fullmatch(pattern, value)) or (allowed and value not in allowed):
            yield f"{path}: {value}"


def bad_keys(configuration: dict[str, str], required: str, optional: str) -> set[str]:
    """Give required keys that are missing and keys that nobody knows."""
    needed = set(required.split())
    return (needed - set(configuration)) | (set(configuration) - needed - set(optional.split()))


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(params=EVERY_FILE, ids=lambda path: path.name)
def path(request: pytest.FixtureRequest) -> Path:
    chosen: Path = request.param
    return chosen


@pytest.fixture
def document(name: str) -> dict[str, Any]:
    return load(name)


@pytest.fixture
def pipeline(document: dict[str, Any]) -> dict[str, Any]:
    inner: dict[str, Any] = document["pipeline"]
    return inner


@pytest.fixture
def environment(name: str) -> str:
    match = NAME.match(name)
    assert match
    return match["environment"]


@pytest.fixture
def region(document: dict[str, Any], environment: str) -> str:
    return str(document.get("region", REGIONS[environment][0]))


# The files -----------------------------------------------------------------------------------------------------------


def test_the_sample_has_six_systems_in_three_environments() -> None:
    counts = Counter(name.split("-")[0] for name in NAMES)
    assert counts == {
        "ecommerce": 9, "fooddelivery": 6, "notifications": 3, "photosharing": 3, "payments": 3, "platform": 4,
    }  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_and_folder_are_named_after_the_pipeline(path: Path) -> None:
    written = load(path.name)["pipeline"]["name"]
    match = NAME.fullmatch(written)
    assert match
    assert path.relative_to(ROOT).as_posix() == f"{match['project']}/{written}.yaml"


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.name)
def test_a_set_and_its_folder_are_named_after_project_and_purpose(path: Path) -> None:
    written = yaml.safe_load(path.read_text())
    assert path.relative_to(ROOT).as_posix() == "{project}/{project}-{purpose}.yaml".format_map(written)


def test_the_strict_reader_and_a_common_one_agree(path: Path) -> None:
    assert documents.parse(path.read_text(), path.name) == yaml.safe_load(path.read_text())


def test_a_file_explains_itself_first(path: Path) -> None:
    assert path.read_text().startswith("# ")


def test_no_variable_reference_is_lost_to_a_yaml_comment(path: Path) -> None:
    assert path.read_text().count("#{") == sum(text.count("#{") for text in strings(yaml.safe_load(path.read_text())))


def test_a_file_holds_the_pipeline_its_tags_and_its_region_only(document: dict[str, Any], environment: str) -> None:
    several = len(REGIONS[environment]) > 1
    assert set(document) == {"pipeline", "tags"} | ({"region"} if several else set())


def test_tags_are_fit_for_the_tag_calls_and_tell_the_truth(document: dict[str, Any], environment: str) -> None:
    tags = document["tags"]
    match = NAME.fullmatch(document["pipeline"]["name"])
    assert match
    assert tags["environment"] == environment
    assert tags["project"] == match["project"]
    assert all(re.fullmatch(r"(?!aws:)[A-Za-z0-9 +\-=._:/@]{1,128}", text) for text in strings(tags))


# The service model ---------------------------------------------------------------------------------------------------


def test_botocore_accepts_the_document_for_create_pipeline(document: dict[str, Any]) -> None:
    tags = [{"key": key, "value": value} for key, value in document["tags"].items()]
    request = {"pipeline": document["pipeline"], "tags": tags}
    assert ParamValidator().validate(request, request_shape()).generate_report() == ""
    assert list(misfits(request, request_shape(), "")) == []


def test_configuration_values_are_strings_of_1_to_1000_characters(pipeline: dict[str, Any]) -> None:
    values = chain.from_iterable(each.values() for each in configurations(pipeline))
    assert all(isinstance(value, str) and 1 <= len(value) <= 1000 for value in values)


# Structure: B1 to B13 ------------------------------------------------------------------------------------------------


def test_b1_and_quotas_there_are_2_to_50_stages_of_1_to_50_actions(pipeline: dict[str, Any]) -> None:
    assert 2 <= len(pipeline["stages"]) <= 50
    assert all(1 <= len(stage["actions"]) <= 50 for stage in pipeline["stages"])


def test_b2_b3_b4_sources_fill_the_first_stage_and_no_other(pipeline: dict[str, Any]) -> None:
    assert all((spot.kind[0] == "Source") == (spot.stage == 0) for spot in spots(pipeline))


def test_b5_b6_stage_and_action_names_are_unique(pipeline: dict[str, Any]) -> None:
    assert repeated(names(pipeline["stages"])) == []
    assert all(repeated(names(stage["actions"])) == [] for stage in pipeline["stages"])


def test_b7_each_artifact_is_produced_once(pipeline: dict[str, Any]) -> None:
    assert repeated([artifact for spot in spots(pipeline) for artifact in outputs(spot)]) == []


def test_b8_b9_each_input_was_produced_before(pipeline: dict[str, Any]) -> None:
    producers = {artifact: spot for spot in spots(pipeline) for artifact in outputs(spot)}
    for spot in spots(pipeline):
        assert all(producers[artifact].precedes(spot) for artifact in inputs(spot)), spot.action["name"]


def test_b11_b12_artifact_counts_are_those_of_the_provider(pipeline: dict[str, Any]) -> None:
    for spot in spots(pipeline):
        kind = KINDS[spot.kind]
        assert kind.inputs[0] <= len(inputs(spot)) <= kind.inputs[1], spot.action["name"]
        assert kind.outputs[0] <= len(outputs(spot)) <= kind.outputs[1], spot.action["name"]


def test_every_artifact_is_used_or_is_the_record_of_a_scan(pipeline: dict[str, Any]) -> None:
    used = {artifact for spot in spots(pipeline) for artifact in inputs(spot)}
    idle = {spot.kind[1] for spot in spots(pipeline) if set(outputs(spot)) - used}
    assert idle <= {"InspectorScan"}


def test_b13_no_approval_stands_in_the_source_stage(pipeline: dict[str, Any]) -> None:
    assert all(spot.stage > 0 for spot in spots(pipeline) if spot.kind[0] == "Approval")


# Variables: B14, B15 -------------------------------------------------------------------------------------------------


def test_b14_namespaces_are_unique_and_neither_reserved_nor_an_artifact(pipeline: dict[str, Any]) -> None:
    spaces = [spot.action["namespace"] for spot in spots(pipeline) if "namespace" in spot.action]
    artifacts = {artifact for spot in spots(pipeline) for artifact in outputs(spot)}
    assert repeated(spaces) == []
    assert not set(spaces) & (artifacts | {"codepipeline", "variables"})


def check_reference(pipeline: dict[str, Any], reader: Spot, space: str, key: str) -> None:
    if space in {"variables", "codepipeline"}:
        known = names(pipeline.get("variables")) if space == "variables" else ["PipelineExecutionId"]
        assert key in known
        return
    (producer,) = (spot for spot in spots(pipeline) if spot.action.get("namespace") == space)
    assert producer.precedes(reader)
    assert key in (KINDS[producer.kind].variables.split() or [key]), f"{producer.kind} has no variable {key}"


def test_b15_an_action_reads_only_variables_of_actions_before_it(pipeline: dict[str, Any]) -> None:
    for spot in spots(pipeline):
        for space, key in REFERENCE.findall(" ".join(spot.configuration.values())):
            assert spot.stage > 0, "a source cannot read variables"
            check_reference(pipeline, spot, space, key)


def test_b15_a_rule_reads_only_variables_of_stages_before_it(pipeline: dict[str, Any]) -> None:
    for stage, rule in rules(pipeline):
        for space, key in REFERENCE.findall(" ".join(rule["configuration"].values())):
            check_reference(pipeline, Spot(stage, 0, {}), space, key)


def test_variable_references_stand_in_configuration_only(pipeline: dict[str, Any]) -> None:
    inside = configurations(pipeline)
    assert " ".join(strings(pipeline)).count("#{") == " ".join(strings(inside)).count("#{")


def test_pipeline_variables_have_a_default_so_that_a_trigger_can_start_the_run(pipeline: dict[str, Any]) -> None:
    assert all(variable.get("defaultValue") for variable in pipeline.get("variables", []))


# Stores and Regions: B16 to B18 --------------------------------------------------------------------------------------


def test_b16_there_is_either_one_store_or_a_map_of_stores(pipeline: dict[str, Any]) -> None:
    assert ("artifactStore" in pipeline) != ("artifactStores" in pipeline)


def test_b17_there_is_a_store_for_every_region_at_work(pipeline: dict[str, Any], region: str) -> None:
    needed = {region} | {spot.action.get("region", region) for spot in spots(pipeline)}
    assert needed == set(pipeline.get("artifactStores", {region: None}))


def test_b18_sources_are_never_cross_region(pipeline: dict[str, Any]) -> None:
    assert all("region" not in spot.action for spot in spots(pipeline) if spot.kind[0] == "Source")


# Providers: B21, B22, B27, B28, B30 ----------------------------------------------------------------------------------


def test_b21_b30_every_action_type_is_one_of_awss_own(pipeline: dict[str, Any]) -> None:
    for spot in spots(pipeline):
        assert spot.kind in KINDS
        assert (spot.action["actionTypeId"]["owner"], spot.action["actionTypeId"]["version"]) == ("AWS", "1")


def test_b22_required_keys_are_there_and_no_unknown_ones(pipeline: dict[str, Any]) -> None:
    for spot in spots(pipeline):
        kind = KINDS[spot.kind]
        assert bad_keys(spot.configuration, kind.required, kind.optional) == set(), spot.action["name"]
    for _, rule in rules(pipeline):
        required, optional = RULES[rule["ruleTypeId"]["provider"]]
        assert bad_keys(rule["configuration"], required, optional) == set(), rule["name"]


def test_enumerated_values_are_among_those_the_provider_knows(pipeline: dict[str, Any]) -> None:
    chosen = [(key, value) for each in configurations(pipeline) for key, value in each.items() if key in VALUES]
    assert all(set(value.split(",")) <= VALUES[key] for key, value in chosen)


def test_numbers_in_strings_are_in_range(pipeline: dict[str, Any]) -> None:
    for spot in spots(pipeline):
        assert 1 <= int(spot.configuration.get("DeploymentTimeout", "60")) <= 60
        assert all(value.isdecimal() for key, value in spot.configuration.items() if key.endswith("Threshold"))


def test_b27_a_build_of_several_inputs_names_its_primary_source(pipeline: dict[str, Any]) -> None:
    for spot in spots(pipeline):
        if spot.kind[1] == "CodeBuild":
            primary = spot.configuration.get("PrimarySource")
            assert primary in inputs(spot) if len(inputs(spot)) > 1 else primary is None
            assert "CombineArtifacts" not in spot.configuration or spot.configuration.get("BatchEnabled") == "true"


def test_several_outputs_of_a_build_are_identifiers_of_secondary_artifacts(pipeline: dict[str, Any]) -> None:
    several = [outputs(spot) for spot in spots(pipeline) if spot.kind[1] == "CodeBuild" and len(outputs(spot)) > 1]
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", artifact) for artifact in chain.from_iterable(several))


def test_b28_template_files_stand_in_an_input_artifact(pipeline: dict[str, Any]) -> None:
    for spot in spots(pipeline):
        for key in {"TemplatePath", "TemplateConfiguration"} & set(spot.configuration):
            artifact, separator, path = spot.configuration[key].partition("::")
            assert artifact in inputs(spot)
            assert separator
            assert path


def test_cloudformation_has_the_keys_of_its_mode(pipeline: dict[str, Any]) -> None:
    for spot in spots(pipeline):
        mode = spot.configuration.get("ActionMode", "")
        assert ("ChangeSetName" in spot.configuration) == mode.startswith("CHANGE_SET")
        assert ("RoleArn" in spot.configuration) == (mode in {"CREATE_UPDATE", "CHANGE_SET_REPLACE"})
        assert ("TemplatePath" in spot.configuration) == (mode in {"CREATE_UPDATE", "CHANGE_SET_REPLACE"})


def test_each_change_set_is_made_and_then_executed(pipeline: dict[str, Any], region: str) -> None:
    modes: dict[str, list[tuple[Any, ...]]] = {"CHANGE_SET_REPLACE": [], "CHANGE_SET_EXECUTE": []}
    for spot in spots(pipeline):
        if (mode := spot.configuration.get("ActionMode", "")) in modes:
            stack = spot.configuration["StackName"], spot.configuration["ChangeSetName"]
            modes[mode].append((*stack, spot.action.get("region", region), spot.action.get("roleArn")))
    assert modes["CHANGE_SET_REPLACE"] == modes["CHANGE_SET_EXECUTE"]


def test_blue_green_files_and_images_stand_in_input_artifacts(pipeline: dict[str, Any]) -> None:
    for spot in spots(pipeline):
        if spot.kind[1] == "CodeDeployToECS":
            keys = [key for key in spot.configuration if key.endswith(("TemplateArtifact", "ArtifactName"))]
            assert {spot.configuration[key] for key in keys} == set(inputs(spot))


def test_a_full_clone_goes_to_builds_only(pipeline: dict[str, Any]) -> None:
    clones = {
        artifact
        for spot in spots(pipeline)
        if spot.configuration.get("OutputArtifactFormat") == "CODEBUILD_CLONE_REF"
        for artifact in outputs(spot)
    }
    assert all(spot.kind[1] == "CodeBuild" for spot in spots(pipeline) if clones & set(inputs(spot)))


def test_commands_belong_to_the_commands_action_and_a_timeout_to_approvals(pipeline: dict[str, Any]) -> None:
    for spot in spots(pipeline):
        assert ("commands" in spot.action) == (spot.kind[1] == "Commands")
        assert ("timeoutInMinutes" in spot.action) == (spot.kind[1] == "Manual")


def test_environment_variables_are_a_json_list_with_known_types(pipeline: dict[str, Any]) -> None:
    for spot in spots(pipeline):
        for entry in json.loads(spot.configuration.get("EnvironmentVariables", "[]")):
            assert set(entry) == {"name", "value", "type"}
            assert entry["type"] in {"PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"}


def test_other_json_in_strings_is_json(pipeline: dict[str, Any]) -> None:
    for spot in spots(pipeline):
        for key in {"UserParameters", "ParameterOverrides"} & set(spot.configuration):
            assert isinstance(json.loads(spot.configuration[key]), dict)


# V2: triggers, conditions, modes: A.7, A.8, B23 to B26 ---------------------------------------------------------------


def test_a_v1_pipeline_uses_nothing_of_v2(pipeline: dict[str, Any]) -> None:
    if pipeline["pipelineType"] == "V1":
        assert not {"triggers", "variables"} & set(pipeline)
        assert pipeline.get("executionMode", "SUPERSEDED") == "SUPERSEDED"
        assert not any(kind in stage for stage in pipeline["stages"] for kind in RESULTS)
        assert all(spot.kind[1] != "Commands" for spot in spots(pipeline))


def test_b23_a_trigger_names_a_connection_source_once(pipeline: dict[str, Any]) -> None:
    sources = {spot.action["name"] for spot in spots(pipeline) if spot.kind[1] == "CodeStarSourceConnection"}
    named = [trigger["gitConfiguration"]["sourceActionName"] for trigger in pipeline.get("triggers", [])]
    assert repeated(named) == []
    assert sorted(named) == sorted(sources), "without a trigger the service would add a default one"


def test_trigger_filters_are_legal_combinations(pipeline: dict[str, Any]) -> None:
    tags, branches, paths = ({"tags"}, {"branches"}, {"branches", "filePaths"})
    for trigger in pipeline.get("triggers", []):
        git = trigger["gitConfiguration"]
        assert all(set(push) in (tags, branches, paths) for push in git.get("push", []))
        assert all(set(pull) - {"events"} in (branches, paths) for pull in git.get("pullRequest", []))


def test_condition_results_are_legal_where_they_stand(pipeline: dict[str, Any]) -> None:
    failures = [stage["onFailure"]["result"] for stage in pipeline["stages"] if "onFailure" in stage]
    assert all(condition["result"] in RESULTS[kind] for _, kind, condition in conditions(pipeline))
    assert set(failures) <= RESULTS["onFailure"]
    assert all(not set(RESULTS) & set(stage) for stage in pipeline["stages"][:1])


def test_b24_a_parallel_pipeline_never_rolls_back(pipeline: dict[str, Any]) -> None:
    results = [condition["result"] for _, _, condition in conditions(pipeline)]
    results += [stage.get("onFailure", {}).get("result") for stage in pipeline["stages"]]
    assert pipeline.get("executionMode") != "PARALLEL" or "ROLLBACK" not in results


def test_b25_an_automatic_retry_has_no_failure_conditions_beside_it(pipeline: dict[str, Any]) -> None:
    failures = [stage["onFailure"] for stage in pipeline["stages"] if "onFailure" in stage]
    assert all(failure.get("result") != "RETRY" or "conditions" not in failure for failure in failures)


def test_b26_only_some_rules_may_skip_a_stage(pipeline: dict[str, Any]) -> None:
    skips = [condition["rules"] for _, _, condition in conditions(pipeline) if condition["result"] == "SKIP"]
    providers = {rule["ruleTypeId"]["provider"] for rule in chain.from_iterable(skips)}
    assert providers <= {"LambdaInvoke", "VariableCheck"}


# Environments and security -------------------------------------------------------------------------------------------


def test_the_service_role_belongs_to_the_project_in_its_environment(pipeline: dict[str, Any], environment: str) -> None:
    project = pipeline["name"].split("-")[0]
    assert pipeline["roleArn"] == f"arn:aws:iam::{ACCOUNTS[environment]}:role/{project}-{environment}-pipeline"


def test_stores_and_keys_belong_to_the_account(pipeline: dict[str, Any], environment: str, region: str) -> None:
    account = ACCOUNTS[environment]
    stores = pipeline.get("artifactStores") or {region: pipeline["artifactStore"]}
    for at, store in stores.items():
        assert store["location"] == f"{environment}-pipeline-artifacts-{account}-{at}"
        assert re.fullmatch(rf"arn:aws:kms:{at}:{account}:key/[0-9a-f-]{{36}}", store["encryptionKey"]["id"])


def test_a_store_key_is_shared_with_no_other_environment() -> None:
    keys: dict[str, set[str]] = {}
    for name in NAMES:
        for key in re.findall(r":key/([0-9a-f-]{36})", json.dumps(load(name))):
            keys.setdefault(key, set()).add(name.split("-")[1])
    assert all(len(environments) == 1 for environments in keys.values())
    assert len(keys) == sum(len(regions) for regions in REGIONS.values())


def test_no_account_of_another_environment_is_named(pipeline: dict[str, Any], environment: str) -> None:
    found = set(re.findall(r"(?<![0-9a-f-])[0-9]{12}(?![0-9a-f-])", " ".join(strings(pipeline))))
    shared = {NETWORK_ACCOUNT} if pipeline["name"] == "platform-prod-network" else set()
    assert found <= {ACCOUNTS[environment]} | shared


def test_no_resource_of_another_environment_is_named(pipeline: dict[str, Any], environment: str) -> None:
    others = "|".join(set(ACCOUNTS) - {environment})
    assert not re.search(rf"\b({others}|production|development)\b", " ".join(strings(pipeline["stages"])))


def test_arns_name_a_region_of_the_environment(pipeline: dict[str, Any], environment: str) -> None:
    found = re.findall(r"arn:aws:[a-z]+:([a-z]{2}-[a-z]+-[0-9]):", " ".join(strings(pipeline)))
    assert set(found) <= set(REGIONS[environment])


def test_a_secret_is_named_and_not_written_except_the_one_that_shows_masking(pipeline: dict[str, Any]) -> None:
    secret = re.compile(r"(?i)token|password|secret|login|_key$")
    plain = [
        (entry["name"], entry["value"])
        for spot in spots(pipeline)
        for entry in json.loads(spot.configuration.get("EnvironmentVariables", "[]"))
        if entry["type"] == "PLAINTEXT" and secret.search(entry["name"])
    ]
    shown = [("API_TOKEN", "not-a-real-token-0000")] if pipeline["name"] == "fooddelivery-dev-orderservice" else []
    assert plain == shown


def test_nothing_is_masked_because_a_mask_is_refused_on_create(pipeline: dict[str, Any]) -> None:
    assert "****" not in " ".join(strings(pipeline))


def test_no_source_is_polled(pipeline: dict[str, Any]) -> None:
    polling = {("Source", "CodeCommit"), ("Source", "S3")}
    assert all(s.configuration["PollForSourceChanges"] == "false" for s in spots(pipeline) if s.kind in polling)


# Production and staging ----------------------------------------------------------------------------------------------


def has_effect(pipeline: dict[str, Any], spot: Spot) -> bool:
    """Tell whether an action changes its environment; making a change set does not."""
    if spot.configuration.get("ActionMode") == "CHANGE_SET_REPLACE" or spot.kind[0] == "Approval":
        return False
    return spot.kind[0] == "Deploy" or pipeline["stages"][spot.stage]["name"] in {"Deploy", "Migrate"}


def may_be_skipped(pipeline: dict[str, Any], stage: int) -> bool:
    return any(at == stage and condition["result"] == "SKIP" for at, _, condition in conditions(pipeline))


def test_every_change_of_production_waits_for_an_approval(pipeline: dict[str, Any], environment: str) -> None:
    approvals = [spot for spot in spots(pipeline) if spot.kind[0] == "Approval"]
    changes = [spot for spot in spots(pipeline) if has_effect(pipeline, spot)]
    assert changes
    assert bool(approvals) == (environment == "prod")
    for change in changes if environment == "prod" else []:
        gates = [gate for gate in approvals if gate.precedes(change)]
        assert any(gate.stage == change.stage or not may_be_skipped(pipeline, gate.stage) for gate in gates)


def test_an_approval_says_what_where_and_until_when(pipeline: dict[str, Any], region: str) -> None:
    for spot in spots(pipeline):
        if spot.kind[0] == "Approval":
            assert set(spot.configuration) == {"NotificationArn", "CustomData", "ExternalEntityLink"}
            assert spot.configuration["NotificationArn"].startswith(f"arn:aws:sns:{region}:{ACCOUNTS['prod']}:")
            assert spot.configuration["ExternalEntityLink"].startswith("https://")
            assert 5 <= spot.action["timeoutInMinutes"] <= 7 * 24 * 60


@pytest.mark.parametrize("prod", TWINS)
def test_staging_is_production_without_the_approval(prod: str) -> None:
    def outline(name: str) -> list[tuple[str, str, tuple[str, str], int]]:
        document = load(name)["pipeline"]
        return [
            (document["stages"][spot.stage]["name"], spot.action["name"], spot.kind, spot.order)
            for spot in spots(document)
            if spot.kind[0] != "Approval" and spot.action.get("region", "eu-west-1") == "eu-west-1"
        ]

    assert outline(prod.replace("-prod-", "-staging-")) == outline(prod)


@pytest.mark.parametrize("prod", TWINS)
def test_dev_is_shorter_than_staging(prod: str) -> None:
    sizes = [len(load(prod.replace("prod", at))["pipeline"]["stages"]) for at in ("dev", "staging")]
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize(
    "feature",
    [
        pytest.param('"pipelineType": "V1"', id="a V1 pipeline"),
        pytest.param('"executionMode": "QUEUED"', id="queued executions"),
        pytest.param('"pullRequest"', id="a pull request trigger"),
        pytest.param('"filePaths"', id="a trigger by file paths"),
        pytest.param('"tags": {"includes"', id="a trigger by tags"),
        pytest.param('"result": "ROLLBACK"', id="a rollback"),
        pytest.param('"result": "RETRY"', id="an automatic retry"),
        pytest.param('"CloudWatchAlarm"', id="an alarm rule"),
        pytest.param('"artifactStores"', id="stores in two Regions"),
        pytest.param("SECRETS_MANAGER", id="a secret by reference"),
        pytest.param("CHANGE_SET_EXECUTE", id="a change set"),
        pytest.param("CodeDeployToECS", id="a blue/green deployment"),
        pytest.param("#{codepipeline.PipelineExecutionId}", id="the execution id"),
        pytest.param("#{variables.", id="a pipeline variable"),
    ],
)
def test_the_sample_shows(feature: str) -> None:
    assert any(feature in json.dumps(load(name)) for name in NAMES)

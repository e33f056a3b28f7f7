"""Rules about secrets, keys and strangers: each broken, and what is close to it and fine."""

from __future__ import annotations

import pytest

from reconciler.pipeline.unknown import Unknown
from reconciler.policy.rules import Outcome
from verdicts import action, paths, pipeline, said

SECRET = {"name": "X", "type": "SECRETS_MANAGER"}
KEY = {"type": "KMS", "id": "arn:aws:kms:eu-west-1:111111111111:key/1"}
MESSAGE, COMMIT = "#{Source.CommitMessage}", "#{Source.CommitId}"


def triggered(event: str, entry: dict, **more) -> dict:
    git = {"sourceActionName": "Code", event: [entry]}
    trigger = {"providerType": "CodeStarSourceConnection", "gitConfiguration": git}
    return pipeline(*more.pop("actions", [action("Deploy/ECS")]), triggers=[trigger], **more)


def test_every_store_of_every_region_needs_a_key():
    stores = {"eu-west-1": {"location": "a", "encryptionKey": KEY}, "us-east-1": {"location": "b"}}
    document = pipeline(artifactStores=stores)
    del document["artifactStore"]
    assert paths("artifact-store-key", document) == [("artifactStores", "us-east-1")]


@pytest.mark.parametrize(
    ("key", "broken"),
    [
        pytest.param(KEY, False, id="arn"),
        pytest.param({"type": "KMS", "id": "alias/shop"}, False, id="own alias"),
        pytest.param({"type": "KMS", "id": "alias/aws/s3"}, True, id="key of AWS"),
        pytest.param({"type": "KMS", "id": Unknown("${Key}")}, False, id="key of a template"),
        pytest.param(Unknown("${Key}"), False, id="unknown"),
    ],
)
def test_a_key_is_one_of_the_customer(key, broken):
    store = {"location": "a", "encryptionKey": key}
    assert bool(paths("artifact-store-key", pipeline(artifactStore=store))) is broken


def test_a_store_that_a_template_keeps_to_itself_is_unknown():
    (verdict,) = said("artifact-store-key", pipeline(artifactStore=Unknown("${Store}")))
    assert verdict.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("more", "broken"),
    [
        pytest.param({"outputVariables": ["API_TOKEN"]}, True, id="name of a secret"),
        pytest.param({"outputVariables": ["X"], "environmentVariables": [SECRET]}, True,
                     id="secret under another name"),
        pytest.param({"outputVariables": ["VERSION", "TOKEN_COUNT"]}, False, id="harmless"),
    ],
)  # fmt: skip
def test_commands_give_out_no_secret(more, broken):
    assert bool(paths("secret-in-variable", pipeline(action("Compute/Commands", **more)))) is broken


@pytest.mark.parametrize(
    "exported", ["exported-variables:\n    - VERSION\n    - DB_PASSWORD", "exported-variables: [DB_PASSWORD]"]
)
def test_a_build_exports_no_secret(exported):
    build = action("Build/CodeBuild", configuration={"BuildspecOverride": f"env:\n  {exported}\nphases: {{}}\n"})
    assert paths("secret-in-variable", pipeline(build)) == [
        ("stages", 1, "actions", 0, "configuration", "BuildspecOverride")
    ]


@pytest.mark.parametrize(
    ("kind", "key", "text", "broken"),
    [
        pytest.param("Deploy/CloudFormation", "ParameterOverrides", MESSAGE, True, id="overrides"),
        pytest.param("Invoke/Lambda", "UserParameters", MESSAGE, True, id="user parameters"),
        pytest.param(
            "Build/CodeBuild", "BuildspecOverride", "#{Source.AuthorDisplayName}", True, id="build specification"
        ),
        pytest.param("Invoke/Lambda", "UserParameters", COMMIT, False, id="commit id"),
        pytest.param("Approval/Manual", "CustomData", MESSAGE, False, id="text for people"),
        pytest.param(
            "Build/CodeBuild", "EnvironmentVariables", MESSAGE, False, id="environment, which is another rule"
        ),
        pytest.param("Invoke/Lambda", "UserParameters", "#{Build.CommitMessage}", False, id="of no source"),
        pytest.param("Invoke/Lambda", "UserParameters", "#{Source.BranchName}", False, id="a branch that is fixed"),
    ],
)
def test_text_of_a_commit_stays_out_of_code(kind, key, text, broken):
    assert (
        bool(paths("variable-injection", pipeline(action(kind, configuration={key: f'{{"x": "{text}"}}'})))) is broken
    )


def test_text_of_a_commit_stays_out_of_commands():
    run = action("Compute/Commands", commands=["make", f"echo {MESSAGE}"])
    assert paths("variable-injection", pipeline(run)) == [("stages", 1, "actions", 0, "commands", 1)]


def test_a_branch_that_anybody_names_is_as_bad_as_a_message():
    call = action("Invoke/Lambda", configuration={"UserParameters": "#{Source.BranchName}"})
    assert paths("variable-injection", triggered("push", {"branches": {"includes": ["**"]}}, actions=[call]))


@pytest.mark.parametrize(
    "built",
    [
        action("Build/CodeBuild", configuration={"EnvironmentVariables": f'[{{"name": "A", "value": "{MESSAGE}"}}]'}),
        action("Compute/Commands", environmentVariables=[{"name": "A", "value": MESSAGE}]),
    ],
    ids=["build", "commands"],
)
def test_text_of_a_commit_in_an_environment_is_a_rule_of_its_own(built):
    assert paths("variable-in-environment", pipeline(built))
    assert not paths("variable-injection", pipeline(built))


@pytest.mark.parametrize(
    ("event", "entry", "broken"),
    [
        pytest.param("pullRequest", {"branches": {"includes": ["main"]}}, True, id="pull request"),
        pytest.param("pullRequest", {"events": ["CLOSED"]}, False, id="closed pull request"),
        pytest.param("push", {"branches": {"includes": ["**"]}}, True, id="any branch"),
        pytest.param("push", {"branches": {"excludes": ["main"]}}, True, id="any branch but one"),
        pytest.param("push", {"branches": {"includes": ["feature/*"]}}, False, id="some branches"),
        pytest.param("push", {"tags": {"includes": ["*"]}}, False, id="tags"),
    ],
)
def test_what_nobody_reviewed_is_not_deployed(event, entry, broken):
    assert bool(paths("untrusted-trigger", triggered(event, entry))) is broken


def test_an_approval_before_the_deployment_is_a_review():
    gated = [action("Approval/Manual"), action("Deploy/ECS", runOrder=2)]
    assert not paths("untrusted-trigger", triggered("pullRequest", {}, actions=gated))


def test_triggers_of_a_protected_environment_are_judged_by_another_rule():
    assert not paths("untrusted-trigger", triggered("pullRequest", {}, environment="prod"))
    assert paths("trigger-not-allowed", triggered("pullRequest", {}, environment="prod"))


def test_a_pipeline_that_deploys_nothing_may_build_anything():
    assert not paths(
        "untrusted-trigger", triggered("pullRequest", {}, actions=[action("Build/CodeBuild")], stage={"name": "B"})
    )

"""The same pipelines for Terraform: `python -m benchmarks.resources FOLDER COUNT` writes configuration and state."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.definitions import ACCOUNT, REGION
from endpoint import sample

_PROVIDER = {
    "region": REGION,
    "skip_credentials_validation": True,
    "skip_requesting_account_id": True,
    "skip_metadata_api_check": True,
    "skip_region_validation": True,
}
_RENAMED = {
    "namespace": "namespace",
    "roleArn": "role_arn",
    "region": "region",
    "timeoutInMinutes": "timeout_in_minutes",
}
_TAGS = {"reconciler:owner": "codepipeline-reconciler"}


def configuration(count: int) -> dict[str, Any]:
    """Give a configuration of `count` pipelines in Terraform's JSON syntax."""
    pipelines = {each["name"]: _resource(each) for each in sample(count, account=ACCOUNT, region=REGION)}
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
        "provider": {"aws": _PROVIDER},
        "resource": {"aws_codepipeline": pipelines},
    }


def state(count: int) -> dict[str, Any]:
    """Give the state of that configuration. A plan reads all but the triggers again, so it need not hold the rest."""
    pipelines = sample(count, account=ACCOUNT, region=REGION)
    return {
        "version": 4,
        "serial": 1,
        "lineage": "benchmark",
        "outputs": {},
        "resources": [_managed(document["name"], [_trigger(each) for each in document["triggers"]])
                      for document in pipelines],
    }  # fmt: skip


def _managed(name: str, triggers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "mode": "managed",
        "type": "aws_codepipeline",
        "name": name,
        "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
        "instances": [{"schema_version": 0, "attributes": {"id": name, "trigger": triggers}}],
    }


def _resource(document: dict[str, Any]) -> dict[str, Any]:
    store = document["artifactStore"]
    return {
        "name": document["name"],
        "role_arn": document["roleArn"],
        "pipeline_type": document["pipelineType"],
        "execution_mode": document["executionMode"],
        "artifact_store": {
            "type": store["type"],
            "location": store["location"],
            "encryption_key": store["encryptionKey"],
        },
        "stage": [_stage(stage) for stage in document["stages"]],
        "variable": [
            {"name": each["name"], "default_value": each["defaultValue"], "description": each["description"]}
            for each in document["variables"]
        ],
        "trigger": [_trigger(each) for each in document["triggers"]],
        "tags": _TAGS,
    }


def _stage(stage: dict[str, Any]) -> dict[str, Any]:
    failure = {"on_failure": stage["onFailure"]} if "onFailure" in stage else {}
    return {"name": stage["name"], "action": [_action(action) for action in stage["actions"]]} | failure


def _action(action: dict[str, Any]) -> dict[str, Any]:
    return {
        **action["actionTypeId"],
        "name": action["name"],
        "run_order": action["runOrder"],
        "configuration": {key: _literal(value) for key, value in action["configuration"].items()},
        "input_artifacts": [each["name"] for each in action["inputArtifacts"]],
        "output_artifacts": [each["name"] for each in action["outputArtifacts"]],
        **{new: action[old] for old, new in _RENAMED.items() if old in action},
    }


def _literal(text: str) -> str:
    return text.replace("${", "$${")


def _trigger(trigger: dict[str, Any]) -> dict[str, Any]:
    git = trigger["gitConfiguration"]
    push = [{"branches": [each["branches"]], "file_paths": [each["filePaths"]]} for each in git["push"]]
    return {
        "provider_type": trigger["providerType"],
        "git_configuration": [{"source_action_name": git["sourceActionName"], "push": push}],
    }


if __name__ == "__main__":
    folder, pipelines = Path(sys.argv[1]), int(sys.argv[2])
    (folder / "main.tf.json").write_text(json.dumps(configuration(pipelines), indent=1))
    (folder / "terraform.tfstate").write_text(json.dumps(state(pipelines)))

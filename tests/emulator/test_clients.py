"""Clients as people have them: the AWS CLI and Terraform, where they are on the machine."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from builders import ACCOUNT, REGION, build, sources, stage
from simulation.worlds import approval, document

AWS = [shutil.which("aws")] if shutil.which("aws") else [sys.executable, "-m", "awscli"]
HAS_AWS = bool(shutil.which("aws") or importlib.util.find_spec("awscli"))
PLUGINS = os.environ.get("TF_PLUGINS_DIR", "")
PROVIDER = Path(PLUGINS, "registry.terraform.io/hashicorp/aws")
CONNECTION = f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/00000000-0000-4000-8000-000000000000"
ARN = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:shop"

clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_", "COVERAGE"))}


class Cli:
    """The AWS CLI, aimed at a local endpoint."""

    def __init__(self, local, folder):
        self.folder = folder
        self.environment = clean | {
            "AWS_ENDPOINT_URL": local.url, "AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": REGION, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1", "AWS_MAX_ATTEMPTS": "1",
        }  # fmt: skip

    def __call__(self, verb, *options, service="codepipeline"):
        """Run a command and give its answer; of one that fails, what it wrote to standard error."""
        command = [*AWS, service, verb, *options, "--output", "json"]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        return done.stderr if done.returncode else json.loads(done.stdout or "null")

    def file(self, document):
        path = self.folder / "input.json"
        path.write_text(json.dumps(document))
        return path.as_uri()


@pytest.mark.skipif(not HAS_AWS, reason="neither `aws` nor the package awscli is on this machine")
def test_the_aws_cli_leads_a_pipeline_through_its_life(local, tmp_path):
    aws = Cli(local, tmp_path)
    stages = [sources(), stage("B", build("X")), stage("Prod", approval())]
    local.say("outcomes", given={"B/X": ["fails@1m", "succeeds@1m"]})
    made = aws(
        "create-pipeline",
        "--cli-input-json",
        aws.file({"pipeline": document(*stages), "tags": [{"key": "a", "value": "b"}]}),
    )
    assert (made["pipeline"]["version"], made["tags"]) == (1, [{"key": "a", "value": "b"}])
    assert [each["name"] for each in aws("list-pipelines")["pipelines"]] == ["shop"]
    local.say("settle")
    first = aws("list-pipeline-executions", "--pipeline-name", "shop")["pipelineExecutionSummaries"][0]
    assert first["status"] == "Failed"
    named = ["--pipeline-name", "shop", "--pipeline-execution-id", first["pipelineExecutionId"]]
    stop = aws(
        "disable-stage-transition",
        "--pipeline-name",
        "shop",
        "--stage-name",
        "Prod",
        "--transition-type",
        "Inbound",
        "--reason",
        "freeze",
    )
    assert stop is None
    aws("retry-stage-execution", *named, "--stage-name", "B", "--retry-mode", "FAILED_ACTIONS")
    local.say("settle")
    state = aws("get-pipeline-state", "--name", "shop")["stageStates"][2]
    assert (state["inboundTransitionState"]["disabledReason"], state["inboundExecution"]["status"]) == (
        "freeze",
        "InProgress",
    )
    aws("enable-stage-transition", "--pipeline-name", "shop", "--stage-name", "Prod", "--transition-type", "Inbound")
    local.say("settle")
    token = aws("get-pipeline-state", "--name", "shop")["stageStates"][2]["actionStates"][0]["latestExecution"]["token"]
    where = ["--pipeline-name", "shop", "--stage-name", "Prod", "--action-name", "Approve", "--token", token]
    assert "approvedAt" in aws("put-approval-result", *where, "--result", "summary=fine,status=Approved")
    assert aws("get-pipeline-execution", *named)["pipelineExecution"]["status"] == "Succeeded"
    actions = aws("list-action-executions", "--pipeline-name", "shop")["actionExecutionDetails"]
    assert [each["status"] for each in actions if each["actionName"] == "X"] == ["Succeeded", "Failed"]
    back = aws(
        "rollback-stage",
        "--pipeline-name",
        "shop",
        "--stage-name",
        "B",
        "--target-pipeline-execution-id",
        first["pipelineExecutionId"],
    )
    local.say("settle")
    run = aws(
        "get-pipeline-execution", "--pipeline-name", "shop", "--pipeline-execution-id", back["pipelineExecutionId"]
    )
    assert run["pipelineExecution"]["executionType"] == "ROLLBACK"
    started = aws("start-pipeline-execution", "--name", "shop")["pipelineExecutionId"]
    asked = ["--pipeline-name", "shop", "--pipeline-execution-id", started, "--abandon", "--reason", "enough"]
    assert aws("stop-pipeline-execution", *asked)["pipelineExecutionId"] == started
    assert "PipelineExecutionNotStoppableException" in aws("stop-pipeline-execution", *asked)
    aws("tag-resource", "--resource-arn", ARN, "--tags", "key=c,value=d")
    aws("untag-resource", "--resource-arn", ARN, "--tag-keys", "a")
    assert aws("list-tags-for-resource", "--resource-arn", ARN)["tags"] == [{"key": "c", "value": "d"}]
    read = aws("get-pipeline", "--name", "shop")["pipeline"]
    assert aws("update-pipeline", "--cli-input-json", aws.file({"pipeline": read}))["pipeline"]["version"] == 2
    aws("delete-pipeline", "--name", "shop")
    assert "PipelineNotFoundException" in aws("get-pipeline", "--name", "shop")
    assert aws("get-caller-identity", service="sts")["Account"] == ACCOUNT


REASON = (
    "terraform is not on this machine" if not shutil.which("terraform")
    else "TF_PLUGINS_DIR names no folder with the provider hashicorp/aws" if not PROVIDER.is_dir()
    else ""
)  # fmt: skip

TERRAFORM = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                  = "eu-west-1"
  access_key              = "111111111111"
  secret_key              = "x"
  skip_metadata_api_check = true
  endpoints {
    codepipeline = "URL"
    sts          = "URL"
  }
}
resource "aws_codepipeline" "shop" {
  name          = "shop"
  role_arn      = "arn:aws:iam::111111111111:role/pipeline"
  pipeline_type = "V2"
  tags          = { team = "shop" }
  artifact_store {
    location = "shop-eu"
    type     = "S3"
    region   = "eu-west-1"
  }
  artifact_store {
    location = "shop-us"
    type     = "S3"
    region   = "us-east-1"
  }
  stage {
    name = "Source"
    action {
      name             = "Checkout"
      category         = "Source"
      owner            = "AWS"
      provider         = "CodeStarSourceConnection"
      version          = "1"
      output_artifacts = ["source"]
      configuration = {
        ConnectionArn    = "CONNECTION"
        FullRepositoryId = "shop/web"
        BranchName       = "main"
      }
    }
  }
  stage {
    name = "Build"
    action {
      name            = "Compile"
      category        = "Build"
      owner           = "AWS"
      provider        = "CodeBuild"
      version         = "1"
      region          = "us-east-1"
      input_artifacts = ["source"]
      configuration   = { ProjectName = "PROJECT" }
    }
  }
  trigger {
    provider_type = "CodeStarSourceConnection"
    git_configuration {
      source_action_name = "Checkout"
      push {
        branches {
          includes = ["main"]
        }
      }
    }
  }
}
"""


@pytest.mark.skipif(bool(REASON), reason=REASON)
def test_terraform_applies_finds_nothing_to_do_changes_and_destroys(local, tmp_path):
    settings = tmp_path / "terraform.rc"
    settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{PLUGINS}"\n  }}\n}}\n')
    environment = clean | {"TF_CLI_CONFIG_FILE": str(settings), "TF_IN_AUTOMATION": "1", "NO_PROXY": "127.0.0.1"}

    def terraform(*arguments, project="web"):
        (tmp_path / "main.tf").write_text(
            TERRAFORM.replace("URL", local.url).replace("CONNECTION", CONNECTION).replace("PROJECT", project)
        )
        command = ["terraform", *arguments, "-no-color"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode != 1, done.stdout + done.stderr
        return done.returncode

    client = local.client()
    terraform("init")
    terraform("apply", "-auto-approve")
    assert client.get_pipeline(name="shop")["pipeline"]["artifactStores"].keys() == {"eu-west-1", "us-east-1"}
    assert terraform("plan", "-detailed-exitcode") == 0
    terraform("apply", "-auto-approve", project="other")
    changed = client.get_pipeline(name="shop")["pipeline"]
    assert (changed["version"], changed["stages"][1]["actions"][0]["configuration"]) == (2, {"ProjectName": "other"})
    terraform("destroy", "-auto-approve", project="other")
    assert client.list_pipelines()["pipelines"] == []

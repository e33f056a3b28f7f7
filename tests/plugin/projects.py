# ruff: noqa: E501 - an ARN is as long as it is
"""A small project with a pipeline, its settings and tests, on which real pytest runs are made."""

from __future__ import annotations

from importlib.metadata import entry_points

from pytest_pipeline import assertions, plugin, simulating, zerocode  # noqa: F401 - once, not in each run
from pytest_pipeline.parts import Place
from pytest_pipeline.structure import Pipeline
from reconciler import documents, settings
from reconciler.pipeline.arns import Target

SETTINGS = """\
environments:
  prod: {account: "333333333333", regions: [eu-west-1], protected: true, branches: [main]}
policy: {profile: minimal}
"""
PIPELINE = """\
pipeline:
  name: shop-prod-deploy
  pipelineType: V2
  roleArn: arn:aws:iam::333333333333:role/prod-pipeline
  artifactStore: {type: S3, location: shop-prod-artifacts}
  stages:
    - name: Source
      actions:
        - name: App
          actionTypeId: {category: Source, owner: AWS, provider: CodeStarSourceConnection, version: "1"}
          configuration:
            ConnectionArn: arn:aws:codeconnections:eu-west-1:333333333333:connection/00000000-0000-4000-8000-000000000000
            FullRepositoryId: shop/web
            BranchName: main
          outputArtifacts: [{name: App}]
    - name: Build
      actions:
        - name: Compile
          actionTypeId: {category: Build, owner: AWS, provider: CodeBuild, version: "1"}
          configuration: {ProjectName: shop-prod-build}
          inputArtifacts: [{name: App}]
          outputArtifacts: [{name: Site}]
    - name: Integration
      actions:
        - name: Smoke
          actionTypeId: {category: Test, owner: AWS, provider: CodeBuild, version: "1"}
          configuration: {ProjectName: shop-prod-smoke}
          inputArtifacts: [{name: Site}]
    - name: Prod
      actions:
        - name: Approve
          actionTypeId: {category: Approval, owner: AWS, provider: Manual, version: "1"}
          runOrder: 1
        - name: Deploy
          actionTypeId: {category: Deploy, owner: AWS, provider: S3, version: "1"}
          runOrder: 2
          roleArn: arn:aws:iam::333333333333:role/prod-deploy
          configuration: {BucketName: shop-prod-site, Extract: "true"}
          inputArtifacts: [{name: Site}]
"""
INI = """\
[pytest]
pipeline_files = pipelines
addopts = --strict-markers --strict-config -p no:cacheprovider -p no:randomly
filterwarnings = error
testpaths = tests
"""
FIRST = """\
import pytest

from pytest_pipeline import action, approval, approved, each, failed, has, ignored, includes, like, never_ran, push
"""


INSTALLED = any(each.value == plugin.__name__ for each in entry_points(group="pytest11"))
"""Whether pytest finds the plugin by itself; else it is named to it."""


def shop(**members):
    """Give the project's pipeline as tests see it without a session; `members` are those of the declaration."""
    document = documents.parse(PIPELINE, "shop.yaml")["pipeline"]
    known = settings.load(SETTINGS, "reconciler.yaml", {})
    place = Place(Target("333333333333", "eu-west-1"), "prod", "pipelines/shop.yaml", settings=known, apart=False)
    return Pipeline({**document, **members}, place)


class Project:
    """A folder in which pytest runs."""

    def __init__(self, pytester):
        self.pytester = pytester
        self.write("reconciler.yaml", SETTINGS)
        self.write("pipelines/shop.yaml", PIPELINE)
        self.write("pytest.ini", INI)

    def write(self, name, text):
        file = self.pytester.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def test(self, body, head=FIRST):
        self.write("tests/test_shop.py", f"{head}\n\n{body}")

    def run(self, *more, apart=False):
        if apart:
            return self.pytester.runpytest_subprocess(*([] if INSTALLED else ["-p", plugin.__name__]), *more)
        return self.pytester.runpytest_inprocess(*more, plugins=[] if INSTALLED else [plugin])


def between(result, first, last=""):
    """Give the lines of a run's output from the one that begins with `first` up to the one with `last`."""
    lines = result.stdout.str().splitlines()
    begin = next(index for index, line in enumerate(lines) if line.startswith(first))
    rest = lines[begin:]
    end = next((index for index, line in enumerate(rest) if last and index and line.startswith(last)), len(rest))
    return "\n".join(rest[:end])

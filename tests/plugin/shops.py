"""A user's folder without settings: one pipeline whose prod comes after a consent, as a stage of its own."""

from __future__ import annotations

from plugin.projects import INSTALLED
from pytest_pipeline import covering, exploring, items, plugin, scripted  # noqa: F401 - once, not in each run

SHOP = """\
pipeline:
  name: shop-prod-deploy
  roleArn: arn:aws:iam::111111111111:role/prod-pipeline
  pipelineType: V2
  artifactStore: {type: S3, location: shop-prod-artifacts}
  triggers:
    - providerType: CodeStarSourceConnection
      gitConfiguration: {sourceActionName: Checkout, push: [{branches: {includes: [main]}}]}
  stages:
    - name: Source
      actions:
        - name: Checkout
          actionTypeId: {category: Source, owner: AWS, provider: CodeStarSourceConnection, version: "1"}
          configuration:
            ConnectionArn: arn:aws:codeconnections:eu-west-1:111111111111:connection/63b1d05e-f92a-47c8-a3d4-8e5c0279b1f6
            FullRepositoryId: shop/web
            BranchName: main
          outputArtifacts: [{name: Code}]
    - name: Build
      actions:
        - name: Compile
          actionTypeId: {category: Build, owner: AWS, provider: CodeBuild, version: "1"}
          configuration: {ProjectName: shop-build}
          inputArtifacts: [{name: Code}]
          outputArtifacts: [{name: App}]
    - name: Consent
      actions:
        - name: Approve
          actionTypeId: {category: Approval, owner: AWS, provider: Manual, version: "1"}
    - name: Prod
      actions:
        - name: Deploy
          actionTypeId: {category: Deploy, owner: AWS, provider: ElasticBeanstalk, version: "1"}
          configuration: {ApplicationName: shop, EnvironmentName: shop-prod}
          inputArtifacts: [{name: App}]
"""  # noqa: E501 - an ARN is that long
SKIPPING = SHOP.replace(
    "    - name: Consent\n",
    "    - name: Consent\n"
    "      beforeEntry:\n"
    "        conditions:\n"
    "          - result: SKIP\n"
    "            rules:\n"
    "              - name: Hours\n"
    '                ruleTypeId: {category: Rule, owner: AWS, provider: LambdaInvoke, version: "1"}\n'
    "                configuration: {FunctionName: within-hours}\n",
)
"""The consent is skipped when the rule says no: the planted mistake."""
INI = """\
[pytest]
pipeline_files = pipelines
addopts = --strict-markers --strict-config -p no:cacheprovider
filterwarnings = error
"""


def lay(pytester, shop=SHOP, **files):
    """Write the folder; `files` are texts by name, with `_` for the last dot."""
    pytester.makeini(INI)
    folder = pytester.mkdir("pipelines")
    (folder / "shop.yaml").write_text(shop, encoding="utf-8")
    for name, text in files.items():
        stem, _, suffix = name.rpartition("_")
        (pytester.path / f"{stem}.{suffix}").write_text(text, encoding="utf-8")


def run(pytester, *more):
    if "-n" in more:  # workers load what the command line names
        return pytester.runpytest_subprocess(*([] if INSTALLED else ["-p", plugin.__name__]), *more)
    return pytester.runpytest_inprocess(*more, plugins=[] if INSTALLED else [plugin])


def section(result, title):
    """Give the lines of a section of the output, up to the next one."""
    lines = result.outlines
    start = next(at for at, line in enumerate(lines) if line.strip("-= ") == title) + 1
    end = next((at for at in range(start, len(lines)) if lines[at][:3] in ("---", "===", "___")), len(lines))
    return lines[start:end]

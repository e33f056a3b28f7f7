"""What is known to help when an action fails: a table of failures, each with its way out (reference B.3, H.2).

Rules of this file:

* The code decides first; texts of messages are AWS's and change, so a text only makes an advice more exact.
* A statement names what is missing and no more; where the message does not name it, what the action takes as a rule.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.plan.health import Failure


class Remedy(NamedTuple):
    """One row: which failures are meant, and what to do."""

    code: re.Pattern[str]
    message: re.Pattern[str]
    advise: Callable[[re.Match[str], Mapping[str, str]], tuple[str, str]]
    """Gives the advice and the IAM statement, out of the match and of the action's type and configuration."""


def told(failure: Failure, action: Mapping[str, str]) -> Failure:
    """Give a failure with what is known to help.

    `action` says what failed: `category`, `provider`, `roleArn` (of the action, or else of the pipeline).
    """
    for row in _ROWS:
        if row.code.search(failure.code) and (match := row.message.search(failure.message)):
            remedy, statement = row.advise(match, action)
            return replace(failure, remedy=remedy, statement=statement)
    return failure


_TAKES: Mapping[str, tuple[str, ...]] = {
    "CodeBuild": ("codebuild:BatchGetBuilds", "codebuild:StartBuild"),
    "CodeStarSourceConnection": ("codeconnections:UseConnection", "codestar-connections:UseConnection"),
    "CodeDeploy": (
        "codedeploy:CreateDeployment",
        "codedeploy:GetApplicationRevision",
        "codedeploy:GetDeployment",
        "codedeploy:GetDeploymentConfig",
        "codedeploy:RegisterApplicationRevision",
    ),
    "CloudFormation": (
        "cloudformation:CreateChangeSet",
        "cloudformation:DescribeChangeSet",
        "cloudformation:DescribeStacks",
        "cloudformation:ExecuteChangeSet",
    ),
    "S3": ("s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"),
    "Lambda": ("lambda:InvokeFunction",),
    "StepFunctions": ("states:DescribeExecution", "states:DescribeStateMachine", "states:StartExecution"),
    "CodePipeline": ("codepipeline:StartPipelineExecution",),
}
"""What an action takes as a rule, by its provider (reference H.2)."""

_NOT_ALLOWED = re.compile(
    r"not authorized to perform:? ?(?P<action>[a-z0-9-]+:\w+)(?: on resource:? ?(?P<resource>[^\s,;\"']+))?"
)
_DENIED = re.compile(r"(?i)not authorized|access ?denied|permission|forbidden|not have access")


def statement(actions: tuple[str, ...], resource: str) -> str:
    """Give an IAM statement as JSON text."""
    return json.dumps({"Effect": "Allow", "Action": list(actions), "Resource": resource})


def _named(match: re.Match[str], action: Mapping[str, str]) -> tuple[str, str]:
    needed = match["action"]
    advice = f"{_role(action)} may not {needed}: add the statement to its policy, then retry the stage"
    return advice, statement((needed,), (match["resource"] or "*").rstrip("."))


def _permission(_match: re.Match[str], action: Mapping[str, str]) -> tuple[str, str]:
    provider = action.get("provider", "")
    if not (needed := _TAKES.get(provider, ())):
        return f"a permission is missing: look what {_role(action)} may do, then retry the stage", ""
    advice = f"a permission is missing: {provider} takes these as a rule; let {_role(action)} have them, and retry"
    return advice, statement(needed, "*")


def _assume(_match: re.Match[str], action: Mapping[str, str]) -> tuple[str, str]:
    trusted = "codepipeline.amazonaws.com"
    role = action.get("roleArn") or "*"
    return f"the role cannot be assumed: let it trust {trusted}, or let {_role(action)} assume it", statement(
        ("sts:AssumeRole",), role
    )


def _role(action: Mapping[str, str]) -> str:
    return action.get("roleArn") or "the pipeline's role"


def _says(text: str) -> Callable[[re.Match[str], Mapping[str, str]], tuple[str, str]]:
    return lambda match, _: (text.format(*match.groups()), "")


def _row(
    code: str, message: str, advise: Callable[[re.Match[str], Mapping[str, str]], tuple[str, str]] | str
) -> Remedy:
    return Remedy(re.compile(code), re.compile(message), _says(advise) if isinstance(advise, str) else advise)


_ROWS: tuple[Remedy, ...] = (
    _row("", r"(?i)not authorized to perform:? ?(?:sts:)?AssumeRole|cannot assume|unable to assume", _assume),
    Remedy(re.compile(""), _NOT_ALLOWED, _named),
    _row(
        "",
        r"No bucket with the name (\S+) was found",
        "the bucket {0} is not there: make it, with versioning on, in the Region of the pipeline, or correct the name",
    ),
    _row(
        "",
        r"(?i)bucket .*(?:versioning|not versioned)",
        "the source bucket must keep versions: switch versioning on",
    ),
    _row(
        "",
        r"Project cannot be found: (\S+)",
        "the build project {0} is not there: make it, or correct ProjectName and the Region of the action",
    ),
    _row(
        "",
        r"(?i)(?:invalid|bad|expired|revoked).{0,40}(?:credential|token|authenti)|authenticat|"
        r"connection .{0,80}(?:not available|pending|unavailable)|could not access the (?:github )?repository",
        "the source does not accept the credentials: complete or renew the connection (it must be Available), or give "
        "a new token, then release the change again",
    ),
    _row(
        "",
        r"(?i)no such key|NoSuchKey|object .*(?:not found|does not exist)|no branch|branch .*(?:not found|not exist)",
        "the source is not there: look for the repository, branch or object that the source action names",
    ),
    Remedy(re.compile("PermissionError"), _DENIED, _permission),
    Remedy(re.compile("PermissionError"), re.compile(""), _permission),
    Remedy(re.compile("ConfigurationError|JobFailed"), re.compile(r"(?i)access ?denied|not authorized"), _permission),
    _row("RevisionUnavailable", "", "the revision is not there any more: release a newer change"),
    _row("RevisionOutOfSync", "", "the source moved meanwhile: release the change again"),
    _row("SystemUnavailable", "", "a service was unavailable: retry the stage"),
    _row("ConfigurationError", "", "the action's configuration names something that is not there: compare it with AWS"),
    _row("JobFailed", "", "look into the log of the build or deployment, then retry the stage"),
)

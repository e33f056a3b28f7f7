"""Checks of each target: whose the credentials are, what they may do, and whether the clocks agree."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.cli.checks.examination import error, ok, unknown, warning
from reconciler.errors import ReconcilerError, Retry
from reconciler.pipeline import arns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.aws.probing import Simulated
    from reconciler.aws.sessions import Access
    from reconciler.cli.checks.examination import Answer, Patient
    from reconciler.settings import Settings

SKEW_WARNING, SKEW_ERROR = 60, 300
"""Seconds; requests that are signed more than five minutes off are refused (Signature Version 4)."""


_EXAMPLE = "shop-prod-deploy"
"""Stands for a pipeline where there is none yet."""


class Read(NamedTuple):
    """One call that a pass makes, and what is lost without it."""

    operation: str
    action: str
    loss: str = ""
    """What does not work without it; empty where nothing does."""
    about: str = ""
    """The parameter that names a pipeline; empty where the call is about the whole target."""
    parameters: dict[str, Any] = {}  # noqa: RUF012  read only


READS = (
    Read("ListPipelines", "codepipeline:ListPipelines", parameters={"maxResults": 1}),
    Read("GetPipeline", "codepipeline:GetPipeline", about="name"),
    Read("ListTagsForResource", "codepipeline:ListTagsForResource", about="resourceArn"),
    Read("ListPipelineExecutions", "codepipeline:ListPipelineExecutions", about="pipelineName"),
    Read("GetPipelineState", "codepipeline:GetPipelineState", about="name"),
    Read(
        "GetResources",
        "tag:GetResources",
        "tags are asked for one pipeline at a time",
        parameters={"ResourceTypeFilters": ["codepipeline"], "ResourcesPerPage": 1},
    ),
    Read(
        "LookupEvents",
        "cloudtrail:LookupEvents",
        "nobody can say who changed a pipeline",
        parameters={"MaxResults": 1},
    ),
)


def credentials(patient: Patient, access: Access) -> Iterator[Answer]:
    """Ask whose the credentials are, and compare the account."""
    caller = patient.probe.caller(access)
    wanted = access.target.account
    if caller.account == wanted:
        yield ok(f"they are {caller.arn or caller.account}")
        return
    place = _environments(patient.settings, access)
    sentence = f"they belong to the account {caller.account}, and the settings say {wanted}"
    yield error(sentence, f"set environments.{place}.assume_role to a role in {wanted}, or correct its account")


def _environments(settings: Settings, access: Access) -> str:
    target = access.target
    found = (name for name, each in settings.environments.items() if each.account == target.account)
    return next(found, "NAME")


def clock(patient: Patient, access: Access) -> Iterator[Answer]:
    """Compare this machine's clock with that of AWS."""
    try:
        found = patient.probe.clocks(access)
    except ReconcilerError as refused:
        yield unknown(f"AWS did not answer: {refused}")
        return
    if found is None:
        yield unknown("the answer has no Date", "look for a proxy on the way to AWS")
        return
    skew = found.skew
    said = f"this clock is {abs(skew):.0f} seconds {'ahead of' if skew > 0 else 'behind'} that of AWS"
    remedy = "let the clock be set: timedatectl set-ntp true"
    if abs(skew) > SKEW_ERROR:
        yield error(f"{said}, and AWS refuses what is signed five minutes off", remedy)
    elif abs(skew) > SKEW_WARNING:
        yield warning(said, remedy)
    else:
        yield ok(f"the clocks agree within {max(1, abs(skew)):.0f} seconds")


def reading(patient: Patient, access: Access) -> Iterator[Answer]:
    """Try every call that a pass reads with, on the first pipeline that there is."""
    name, fine, left = "", list[str](), list[str]()
    for each in READS:
        if each.about and not name:
            left.append(each.operation)
            continue
        try:
            parameters = _parameters(each, access, name)
            answer = patient.probe.ask(access, each.operation, parameters, name if each.about else "")
        except ReconcilerError as refused:
            yield _refused(each, access, name, refused)
            continue
        fine.append(each.operation)
        if each.operation == "ListPipelines":
            name = next((row["name"] for row in answer["pipelines"]), "")
    if left:
        yield unknown(f"not tried, since there is no pipeline to try it on: {', '.join(left)}")
    if fine:
        yield ok(f"answered: {', '.join(fine)}")


def _parameters(each: Read, access: Access, name: str) -> dict[str, Any]:
    value = arns.pipeline(access.target, name) if each.about == "resourceArn" else name
    return {**each.parameters, **({each.about: value} if each.about else {})}


def _refused(each: Read, access: Access, name: str, refused: ReconcilerError) -> Answer:
    from reconciler.aws.failures import Denied, NotServed

    if isinstance(refused, Retry):
        return unknown(str(refused), "run it again")
    if isinstance(refused, NotServed):
        return unknown(str(refused))
    if not isinstance(refused, Denied):
        return error(str(refused))
    resource = arns.pipeline(access.target, "*") if each.about else "*"
    remedy = f"add to the policy: {statement([each.action], resource)}"
    told = str(refused) if not name else f"{each.operation} is denied: {refused}"
    return warning(f"{told}; {each.loss}", remedy) if each.loss else error(told, remedy)


def statement(actions: list[str], resource: str) -> str:
    """Write an IAM statement on one line."""
    return json.dumps({"Effect": "Allow", "Action": actions, "Resource": resource})


def writing(patient: Patient, access: Access) -> Iterator[Answer]:
    """Let IAM simulate the calls that change something; they are never made to try them."""
    from reconciler.aws import probing

    if patient.settings.sync.mode == "report":
        yield ok("sync.mode is report: nothing is ever written")
        return
    source = probing.principal(patient.probe.caller(access), access)
    if not source:
        yield unknown("not checked: the credentials are no role and no user, so IAM cannot simulate them")
        return
    try:
        denied = [
            (calls, found)
            for calls in _writes(patient, access)
            if (found := patient.probe.denied(access, source, calls))
        ]
    except ReconcilerError as refused:
        remedy = f"to let it be checked, add: {statement(['iam:SimulatePrincipalPolicy'], source)}"
        yield unknown(f"not checked: {refused}", remedy)
        return
    for calls, found in denied:
        remedy = f"add to the policy: {statement(list(found), calls.resource)}"
        yield error(f"{source} may not do {', '.join(found)} on {calls.resource}", remedy)
    if not denied:
        yield ok(f"{source} may do all that a pass writes, as IAM simulates it")


def _writes(patient: Patient, access: Access) -> Iterator[Simulated]:
    """Give the calls that change something (reference H.1), on the first pipeline and with its role."""
    from reconciler.aws.probing import Simulated

    names = ["CreatePipeline", "UpdatePipeline", "TagResource", "UntagResource"]
    names += ["DeletePipeline"] if patient.settings.sync.prune else []
    listed = patient.probe.ask(access, "ListPipelines", {"maxResults": 1})["pipelines"]
    name = listed[0]["name"] if listed else _EXAMPLE
    yield Simulated([f"codepipeline:{each}" for each in names], arns.pipeline(access.target, name))
    if listed:
        role = patient.probe.ask(access, "GetPipeline", {"name": name}, name)["pipeline"]["roleArn"]
        yield Simulated(["iam:PassRole"], role, {"iam:PassedToService": "codepipeline.amazonaws.com"})

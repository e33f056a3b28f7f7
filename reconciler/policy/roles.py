"""Rules about the roles of live pipelines, as IAM shows them (reference H.2, H.3).

They are asked where roles were read; a role that could not be read is `unknown`, never fine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.policy import attribution, grants, iam
from reconciler.policy.grants import Answer, Request
from reconciler.policy.rules import NOT_APPLICABLE, Parameter, PolicyRule, fail, levels, unknown
from reconciler.policy.sightings import ABSENT, UNREAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.documents import Path
    from reconciler.policy.grants import Statement
    from reconciler.policy.iam import Role
    from reconciler.policy.rules import Verdict
    from reconciler.policy.sightings import Sighting

    Judge = Callable[[Sighting, Role, Mapping[str, Any]], Iterator[Verdict]]

SERVICE = "codepipeline.amazonaws.com"
TAKE, PASS, TO = "sts:AssumeRole", "iam:PassRole", "iam:PassedToService"
_SHOWN = 6
_BY_RESOURCE = frozenset({"s3", "kms", "sns", "lambda", "secretsmanager", "ecr", "sts"})
"""Services whose resources have policies of their own, which may allow what the role does not (IAM user guide)."""


def _of_each(judge: Judge) -> Callable[[Sighting], Iterator[Verdict]]:
    """Give a check that judges every role that was read."""

    def check(sighting: Sighting) -> Iterator[Verdict]:
        if not sighting.roles:
            yield NOT_APPLICABLE
        for role, seen in sighting.roles:
            if UNREAD in seen:
                yield unknown(_at(role), f"{_name(role)} could not be read: {seen[UNREAD]}")
            elif ABSENT not in seen:
                yield from judge(sighting, role, seen)

    return check


def _at(role: Role, *inside: str) -> Path:
    return ("roles", role.arn, *inside)


def _name(role: Role) -> str:
    return f"the {role.kind} role {role.arn.rpartition('/')[2] or role.arn}"


# Trust ---------------------------------------------------------------------------------------------------------------


def _there(sighting: Sighting) -> Iterator[Verdict]:
    if not sighting.roles:
        yield NOT_APPLICABLE
    for role, seen in sighting.roles:
        if UNREAD in seen:
            yield unknown(_at(role), f"{_name(role)} could not be read: {seen[UNREAD]}")
        elif ABSENT in seen:
            what = ", ".join(role.places[:_SHOWN]) or "the pipeline"
            yield fail(_at(role), f"{_name(role)} does not exist", f"make it, or name another one: {what} needs it")


def _trust(sighting: Sighting, role: Role, seen: Mapping[str, Any]) -> Iterator[Verdict]:
    wanted = _takers(sighting, role)
    trusted = False
    for statement in grants.statements(seen.get("trust") or {}, _at(role, "trust")):
        if not statement.allows or not any(grants.is_matched(each, TAKE) for each in statement.actions):
            continue
        principals = tuple(_principals(statement.document.get("Principal")))
        trusted = trusted or any(each in wanted for each in principals)
        for each in principals:
            if each not in (*wanted, *sighting.parameters["trusted"]):
                yield _stranger(statement, role, each, wanted[0])
    if not trusted:
        message = f"{_name(role)} does not trust {wanted[0]}, so nothing that needs it can run"
        yield fail(_at(role, "trust"), message, f"let {wanted[0]} take it: sts:AssumeRole")


def _takers(sighting: Sighting, role: Role) -> tuple[str, ...]:
    """Give who may take a role: CodePipeline a service role, the pipeline's role or its account an action role."""
    if role.kind == iam.SERVICE:
        return (SERVICE,)
    service = sighting.facts.subject.pipeline.role_arn
    account = attribution.account_of(service) or sighting.facts.account or ""
    partition = service.split(":")[1] if service.startswith("arn:") else "aws"
    return service, f"arn:{partition}:iam::{account}:root", account


def _principals(principal: Any) -> Iterator[str]:
    if isinstance(principal, dict):
        for values in principal.values():
            yield from grants.texts(values)
    elif principal:
        yield str(principal)


def _stranger(statement: Statement, role: Role, principal: str, wanted: str) -> Verdict:
    who = "everybody" if principal == "*" else principal
    message = f"{_name(role)} trusts {who}"
    if statement.document.get("Condition") and principal == "*":
        return unknown(statement.path, f"{message}, under conditions that nobody can judge from here")
    return fail(statement.path, message, f"let {wanted} take it and nobody else, or name it in `trusted`")


# Permissions ---------------------------------------------------------------------------------------------------------


def _policies(role: Role, seen: Mapping[str, Any]) -> list[Statement]:
    found = (seen.get("policies") or {}).items()
    return [each for name, text in found for each in grants.statements(text or {}, _at(role, "policies", name))]


def _all_of_it(statement: Statement) -> Iterator[str]:
    """Yield what a statement allows without bounds: everything, all of a service, or all but something."""
    yield from (each for each in statement.actions if each == "*" or each.endswith(":*"))
    if "NotAction" in statement.document:
        yield "all actions but some"


def _wildcard(_: Sighting, role: Role, seen: Mapping[str, Any]) -> Iterator[Verdict]:
    for statement in _policies(role, seen):
        if statement.allows and (wide := tuple(_all_of_it(statement))):
            yield fail(statement.path, f"{_name(role)} may do {', '.join(wide)}", _NARROW)


def _passing(_: Sighting, role: Role, seen: Mapping[str, Any]) -> Iterator[Verdict]:
    for statement in _policies(role, seen):
        asked = any(grants.is_matched(each, PASS) for each in statement.actions)
        if not statement.allows or not asked or any(_all_of_it(statement)):
            continue
        wide = [each for each in statement.resources if each == "*" or each.endswith(":role/*")]
        if wide or not statement.resources:
            yield fail(statement.path, f"{_name(role)} may pass any role on", f"write the roles in Resource; {_NARROW}")
        elif not _to_whom(statement):
            message = f"{_name(role)} may pass {', '.join(statement.resources[:_SHOWN])} to any service"
            yield fail(statement.path, message, f'add a condition: {{"StringEquals": {{"{TO}": …}}}}; {_NARROW}')


_NARROW = "`reconciler policy iam NAME` prints what the pipeline needs"


def _to_whom(statement: Statement) -> bool:
    return any(key.lower() == TO.lower() and "*" not in values for _, key, values in statement.conditions)


def _missing(_: Sighting, role: Role, seen: Mapping[str, Any]) -> Iterator[Verdict]:
    policies, boundary = _policies(role, seen), seen.get("boundary")
    limits = None if boundary is None else list(grants.statements(boundary, _at(role, "boundary")))
    lacking: dict[str, list[str]] = {}
    doubtful: dict[str, list[str]] = {}
    for request in _requests(role):
        said = grants.answer(request, policies, limits)
        if said != Answer.YES:
            perhaps = said == Answer.PERHAPS or _may_be_elsewhere(request, role)
            (doubtful if perhaps else lacking).setdefault(request.resource, []).append(request.action)
    if lacking:
        yield fail(_at(role, "policies"), f"{_name(role)} may not do {_listed(lacking)}", _NARROW)
    if doubtful:
        message = f"whether {_name(role)} may do {_listed(doubtful)} hangs on conditions or on policies of resources"
        yield unknown(_at(role, "policies"), message)


def _requests(role: Role) -> Iterator[Request]:
    for each in grants.statements(role.permissions, ()):
        context = {key: values[0] for _, key, values in each.conditions if values}
        yield from (Request(action, resource, context) for resource in each.resources for action in each.actions)


def _may_be_elsewhere(request: Request, role: Role) -> bool:
    """Tell whether a policy of the resource alone may allow a call: only where both are in one account, or may be."""
    owner = attribution.account_of(request.resource)
    return request.action.partition(":")[0] in _BY_RESOURCE and owner in (None, attribution.account_of(role.arn))


def _listed(found: Mapping[str, list[str]]) -> str:
    shown = [f"{', '.join(actions)} on {resource}" for resource, actions in found.items()]
    more = f" and more on {len(shown) - _SHOWN} others" if len(shown) > _SHOWN else ""
    return "; ".join(shown[:_SHOWN]) + more


_ROLE = "arn:aws:iam::333333333333:role/shop-pipeline"

RULES: tuple[PolicyRule, ...] = (
    PolicyRule(
        "role-absent",
        "the roles of a live pipeline exist",
        "A pipeline whose role was deleted looks fine until it runs.",
        levels("error", "error", "error"),
        _there,
        f"""
        roles:
          {_ROLE}:  # finding
            absent: true
        """,
        f"""
        roles:
          {_ROLE}: {{}}
        """,
        scope="live",
    ),
    PolicyRule(
        "role-trust",
        "only CodePipeline takes the service role, and only the pipeline's role or account the roles of its actions",
        "Whoever can take the role of a pipeline can deploy without it: no approval, no test, no history.",
        levels("error", "error", "error"),
        _of_each(_trust),
        f"""
        roles:
          {_ROLE}:
            trust:
              Statement:
                - {{Effect: Allow, Action: "sts:AssumeRole", Principal: {{Service: codepipeline.amazonaws.com}}}}
                - {{Effect: Allow, Action: "sts:AssumeRole", Principal: {{Service: ec2.amazonaws.com}}}}  # finding
        """,
        f"""
        roles:
          {_ROLE}:
            trust:
              Statement:
                - {{Effect: Allow, Action: "sts:AssumeRole", Principal: {{Service: codepipeline.amazonaws.com}}}}
        """,
        scope="live",
        parameters={"trusted": Parameter((), "principals that may take the roles, too, as the trust policy says them")},
    ),
    PolicyRule(
        "role-wildcard",
        "no role of a pipeline may do everything, or all of a service",
        "What one commit may change is then as much as the account holds.",
        levels("off", "error/warning", "error"),
        _of_each(_wildcard),
        f"""
        roles:
          {_ROLE}:
            policies:
              more:
                Statement:
                  - {{Effect: Allow, Action: "ec2:*", Resource: "*"}}  # finding
        """,
        f"""
        roles:
          {_ROLE}:
            policies:
              more:
                Statement:
                  - {{Effect: Allow, Action: "ec2:Describe*", Resource: "*"}}
        """,
        scope="live",
    ),
    PolicyRule(
        "role-pass-role",
        "a role of a pipeline passes on named roles to named services only",
        "Passing any role on is as good as having its rights: the pipeline makes something that runs under it.",
        levels("warning", "error/warning", "error"),
        _of_each(_passing),
        f"""
        roles:
          {_ROLE}:
            policies:
              more:
                Statement:
                  - {{Effect: Allow, Action: "iam:PassRole", Resource: "*"}}  # finding
        """,
        f"""
        roles:
          {_ROLE}:
            policies:
              more:
                Statement:
                  - Effect: Allow
                    Action: iam:PassRole
                    Resource: arn:aws:iam::333333333333:role/shop-stack
                    Condition: {{StringEquals: {{"iam:PassedToService": cloudformation.amazonaws.com}}}}
        """,
        scope="live",
    ),
    PolicyRule(
        "role-permission",
        "the roles of a pipeline may do what its actions need",
        "What is missing shows when the action runs, in production last of all. Policies of organisations are not seen "
        "here, nor are those of resources: what these may allow is unknown, not missing.",
        levels("off", "warning", "warning"),
        _of_each(_missing),
        f"""
        roles:
          {_ROLE}:
            policies:  # finding
              guard:
                Statement:
                  - {{Effect: Deny, Action: "codebuild:*", Resource: "*"}}
        """,
        f"""
        roles:
          {_ROLE}:
            policies:
              guard:
                Statement:
                  - {{Effect: Deny, Action: "codebuild:DeleteProject", Resource: "*"}}
        """,
        scope="live",
    ),
)

"""What the roles of one pipeline have to be allowed, and by whom they are taken: no more (reference H.2, H.3).

Rules of this file:

* What an action or a rule needs stands in `permissions.yaml`, whose head explains its words.
* An action that names a role runs under it, in the role's account; every other one runs under the service role.
* What only a run knows, such as `#{…}` in a name, becomes `*` in its place, and a note says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from reconciler import documents
from reconciler.pipeline import arns, cases
from reconciler.policy import attribution

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.pipeline.arns import Target
    from reconciler.pipeline.cases import Case
    from reconciler.pipeline.model import Pipeline
    from reconciler.pipeline.providers import Catalogue

FILE = "permissions.yaml"
VERSION = "2012-10-17"
SERVICE, ACTION = "service", "action"

BUCKET = ("s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning")
READ = ("s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging")
WRITE = ("s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging")
KEY = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")
"""What artifacts need of a bucket, of its objects, and of a customer key (reference H.2, H.3)."""

_ALIAS = "alias/"
_WORD = re.compile(r"\{([\w]+)\}")
_AT_RUN = re.compile(r"#\{[^{}]*\}|\{\{resolve:[^{}]*\}\}")
_Condition = tuple[str, str, str]
"""Operator, key and value of a condition."""


@dataclass(frozen=True, slots=True)
class Role:
    """One role of a pipeline: what it is for, who may take it, and what it may do."""

    arn: str
    kind: str
    """`service` or `action`."""
    places: tuple[str, ...]
    """What runs under it: `Stage/Action`, and `Stage/onSuccess/Rule` for the rules of conditions."""
    trust: dict[str, Any]
    permissions: dict[str, Any]
    notes: tuple[str, ...] = ()
    """What the declaration cannot say, and somebody has to look at."""


@dataclass(slots=True)
class _Sheet:
    """The statements of one role while they are gathered; equal ones for several resources become one."""

    target: Target
    """Account of the role, Region of the pipeline."""
    pipeline: str
    resources: dict[tuple[str, tuple[str, ...], tuple[_Condition, ...]], list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def allow(self, sid: str, do: Iterable[str], on: Iterable[str], *conditions: _Condition) -> None:
        """Add a statement; one without resources allows nothing."""
        if wanted := list(on):
            known = self.resources.setdefault((sid, tuple(do), conditions), [])
            known += [each for each in wanted if each not in known]

    def note(self, text: str) -> None:
        """Add a note, once."""
        if text not in self.notes:
            self.notes.append(text)

    def policy(self) -> dict[str, Any]:
        """Write the policy document; a statement's Sid is its service with a number where several share it."""
        statements, counted = [], dict[str, int]()
        for (sid, do, conditions), on in self.resources.items():
            counted[sid] = counted.get(sid, 0) + 1
            name = sid if counted[sid] == 1 else f"{sid}{counted[sid]}"
            statement: dict[str, Any] = {"Sid": name, "Effect": "Allow", "Action": list(do), "Resource": on}
            if conditions:
                statement["Condition"] = _conditions(conditions)
            statements.append(statement)
        return {"Version": VERSION, "Statement": statements}


def roles(pipeline: Pipeline, target: Target, catalogue: Catalogue) -> tuple[Role, ...]:
    """Give the service role of a pipeline that lives in `target`, then the roles of its actions in their order."""
    by_role: dict[str, list[Case]] = {pipeline.role_arn: []}
    for case in cases.each(pipeline, target.region, catalogue):
        by_role.setdefault(str(case.document.get("roleArn") or pipeline.role_arn), []).append(case)
    own = by_role.pop(pipeline.role_arn)
    others = by_role.items()
    return (
        _service(pipeline, target, own, [arn for arn, _ in others]),
        *(_action(pipeline, target, arn, each) for arn, each in others),
    )


def _service(pipeline: Pipeline, target: Target, own: list[Case], taken: list[str]) -> Role:
    sheet = _Sheet(target._replace(account=attribution.account_of(pipeline.role_arn) or target.account), pipeline.name)
    for region, store in _stores(pipeline, target).items():
        _artifacts(sheet, store, region, target.account, (*READ, *WRITE))
    sheet.allow("TakeActionRoles", ("sts:AssumeRole",), taken)
    _calls(sheet, own)
    trust = _trust({"Service": "codepipeline.amazonaws.com"})
    return Role(pipeline.role_arn, SERVICE, _places(pipeline, own), trust, sheet.policy(), tuple(sheet.notes))


def _action(pipeline: Pipeline, target: Target, arn: str, own: list[Case]) -> Role:
    sheet = _Sheet(target._replace(account=attribution.account_of(arn) or target.account), pipeline.name)
    stores = _stores(pipeline, target)
    for case in own:
        region = case.document.get("region") or target.region
        objects = (*(READ if case.inputs else ()), *(WRITE if case.outputs else ()))
        if objects and region in stores:
            _artifacts(sheet, stores[region], region, target.account, objects)
    _calls(sheet, own)
    trust = _trust({"AWS": pipeline.role_arn})
    return Role(arn, ACTION, _places(pipeline, own), trust, sheet.policy(), tuple(sheet.notes))


def _trust(principal: dict[str, str]) -> dict[str, Any]:
    return {"Version": VERSION, "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}


def _places(pipeline: Pipeline, own: list[Case]) -> tuple[str, ...]:
    return tuple("/".join(_steps(pipeline, case)) for case in own)


def _steps(pipeline: Pipeline, case: Case) -> Iterator[str]:
    _, stage, member, *_ = case.path
    yield pipeline.stages[int(stage)].name
    if not case.is_action:
        yield str(member)
    yield case.name


# Artifacts -----------------------------------------------------------------------------------------------------------


def _stores(pipeline: Pipeline, target: Target) -> dict[str, Mapping[str, Any]]:
    """Give the artifact stores by Region (reference A.2)."""
    document = pipeline.document
    return dict(document.get("artifactStores") or {target.region: document.get("artifactStore") or {}})


def _artifacts(sheet: _Sheet, store: Mapping[str, Any], region: str, account: str, objects: tuple[str, ...]) -> None:
    """Allow one artifact store, whose bucket and key belong to the pipeline's account."""
    if bucket := store.get("location"):
        arn = f"arn:{arns.partition(region)}:s3:::{bucket}"
        owner = ("StringEquals", "aws:ResourceAccount", account)
        sheet.allow("ArtifactBuckets", BUCKET, [arn], owner)
        sheet.allow("Artifacts", objects, [f"{arn}/*"], owner)
    if key := (store.get("encryptionKey") or {}).get("id"):
        arn, *conditions = _key(str(key), region, account)
        sheet.allow("ArtifactKeys", KEY if set(objects) & set(WRITE) else KEY[:2], [arn], *conditions)


def _key(key: str, region: str, account: str) -> tuple[Any, ...]:
    """Give the resource that names a key, and the condition that narrows it where only an alias is known."""
    if key.startswith("arn:") and f":{_ALIAS}" not in key:
        return (key,)
    keys = f"arn:{arns.partition(region)}:kms:{region}:{account}:key/"
    alias = key.rpartition(":")[2]
    if alias.startswith(_ALIAS):
        return f"{keys}*", ("ForAnyValue:StringEquals", "kms:ResourceAliases", alias)
    return (keys + key,)


# Calls ---------------------------------------------------------------------------------------------------------------


@cache
def _table() -> dict[tuple[str, str, str], dict[str, Any]]:
    """Give the entries of `permissions.yaml` by category, owner and provider; they are read once."""
    entries = documents.parse(resources.files(__package__).joinpath(FILE).read_bytes().decode(), FILE)
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for entry in entries:
        categories = entry["category"] if isinstance(entry["category"], list) else [entry["category"]]
        found |= {(each, entry.get("owner", "AWS"), entry["provider"]): entry for each in categories}
    return found


def known() -> frozenset[tuple[str, str, str]]:
    """Give the category, owner and provider of every type whose needs are known."""
    return frozenset(_table())


def _calls(sheet: _Sheet, own: list[Case]) -> None:
    for case in own:
        entry = _table().get(case.kind[:3])
        if entry is None:
            if case.kind[1] == "AWS":
                sheet.note(f"{case.name}: what {case.kind[2]} needs is not known; add it by hand")
            continue
        if "note" in entry:
            sheet.note(f"{case.name}: {entry['note']}")
        for statement in entry.get("allow", ()):
            _allow(sheet, case, statement)
        _secrets(sheet, case)


def _allow(sheet: _Sheet, case: Case, statement: Mapping[str, Any]) -> None:
    if not all(_holds(case, key, values) for key, values in statement.get("if", {}).items()):
        return
    on = [each for text in statement["on"] if (each := _resource(sheet, case, text, statement.get("swap", {})))]
    if on:
        conditions = tuple(_narrowing(sheet, case, statement))
        sheet.allow(case.kind[2], statement["do"], on, *conditions)
        if "note" in statement:
            sheet.note(f"{case.name}: {statement['note']}")


def _holds(case: Case, key: str, values: Any) -> bool:
    written = (case.configuration or {}).get(key)
    return written is not None and (values == "any" or cases.text(written) in (*values, None))


def _resource(sheet: _Sheet, case: Case, template: str, swap: Mapping[str, str]) -> str:
    """Give an ARN with its words filled in; empty where a key is not declared."""
    values = {word: _value(sheet, case, word) for word in _WORD.findall(template)}
    if not all(values.values()):
        return ""
    whole = next((value for value in values.values() if value.startswith("arn:") and template[:1] != "{"), None)
    text = whole or _WORD.sub(lambda match: values[match[1]], template)
    for old, new in swap.items():
        text = text.replace(old, new)
    return text


def _value(sheet: _Sheet, case: Case, word: str) -> str:
    region = str(case.document.get("region") or sheet.target.region)
    facts = {"partition": arns.partition(region), "region": region, "account": sheet.target.account,
             "pipeline": sheet.pipeline}  # fmt: skip
    if word in facts:
        return facts[word]
    written = str((case.configuration or {}).get(word) or "")
    if _AT_RUN.search(written):
        sheet.note(f"{case.name}: {word} is known to a run only; * stands for it")
    return _AT_RUN.sub("*", written)


def _narrowing(sheet: _Sheet, case: Case, statement: Mapping[str, Any]) -> Iterator[_Condition]:
    if service := statement.get("pass"):
        yield "StringEquals", "iam:PassedToService", service
    for operator, pairs in statement.get("condition", {}).items():
        for key, value in pairs.items():
            yield operator, _resource(sheet, case, key, {}), _resource(sheet, case, value, {})


def _secrets(sheet: _Sheet, case: Case) -> None:
    """Allow the secrets and parameters that CodePipeline itself puts into the environment of an action (A.4)."""
    region = str(case.document.get("region") or sheet.target.region)
    start = f"arn:{arns.partition(region)}"
    for variable in case.document.get("environmentVariables") or ():
        if variable.get("type") == "SECRETS_MANAGER":
            name = str(variable.get("value", "")).partition(":")[0]
            own = f"{start}:secretsmanager:{region}:{sheet.target.account}:secret:{name}-??????"
            secret = variable["value"] if str(variable.get("value")).startswith("arn:") else own
            sheet.allow("Secrets", ("secretsmanager:GetSecretValue",), [secret])


def _conditions(conditions: tuple[_Condition, ...]) -> dict[str, dict[str, str]]:
    written: dict[str, dict[str, str]] = {}
    for operator, key, value in conditions:
        written.setdefault(operator, {})[key] = value
    return written

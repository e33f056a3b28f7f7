"""Set-ups over several accounts are complete: a customer key, a role over there, readable artifacts (H.3, E.17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.pipeline.unknown import Unknown
from reconciler.policy import attribution, mentions
from reconciler.policy.rules import NOT_APPLICABLE, PolicyRule, fail, levels, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.documents import Path
    from reconciler.policy.facts import Facts, Work
    from reconciler.policy.rules import Subject, Verdict

_SEVERITY = levels("warning/off", "error/warning", "error")


def _account(work: Work, facts: Facts) -> str | None:
    """Give the account that an action works in; None if it cannot be known."""
    role = work.action.role_arn
    if role is None:
        return facts.account
    return None if isinstance(role, Unknown) else attribution.account_of(role)


def _abroad(facts: Facts) -> Iterator[Work]:
    """Give the actions that work in another account than the pipeline's."""
    for work in facts.works:
        account = _account(work, facts)
        if account and facts.account and account != facts.account:
            yield work


def _keys(subject: Subject) -> Iterator[Verdict]:
    facts = subject.facts
    regions = {work.action.region or facts.subject.region: work for work in _abroad(facts)}
    if not regions:
        yield NOT_APPLICABLE
        return
    for path, store in mentions.stores(facts.document):
        region = path[1] if len(path) > 1 else facts.subject.region
        if len(path) == 1 or region in regions or None in regions:
            work = regions.get(str(region)) or next(iter(regions.values()))
            yield from _of_store(path, store, work, facts)


def _of_store(path: Path, store: Mapping[str, Any], work: Work, facts: Facts) -> Iterator[Verdict]:
    away = f"{work.place} works in the account {_account(work, facts)}"
    hint = f"name a customer key of the account {facts.account} by its ARN: arn:aws:kms:…:{facts.account}:key/…"
    key = store.get("encryptionKey")
    if not isinstance(key, dict):
        yield fail(path, f"{away}, and the artifacts have no key that it could use", hint)
        return
    name, place = str(key["id"]), (*path, "encryptionKey", "id")
    if isinstance(key["id"], Unknown):
        yield unknown(place, f"the key {name} is not known")
    elif "alias/" in name:
        yield fail(place, f"{away}, where the alias {name} means another key, or none", hint)
    elif (account := attribution.account_of(name)) and account != facts.account:
        message = f"the key of the artifacts lies in the account {account}, the pipeline in {facts.account}"
        yield fail(place, message, hint)


def _roles(subject: Subject) -> Iterator[Verdict]:
    """Yield roles of another account that CloudFormation is to take, where the action itself works at home."""
    facts = subject.facts
    for work in facts.works:
        role, account = work.action.configuration.get("RoleArn"), _account(work, facts)
        there = attribution.account_of(role) if isinstance(role, str) and not isinstance(role, Unknown) else None
        if there and account and there != account and _may_work(facts, there, account):
            message = f"{work.place} works in the account {account} and hands on a role of {there}"
            hint = f"add roleArn to the action: a role of {there} that the pipeline's role may assume"
            yield fail((*work.path, "configuration", "RoleArn"), message, hint)


def _may_work(facts: Facts, *accounts: str) -> bool:
    """Tell whether the pipeline may work in all of them; of the others `separation` tells."""
    known = facts.ownership.accounts
    return not facts.environment or all(known.get(each, frozenset()) & facts.allowed for each in accounts)


def _artifacts(subject: Subject) -> Iterator[Verdict]:
    facts, graph = subject.facts, subject.facts.subject.graph
    for work in _abroad(facts):
        for index, name in enumerate(work.action.inputs):
            producer = graph.producers.get(name)
            made = _account(facts.by_place[producer.place], facts) if producer else None
            here = _account(work, facts)
            if made and made not in (facts.account, here):
                message = f"{work.place} works in {here} and cannot read {name}, which is made in {made}"
                path = (*work.path, "inputArtifacts", index)
                yield fail(path, message, "make the artifact in the pipeline's account")


_ABROAD = """\
environments: {dev: {deploys_to: ["444444444444", "555555555555"]}}"""

RULES: tuple[PolicyRule, ...] = (
    PolicyRule(
        "cross-account-key",
        "artifacts that another account reads have a customer key, named by ARN",
        "AWS's own keys cannot be used from another account, and an alias is looked up over there (reference H.3).",
        _SEVERITY,
        _keys,
        """
        dev:
          artifactStore:
            encryptionKey: {type: KMS, id: alias/artifacts}  # finding
          stages:
            - name: Deploy
              actions:
                - {name: Stack, roleArn: "arn:aws:iam::444444444444:role/deploy",
                   configuration: {RoleArn: "arn:aws:iam::444444444444:role/stack"}}
        """,
        """
        dev:
          stages:
            - name: Deploy
              actions:
                - {name: Stack, roleArn: "arn:aws:iam::444444444444:role/deploy",
                   configuration: {RoleArn: "arn:aws:iam::444444444444:role/stack"}}
        """,
        settings=_ABROAD,
    ),
    PolicyRule(
        "cross-account-role",
        "an action that hands on a role of another account works there itself",
        "Only CloudFormation in that account can take the role; the action needs a roleArn there (reference H.3).",
        _SEVERITY,
        _roles,
        """
        dev:
          stages:
            - name: Deploy
              actions:
                - name: Stack
                  configuration: {RoleArn: "arn:aws:iam::444444444444:role/stack"}  # finding
        """,
        """
        dev:
          stages:
            - name: Deploy
              actions:
                - name: Stack
                  roleArn: arn:aws:iam::444444444444:role/deploy
                  configuration: {RoleArn: "arn:aws:iam::444444444444:role/stack"}
        """,
        settings=_ABROAD,
    ),
    PolicyRule(
        "cross-account-artifact",
        "an artifact is read where it was made, or was made in the pipeline's account",
        "A third account can never read it, and the action fails (reference E.17).",
        _SEVERITY,
        _artifacts,
        """
        dev:
          stages:
            - name: Build
              actions: [{name: Package, roleArn: "arn:aws:iam::555555555555:role/build"}]
            - name: Deploy
              actions:
                - name: Stack
                  inputArtifacts: [{name: Built}]  # finding
                  roleArn: arn:aws:iam::444444444444:role/deploy
                  configuration: {RoleArn: "arn:aws:iam::444444444444:role/stack"}
        """,
        """
        dev:
          stages:
            - name: Deploy
              actions:
                - name: Stack
                  inputArtifacts: [{name: Built}]
                  roleArn: arn:aws:iam::444444444444:role/deploy
                  configuration: {RoleArn: "arn:aws:iam::444444444444:role/stack"}
        """,
        settings=_ABROAD,
    ),
)

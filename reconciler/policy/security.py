"""Rules about secrets, keys, and what strangers can send into a pipeline."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.pipeline.unknown import Unknown
from reconciler.policy import mentions, plaintext
from reconciler.policy.rules import NOT_APPLICABLE, PolicyRule, fail, levels, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.documents import Path
    from reconciler.policy.rules import Subject, Verdict

_ALIAS_OF_AWS = "alias/aws/"
_WRITTEN = frozenset({
    "AuthorDisplayName", "AuthorEmail", "AuthorId", "CommitMessage", "PullRequestTitle", "SourceBranchName",
})  # fmt: skip
"""Variables of sources whose text anybody can write who may commit, or open a pull request (reference D.1)."""

_CODE = frozenset({
    "BuildspecOverride", "DeploySpec", "Input", "ParameterOverrides", "Parameters", "PreScript", "PostScript",
    "UserParameters", "Variables",
})  # fmt: skip
"""Configuration keys whose text is code, or JSON that a quotation mark can break out of."""

_ENVIRONMENT = "EnvironmentVariables"
_ANY_BRANCH = frozenset({"*", "**"})
_EXPORTED = re.compile(r"exported-variables:\s*((?:\s*-\s*\w+)+|\[[^\]]*\])")


def _stores_without_key(subject: Subject) -> Iterator[Verdict]:
    document = subject.facts.document
    if isinstance(document.get("artifactStore"), Unknown):
        yield unknown(("artifactStore",), "the artifact store is not known offline")
    for path, store in mentions.stores(document):
        key = store.get("encryptionKey")
        name = key.get("id", "") if isinstance(key, dict) else key
        if isinstance(key, Unknown) or isinstance(name, Unknown):
            continue  # whatever it is, there is one
        if not key:
            yield fail(path, f"the bucket {store.get('location')} has no key of yours: S3's own encrypts the artifacts",
                       "add `encryptionKey: {type: KMS, id: <ARN of a key>}`")  # fmt: skip
        elif _ALIAS_OF_AWS in str(name):
            yield fail((*path, "encryptionKey", "id"), f"{name} is AWS's key, whose policy nobody can write",
                       "name a key of yours, by its ARN")  # fmt: skip


def _plaintext(subject: Subject) -> Iterator[Verdict]:
    refer = "keep it in Secrets Manager and write where it is: `type: SECRETS_MANAGER`, or {{resolve:secretsmanager:…}}"
    for leak in subject.facts.leaks:
        yield fail(leak.path, f"{leak.name} holds a secret in plain text", refer)


def _published(subject: Subject) -> Iterator[Verdict]:
    """Give secrets that become variables, which everybody sees who may look at an execution (reference E.14)."""
    told = "the value of a variable is shown to everybody who may see an execution"
    for index, variable in enumerate(_list(subject.facts.document.get("variables"))):
        if plaintext.says_secret(name := str(variable.get("name"))):
            yield fail(("variables", index), f"the pipeline variable {name} is a secret by its name; {told}",
                       "let the action read it from Secrets Manager")  # fmt: skip
    for path, action in subject.facts.subject:
        taken = {each["name"] for each in _list(action.document.get("environmentVariables"))
                 if each.get("type") == "SECRETS_MANAGER"}  # fmt: skip
        for index, name in enumerate(action.document.get("outputVariables") or ()):
            if name in taken or plaintext.says_secret(name):
                yield fail((*path, "outputVariables", index), f"{name} is a secret, and {told}",
                           "give out what is made with it, and not the secret")  # fmt: skip
        yield from _exported(action.configuration.get("BuildspecOverride"), (*path, "configuration"), told)


def _exported(text: Any, path: Path, told: str) -> Iterator[Verdict]:
    if isinstance(text, str) and not isinstance(text, Unknown) and (found := _EXPORTED.search(text)):
        for name in re.findall(r"\w+", found[1]):
            if plaintext.says_secret(name):
                yield fail((*path, "BuildspecOverride"), f"the build exports {name}; {told}", "do not export it")


def _tokens(subject: Subject) -> Iterator[Verdict]:
    for path, action in subject.facts.subject:
        if (action.owner, action.provider) == ("ThirdParty", "GitHub"):
            told = f"{action.name} reads GitHub with somebody's personal token"
            hint = "use a connection: owner AWS, provider CodeStarSourceConnection"
            yield fail((*path, "actionTypeId", "provider"), told, hint)


def _injected(subject: Subject) -> Iterator[Verdict]:
    hint = "hand over the commit id, and let the step read the text from the repository"
    for path, action, text in _foreign_texts(subject):
        if path[-1] in _CODE or "commands" in path:
            where = str(path[-1]) if path[-1] in _CODE else "a command"
            yield fail(path, f"{text}, which a stranger can write, becomes part of {where} of {action}", hint)


def _in_environment(subject: Subject) -> Iterator[Verdict]:
    for path, action, text in _foreign_texts(subject):
        if path[-1] == _ENVIRONMENT or "environmentVariables" in path:
            yield fail(path, f"{text}, which a stranger can write, goes into the environment of {action}",
                       "quote it wherever a command uses it; a quotation mark in it breaks the JSON")  # fmt: skip


def _foreign_texts(subject: Subject) -> Iterator[tuple[Path, str, str]]:
    """Give path, action and reference wherever a variable stands that strangers can write."""
    facts = subject.facts.subject
    sources = {space for space, action in facts.producers.items() if action.category == "Source"}
    wide = bool([*_untrusted(subject.facts.document)])
    foreign = _WRITTEN | {"BranchName", "TagName"} if wide else _WRITTEN
    for path, action, reference in facts.references:
        if reference.namespace in sources and reference.key in foreign:
            yield path, action.name, reference.text
    for path, action in facts:
        for member in ("commands", "environmentVariables"):
            for index, entry in enumerate(action.document.get(member) or ()):
                for text in _named(entry, sources, foreign):
                    yield (*path, member, index), action.name, text


def _named(entry: Any, sources: set[str], foreign: frozenset[str]) -> Iterator[str]:
    text = entry.get("value") if isinstance(entry, dict) else entry
    for found in re.finditer(r"#\{\s*([^{}.]+)\.([^{}]+?)\s*\}", text if isinstance(text, str) else ""):
        if found[1] in sources and found[2] in foreign:
            yield found[0]


def _strangers(subject: Subject) -> Iterator[Verdict]:
    """Give filters that let unreviewed changes reach a deployment without anybody being asked.

    Where an environment is protected, or says itself what it takes, `trigger-not-allowed` judges them.
    """
    facts = subject.facts
    if not facts.document.get("triggers") or not facts.deployments:
        yield NOT_APPLICABLE
        return
    graph, settings = facts.subject.graph, facts.ownership.environments
    for work in facts.deployments:
        known = settings.get(work.environment)
        if (known and (known.protected or known.pull_requests is not None)) or any(
            gate.category == "Approval" for gate in graph.gates(work.place)
        ):
            continue
        for path, what in _untrusted(facts.document):
            yield fail(path, f"{what} is deployed by {work.place}, and nobody is asked before",
                       "name the branches, or put an approval before the deployment", {work.environment})  # fmt: skip
        return


def _untrusted(document: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Give the filters that anybody can meet who may push some branch or open a pull request (reference A.7)."""
    for index, trigger in enumerate(_list(document.get("triggers"))):
        git = trigger.get("gitConfiguration")
        for event in ("push", "pullRequest"):
            for number, entry in enumerate(_list(git.get(event) if isinstance(git, dict) else None)):
                path: Path = ("triggers", index, "gitConfiguration", event, number)
                if event == "pullRequest" and entry.get("events") != ["CLOSED"]:
                    yield path, "a pull request"
                elif event == "push" and "tags" not in entry and _any_branch(entry.get("branches")):
                    yield path, "whatever is pushed to any branch"


def _any_branch(branches: Any) -> bool:
    includes = branches.get("includes") if isinstance(branches, dict) else None
    return not includes or bool(_ANY_BRANCH & {*includes})


def _list(value: Any) -> list[dict[str, Any]]:
    """Give the known mappings of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


RULES = (
    PolicyRule(
        "artifact-store-key",
        "every artifact store has a customer key",
        "Artifacts hold the source and what is deployed. Only a key of yours has a policy that says who may read them, "
        "and only such a key can be shared with the account that is deployed to.",
        levels("off", "error/warning", "error"),
        _stores_without_key,
        """
        staging:
          artifactStore:  # finding
            $replace: true
            type: S3
            location: staging-artifacts-222222222222
        """,
        """
        staging:
          artifactStore:
            encryptionKey:
              {type: KMS, id: "arn:aws:kms:eu-west-1:222222222222:key/0b6c1f4e-55aa-4c1c-9d0e-7f7f3a1f2b11"}
        """,
        structural=False,
    ),
    PolicyRule(
        "plaintext-secret",
        "no secret stands in a declaration",
        "A declaration is in git for ever, in the console for everybody who may read it, and in CloudTrail.",
        levels("error", "error", "error"),
        _plaintext,
        """
        dev:
          stages:
            - name: Build
              actions:
                - name: Package
                  configuration:
                    EnvironmentVariables: '[{"name": "NPM_TOKEN", "value": "x8Kq2vR7mW4t"}]'  # finding
        """,
        """
        dev:
          stages:
            - name: Build
              actions:
                - name: Package
                  configuration:
                    EnvironmentVariables: >-
                      [{"name": "NPM_TOKEN", "value": "shop/dev/npm:token", "type": "SECRETS_MANAGER"}]
        """,
        structural=False,
    ),
    PolicyRule(
        "secret-in-variable",
        "no secret becomes a variable",
        "Variables are shown with every execution, in the console and by the API, and are kept for a year.",
        levels("off", "warning", "error"),
        _published,
        """
        dev:
          variables:
            - name: DATABASE_PASSWORD  # finding
              description: Asked for at every start.
        """,
        """
        dev:
          variables:
            - name: DATABASE_PASSWORD_NAME
              description: Name of the secret that the migration reads.
        """,
    ),
    PolicyRule(
        "source-oauth-token",
        "GitHub is read by a connection, and not with a personal token",
        "The token of the older GitHub action opens every repository of one person, never expires, and lies in the "
        "declaration. A connection is an app with access to chosen repositories.",
        levels("off", "error", "error"),
        _tokens,
        """
        dev:
          stages:
            - name: Source
              actions:
                - name: Code
                  actionTypeId:
                    owner: ThirdParty
                    provider: GitHub  # finding
                  configuration:
                    {$replace: true, Owner: example-org, Repo: shop, Branch: main, PollForSourceChanges: "false",
                     OAuthToken: "{{resolve:secretsmanager:shop/dev/github:SecretString:token}}"}
        """,
        """
        dev:
          stages:
            - name: Source
              actions: [{name: Code, configuration: {FullRepositoryId: example-org/shop-web}}]
        """,
    ),
    PolicyRule(
        "variable-injection",
        "no text of a commit becomes part of a command, or of a deployment's parameters",
        "A commit message is put in as it is: a quotation mark ends the JSON around it, and `$(…)` is run by a shell.",
        levels("off", "error", "error"),
        _injected,
        """
        dev:
          stages:
            - name: Deploy
              actions:
                - name: Stack
                  configuration:
                    ParameterOverrides: '{"Note": "#{Source.CommitMessage}"}'  # finding
        """,
        """
        dev:
          stages:
            - name: Deploy
              actions:
                - name: Stack
                  configuration:
                    ParameterOverrides: '{"Note": "#{Source.CommitId}"}'
        """,
    ),
    PolicyRule(
        "variable-in-environment",
        "no text of a commit goes into the environment of a build",
        "There it is a text and no command, until a command uses it without quotes; and a quotation mark in it breaks "
        "the JSON of EnvironmentVariables.",
        levels("off", "info", "warning"),
        _in_environment,
        """
        dev:
          stages:
            - name: Build
              actions:
                - name: Package
                  configuration:
                    EnvironmentVariables: '[{"name": "NOTE", "value": "#{Source.CommitMessage}"}]'  # finding
        """,
        """
        dev:
          stages:
            - name: Build
              actions:
                - name: Package
                  configuration:
                    EnvironmentVariables: '[{"name": "NOTE", "value": "#{Source.CommitId}"}]'
        """,
    ),
    PolicyRule(
        "untrusted-trigger",
        "what nobody has reviewed is not deployed without an approval",
        "Whoever may open a pull request, or push any branch, decides then what runs in the account.",
        levels("off", "info", "warning"),
        _strangers,
        """
        dev:
          stages: [{name: Approve, $delete: true}]
          triggers:
            - providerType: CodeStarSourceConnection
              gitConfiguration:
                sourceActionName: Code
                pullRequest:
                  - branches: {includes: [main]}  # finding
        """,
        """
        dev:
          stages: [{name: Approve, $delete: true}]
          triggers:
            - providerType: CodeStarSourceConnection
              gitConfiguration:
                sourceActionName: Code
                push:
                  - branches: {includes: [main]}
        """,
    ),
)

"""What may start a release: branches, tags and pull requests, by the source action itself and by its triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.pipeline.unknown import Unknown
from reconciler.policy import globs
from reconciler.policy.rules import NOT_APPLICABLE, PolicyRule, fail, levels, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.documents import Path
    from reconciler.policy.facts import Facts
    from reconciler.policy.rules import Subject, Verdict
    from reconciler.settings import Environment

_SEVERITY = levels("error/off", "error/warning", "error")
EVERYTHING = "**"
"""The pattern of a filter that names none."""


def _reached(facts: Facts) -> tuple[str, ...]:
    """Give the environments that a pipeline deploys to, and its own."""
    known = {facts.environment, *(work.environment for work in facts.deployments)} - {""}
    return tuple(sorted(known))


def _branches(subject: Subject) -> Iterator[Verdict]:
    facts = subject.facts
    branches = [each for each in facts.mentions if each.kind == "branch"]
    if not facts.environment or not branches:
        yield NOT_APPLICABLE
        return
    for mention in branches:
        if isinstance(mention.text, Unknown):
            yield unknown(mention.path, f"the branch {mention.text} is not known", "give the parameter a value")
            continue
        for name in _reached(facts):
            allowed = facts.ownership.environments[name].branches
            if not globs.covers(allowed, mention.text):
                yield _refused(mention.path, f"the branch {mention.text}", name, "branches", allowed)
                break


def _refused(path: Path, what: str, environment: str, setting: str, allowed: tuple[str, ...]) -> Verdict:
    message = f"{what} must not reach {environment}; there {setting} are {', '.join(allowed) or 'none'}"
    return fail(path, message, f"or change environments.{environment}.{setting} in the settings", (environment,))


def _filters(document: Any) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    triggers = document.get("triggers")
    for index, trigger in enumerate(triggers if isinstance(triggers, list) else ()):
        git = trigger.get("gitConfiguration") if isinstance(trigger, dict) else None
        for event in ("push", "pullRequest"):
            entries = git.get(event) if isinstance(git, dict) else None
            for number, entry in enumerate(entries if isinstance(entries, list) else ()):
                if isinstance(entry, dict):
                    yield ("triggers", index, "gitConfiguration", event, number), event, entry


def _triggers(subject: Subject) -> Iterator[Verdict]:
    facts = subject.facts
    if not facts.environment or not facts.document.get("triggers"):
        yield NOT_APPLICABLE
        return
    for path, event, entry in _filters(facts.document):
        for name in _reached(facts):
            if found := _of_filter(path, event, entry, (name, facts.ownership.environments[name])):
                yield found
                break


def _of_filter(path: Path, event: str, entry: dict[str, Any], place: tuple[str, Environment]) -> Verdict | None:
    """Give what a filter lets through that must not reach a place; None if there is nothing."""
    name, known = place
    kinds = ("OPEN", "UPDATED", "CLOSED")
    taken = known.pull_requests if known.pull_requests is not None else () if known.protected else kinds
    if event == "pullRequest":
        strange = [each for each in entry.get("events") or kinds if each not in taken]
        if strange:
            return _refused(path, f"a pull request that is {' or '.join(strange)}", name, "pull_requests", taken)
    member, allowed = ("tags", known.tags) if "tags" in entry else ("branches", known.branches)
    for inside, pattern in _patterns(entry, member):
        if not globs.covers(allowed, pattern):
            what = f"a trigger by {member} {pattern}" if pattern != EVERYTHING else "a trigger by all branches"
            return _refused((*path, *inside), what, name, member, allowed)
    return None


def _patterns(entry: dict[str, Any], member: str) -> Iterator[tuple[Path, str]]:
    includes = (entry.get(member) or {}).get("includes")
    if not includes:
        yield (), EVERYTHING
        return
    for index, pattern in enumerate(includes):
        if isinstance(pattern, str) and not isinstance(pattern, Unknown):
            yield (member, "includes", index), pattern


RULES: tuple[PolicyRule, ...] = (
    PolicyRule(
        "branch-not-allowed",
        "only the branches of an environment are deployed there",
        "A branch that anybody may push to is a way around every review.",
        _SEVERITY,
        _branches,
        """
        prod:
          stages:
            - name: Source
              actions:
                - name: Code
                  configuration:
                    BranchName: develop  # finding
        """,
        """
        prod:
          stages:
            - name: Source
              actions: [{name: Code, configuration: {BranchName: release/7}}]
        """,
    ),
    PolicyRule(
        "trigger-not-allowed",
        "only the branches, tags and pull requests of an environment start its pipelines",
        "A trigger decides which revision runs, whatever branch the source action names.",
        _SEVERITY,
        _triggers,
        """
        prod:
          triggers:
            - providerType: CodeStarSourceConnection
              gitConfiguration:
                sourceActionName: Code
                push:
                  - branches:
                      includes:
                        - main
                        - feature/**  # finding
        """,
        """
        prod:
          triggers:
            - providerType: CodeStarSourceConnection
              gitConfiguration:
                sourceActionName: Code
                push:
                  - branches: {includes: [main, release/*]}
                  - tags: {includes: ["v[0-9]*"]}
        """,
    ),
)

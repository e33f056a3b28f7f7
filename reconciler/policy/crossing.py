"""Rules over all pipelines of a commit: nothing is shared between environments, and what belongs together is alike.

What a name or an account says to be another environment's is told by `separation`, at its place; here stands what only
shows when two pipelines are held against each other. Of two, the one whose environment matters less is told.
"""

from __future__ import annotations

from collections import defaultdict
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from reconciler.policy.rules import PolicyRule, fail, levels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.documents import Path
    from reconciler.policy.outlines import Estate, Outline
    from reconciler.policy.rules import Verdict
    from reconciler.settings import Settings

_SEVERITY = levels("error/off", "error/warning", "error")

Uses = list[tuple[int, str, "Path"]]
"""Number of the pipeline, the environment, and the place."""


def _buckets(estate: Estate) -> Iterator[Verdict]:
    users: dict[str, Uses] = defaultdict(list)
    for number, each in enumerate(estate.outlines):
        for name, path in each.buckets:
            users[name].append((number, each.environment, path))
    for name, uses in users.items():
        yield from _shared(f"the artifact bucket {name}", uses, "give each environment a bucket of its own", estate)


def _targets(estate: Estate) -> Iterator[Verdict]:
    users: dict[str, Uses] = defaultdict(list)
    for number, each in enumerate(estate.outlines):
        for key, environment, path in each.targets:
            users[key].append((number, environment, path))
    for key, uses in users.items():
        hint = "give each environment its own, or let one pipeline deploy for both"
        yield from _shared(f"the deployment target {key}", uses, hint, estate)


def _shared(what: str, uses: Uses, hint: str, estate: Estate) -> Iterator[Verdict]:
    """Yield one verdict for each pipeline that uses what a more important environment uses too."""
    by_environment: dict[str, tuple[int, str, Path]] = {}
    for use in uses:
        by_environment.setdefault(use[1], use)
    if len(by_environment) == 1:
        return
    owner = max(by_environment.values(), key=lambda use: _weight(use[1], estate.settings))
    for number, environment, path in uses:
        if environment != owner[1] and number != owner[0]:
            other = estate.outlines[owner[0]]
            message = f"{what} is shared by {environment} and {owner[1]}: {other.name} ({other.place}) uses it too"
            yield fail(path, message, hint, (environment, owner[1]), number)


def _weight(environment: str, settings: Settings) -> tuple[bool, int]:
    """Give how much an environment matters: protected first, then how many come before it."""
    known, passed = settings.environments[environment], 0
    before = known.after
    while before is not None:
        passed, before = passed + 1, settings.environments[before].after
    return known.protected, passed


def _parity(estate: Estate) -> Iterator[Verdict]:
    settings = estate.settings
    chosen = settings.policy.parity.environments or tuple(
        name for name, each in settings.environments.items() if each.protected
    )
    for family in estate.kin.values():
        for environment in chosen:
            before = settings.environments[environment].after
            for number in family.get(environment, ()) if before else ():
                yield from _compared(estate, number, before or "", family.get(before or "", []))


def _compared(estate: Estate, number: int, before: str, others: list[int]) -> Iterator[Verdict]:
    ours = estate.outlines[number]
    if not others:
        if not _meant(ours.name, "*", estate.settings):
            message = f"{ours.name} has no counterpart in {before}, so nothing tries it there"
            yield fail(ours.at("name"), message, _PARITY_HINT, (), number)
        return
    theirs = estate.outlines[others[0]]
    for place, (kind, path) in ours.shape.items():
        if place not in theirs.shape and not _meant(ours.name, place, estate.settings):
            yield fail(path, f"{place} is not in {theirs.name} ({theirs.place})", _PARITY_HINT, (), number)
        elif place in theirs.shape and theirs.shape[place][0] != kind and not _meant(ours.name, place, estate.settings):
            message = f"{place} is {kind} here and {theirs.shape[place][0]} in {theirs.name} ({theirs.place})"
            yield fail(path, message, _PARITY_HINT, (), number)
    for place in theirs.shape.keys() - ours.shape.keys():
        if not _meant(ours.name, place, estate.settings):
            message = f"{place} of {theirs.name} ({theirs.place}) is not here"
            yield fail(ours.at("stages"), message, _PARITY_HINT, (), number)


_PARITY_HINT = "make both alike, or write the difference into policy.parity.exceptions of the settings"


def _meant(name: str, place: str, settings: Settings) -> bool:
    return any(
        fnmatchcase(name, each.pipeline) and (fnmatchcase(place, each.place) or each.place == "*")
        for each in settings.policy.parity.exceptions
    )


def _alike(estate: Estate) -> Iterator[Verdict]:
    """Yield names of one account that people, or tools that cut names off, take for each other."""
    for fold, why in ((str.casefold, "but for capitals"), (_start, f"in their first {_STARTS} characters")):
        seen: dict[tuple[str, str], Outline] = {}
        for number, each in enumerate(estate.outlines):
            other = seen.setdefault((each.target.account, fold(each.name)), each)
            if other.name != each.name:
                message = f"{each.name} and {other.name} ({other.place}) are equal {why}"
                yield fail(each.at("name"), message, "choose names that differ early", (), number)


_STARTS = 30


def _start(name: str) -> str:
    return name[:_STARTS] if len(name) > _STARTS else f"{name}\n"


_FLEET = """
        {environment}:
          stages:
            - name: Fleet
              $after: Deploy
              actions:
                - name: Instances
                  actionTypeId: {{category: Deploy, owner: AWS, provider: CodeDeploy, version: "1"}}
                  roleArn: arn:aws:iam::444444444444:role/fleet
                  inputArtifacts: [{{name: Built}}]
                  configuration:
                    ApplicationName: {application}
                    DeploymentGroupName: blue"""
"""A deployment to the account 444444444444, which dev and prod share."""

_FOUND = "app  # finding"


RULES: tuple[PolicyRule, ...] = (
    PolicyRule(
        "shared-artifact-bucket",
        "no artifact bucket is shared between environments",
        "A build of dev could put its artifact where production takes it from.",
        _SEVERITY,
        _buckets,
        """
        dev:
          artifactStore:
            location: artifacts  # finding
        prod:
          artifactStore:
            location: artifacts
        """,
        """
        dev:
          artifactStore: {location: artifacts-of-developers}
        prod:
          artifactStore: {location: artifacts}
        """,
        scope="all",
    ),
    PolicyRule(
        "shared-deploy-target",
        "no deployment target is shared between environments",
        "Two pipelines that deploy to one stack, service or group overwrite each other's releases.",
        _SEVERITY,
        _targets,
        "".join(_FLEET.format(environment=name, application=text) for name, text in (("dev", _FOUND), ("prod", "app"))),
        "".join(_FLEET.format(environment=name, application=text) for name, text in (("dev", "toy"), ("prod", "app"))),
        scope="all",
        settings='environments: {dev: {deploys_to: ["444444444444"]}, prod: {deploys_to: ["444444444444"]}}',
    ),
    PolicyRule(
        "environment-parity",
        "the pipelines of one project are alike in a protected environment and in the one before it",
        "What staging does not do is done in production for the first time.",
        levels("off", "warning/off", "error/warning"),
        _parity,
        """
        prod:
          stages:
            - name: Extra
              $after: Deploy
              actions:
                - name: Warm  # finding
                  actionTypeId: {category: Invoke, owner: AWS, provider: Lambda, version: "1"}
                  configuration: {FunctionName: shop-prod-warm}
        """,
        """
        dev:
          stages:
            - name: Extra
              $after: Deploy
              actions:
                - name: Warm
                  actionTypeId: {category: Invoke, owner: AWS, provider: Lambda, version: "1"}
                  configuration: {FunctionName: shop-dev-warm}
        """,
        scope="all",
        settings="policy: {rules: {environment-parity: error}}",
    ),
    PolicyRule(
        "name-similar",
        "names of one account differ in more than capitals, and within their first 30 characters",
        "People and tools that cut names off take one pipeline for the other.",
        levels("off", "warning", "warning"),
        _alike,
        """
        dev: {name: shop-dev-recommendations-service-one}
        ---
        dev:
          name: shop-dev-recommendations-service-two  # finding
        """,
        """
        dev: {name: shop-dev-one-recommendations-service}
        ---
        dev: {name: shop-dev-two-recommendations-service}
        """,
        scope="all",
    ),
)

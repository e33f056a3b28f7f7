"""What one rule of policy says of one declaration, for tests: dev and staging are open, prod is protected."""

from __future__ import annotations

import datetime as dt
from typing import Any

from reconciler import settings
from reconciler.pipeline.arns import Target
from reconciler.policy import examples, judge, table
from reconciler.policy.facts import Stated
from reconciler.policy.rules import Outcome, Subject, Verdict

SETTINGS = settings.load(examples.SETTINGS, "settings", {})
ACCOUNTS = {name: each.account for name, each in SETTINGS.environments.items()}
CODE = {"ConnectionArn": "arn:aws:codeconnections:eu-west-1:111111111111:connection/1", "BranchName": "main"}


def action(kind: str, name: str = "", **more: Any) -> dict[str, Any]:
    """Give an action of `Category/Provider`, or `Category/Owner/Provider`."""
    category, *owner, provider = kind.split("/")
    typed = {"category": category, "owner": owner[0] if owner else "AWS", "provider": provider, "version": "1"}
    return {"name": name or provider, "actionTypeId": typed, **more}


def pipeline(
    *actions: dict[str, Any], environment: str = "dev", stage: dict[str, Any] | None = None, **more: Any
) -> Any:
    """Give a declaration with a connection source and one more stage, `Deploy`, that holds the actions."""
    source = action("Source/CodeStarSourceConnection", "Code", namespace="Source", configuration=CODE,
                    outputArtifacts=[{"name": "Code"}])  # fmt: skip
    return {
        "name": f"shop-{environment}-web",
        "roleArn": f"arn:aws:iam::{ACCOUNTS[environment]}:role/shop",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": [
            {"name": "Source", "actions": [source]},
            {"name": "Deploy", **(stage or {}), "actions": list(actions)},
        ],
        **more,
    }


def said(rule: str, document: Any, **stated: Any) -> list[Verdict]:
    """Give the verdicts of a rule that are failures or unknown."""
    policy = judge.Policy(SETTINGS, dt.date(2026, 1, 1))
    environment = document["name"].split("-")[1]
    known = Stated(document, environment, Target(ACCOUNTS[environment], "eu-west-1"), **stated)
    row = table.by_id()[rule]
    subject = Subject(policy.gather(known), row.defaults(), SETTINGS)
    return [each for each in row.check(subject) if each.outcome in (Outcome.FAIL, Outcome.UNKNOWN)]


def paths(rule: str, document: Any, **stated: Any) -> list[tuple[str | int, ...]]:
    """Give the places where a rule fails."""
    return [each.path for each in said(rule, document, **stated) if each.outcome is Outcome.FAIL]

"""A drift report with one of everything, for tests and for the pictures of the documentation."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from reconciler.errors import Problem
from reconciler.pipeline.arns import Target
from reconciler.plan.drift import Author, Drifted, DriftReport, Edit, Heal, Kind, Looked, Past, ordered
from reconciler.plan.health import Failure, Health

NOW = datetime(2026, 3, 30, 5, 0, tzinfo=UTC)
PROD, DEV = Target("333333333333", "eu-west-1"), Target("111111111111", "us-east-1")
SAMPLE = Path(__file__).parents[1] / "config" / "pipelines" / "ecommerce" / "ecommerce-prod-backend.yaml"
ANA = Author(
    "arn:aws:sts::333333333333:assumed-role/Admin/ana",
    "console",
    "",
    NOW - timedelta(hours=9),
    "UpdatePipeline",
    "6f1c",
)


def declaration() -> dict[str, Any]:
    """Give a realistic declaration."""
    read = yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))
    return read.get("pipeline", read)


def moved() -> tuple[dict[str, Any], dict[str, Any], tuple[Edit, ...]]:
    """Give a declaration as git says, as it is live, and how they differ: an action, a stage more, a stage less."""
    git = declaration()
    live = copy.deepcopy(git)
    stage, action = live["stages"][1]["name"], live["stages"][1]["actions"][0]
    former, action["configuration"]["ProjectName"] = action["configuration"]["ProjectName"], "hotfix-build"
    patch = {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"}
    live["stages"].insert(2, {"name": "Hotfix", "actions": [{"name": "Patch", "actionTypeId": patch}]})
    gone = live["stages"].pop()
    edits = (
        Edit(f"{stage}/{action['name']} configuration.ProjectName", former, "hotfix-build"),
        Edit(f"stage {gone['name']}", {"actions": {"…": "…"}}, None),
        Edit("stage Hotfix", None, {"actions": {"Patch": {"provider": "Lambda"}}}),
    )
    return git, live, edits


def report(*more: Drifted) -> DriftReport:
    """Give a report in which every part has something, and perhaps more drifts."""
    git, live, edits = moved()
    failure = Failure(
        "Deploy", "BackendService", "PermissionError", "ecs:UpdateService was denied", "https://example.com/log",
        "Add this statement to the role of the action.", '{\n  "Effect": "Allow",\n  "Action": "ecs:UpdateService"\n}',
    )  # fmt: skip
    health = Health(PROD, "ecommerce-prod-backend", "e1", "Failed", "", NOW, NOW, (failure,))
    heal = Heal("updates it to what git says", "", ("waits for execution 1f3e0a52… in stage Build",))
    found = Problem(
        "live:333333333333/eu-west-1/ecommerce-prod-backend", 0, 0, "stages[2]", "no approval before it", ""
    )
    entries = [
        Drifted(PROD, "ecommerce-prod-backend", Kind.DEFINITION, "error", NOW - timedelta(hours=8), "prod", NOW, 3,
                7, 8, edits, "", ANA, heal, "pipelines/ecommerce-prod-backend.yaml", git, live, health, (found,)),
        Drifted(PROD, "photosharing-prod-deploy", Kind.MISSING, "error", NOW - timedelta(days=2), "prod", None, 5, 4, 0,
                (), "somebody deleted it", ANA, Heal("creates it", "sync.self_heal is off"), "pipelines/photo.yaml",
                git),
        Drifted(DEV, "fooddelivery-dev-user", Kind.TAGS, "warning", NOW - timedelta(days=3), "dev",
                edits=(Edit("tags.team", "orders", None),), author=Author(note="CloudTrail is not open to this role")),
        Drifted(DEV, "", Kind.UNREADABLE, "error", NOW, "dev", reason="ListPipelines was throttled"),
        *more,
    ]  # fmt: skip
    looked = (Looked(DEV, ("dev",), 0, "ListPipelines was throttled"), Looked(PROD, ("prod",), 120))
    past = Past(PROD, "notifications-prod-send", Kind.TRANSITIONS, "warning", "prod", NOW - timedelta(days=6),
                NOW - timedelta(days=4), "healed", 4, 1, 2, (), ANA)  # fmt: skip
    other = Health(PROD, "payments-prod-deploy", "e2", "Failed", "", NOW, NOW, (failure,))
    broken = Problem("pipelines/broken.yaml", 3, 1, "", "this is not YAML", "")
    return DriftReport(
        NOW, "f3a9c1d20b7e4411", looked, ordered(entries), (), 117, 4, (past,), NOW - timedelta(days=7),
        (health, other), (broken,), ("Authors of 20 pipelines were asked for.",),
    )  # fmt: skip


SPANS = [
    (NOW - timedelta(days=began), None if lasted is None else NOW - timedelta(days=began - lasted))
    for began, lasted in ((25, 3), (20, 8), (16, 2), (14, 1), (3, None), (2, None), (1, None))
]
"""When drifts were open in the last month."""

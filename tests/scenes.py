"""A scene for drift: a workshop with pipelines in force, and somebody who edits them behind the reconciler's back."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from typer.testing import CliRunner

from builders import pipeline
from pages import Page
from reconciler.cli import drift
from reconciler.cli.app import app
from reconciler.report import driftdocument, drifts
from reconciler.report.html import drift as page
from reconciler.report.html import entries
from reconciler.sync import passes
from reconciler.sync.drifting import Wish
from workshop import ACCOUNT, REGION, Finished, Workshop

if TYPE_CHECKING:
    import pytest

    from reconciler.plan.drift import DriftReport
    from reconciler.sync.state import World

WEB = "shop-prod-web"
LATER = 1_000
"""Days after which anything is long ago, whatever time it is at the endpoint."""
CONSOLE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"


@cache
def client(url: str, agent: str, user: str) -> Any:
    config = Config(user_agent=agent, retries={"total_max_attempts": 1})
    return boto3.client("codepipeline", endpoint_url=url, region_name=REGION, aws_access_key_id=user,
                        aws_secret_access_key="secret", config=config)  # fmt: skip


class Scene(Workshop):
    """A workshop with one pipeline that is in force, and somebody who edits it behind the reconciler's back."""

    here: World

    def enter(self, patch: pytest.MonkeyPatch) -> None:
        """Go to the folder, with the credentials of the account."""
        patch.chdir(self.folder)
        for name, value in self.environment.items():
            if name.startswith("AWS_") or name == "NO_PROXY":
                patch.setenv(name, value)

    def begin(self, *documents: dict[str, Any], **beside: Any) -> None:
        self.define(*(documents or (pipeline(WEB),)), **beside)
        self.heal()

    def heal(self) -> None:
        assert {str(each.ending) for each in passes.run(self.here, approved=True).results} == {"applied"}
        self.endpoint.say("settle")

    def client(self, agent: str = CONSOLE, user: str = "ana") -> Any:
        """Give a client of somebody else in the same account, who says to be `agent`."""
        return client(self.endpoint.url, agent, user)

    def edit(self, function: Any, agent: str = CONSOLE, name: str = WEB, user: str = "ana") -> None:
        client = self.client(agent, user)
        document = copy.deepcopy(client.get_pipeline(name=name)["pipeline"])
        function(document)
        client.update_pipeline(pipeline=document)

    def tell(self, *arguments: str, check: int | None = None) -> Finished:
        result = CliRunner().invoke(app, ["drift", *arguments], prog_name="reconciler")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        finished = Finished(result.exit_code, result.stdout, result.stderr)
        assert check is None or finished.status == check, finished
        return finished

    def report(
        self, name: str = "", *, past: bool = False, executions: bool = False, days: int = 0, **of: Any
    ) -> DriftReport:
        """Give the report, `days` from now; `of` are settings of the group `drift`."""
        known = self.here
        settings = known.settings.model_copy(update={"drift": known.settings.drift.model_copy(update=of)})
        world = replace(known, settings=settings, now=lambda: known.now() + timedelta(days))
        return passes.drift(world, Wish(name, known.now() - timedelta(1) if past else None), executions=executions)

    def drift(self, *, status: int = 3, **wish: Any) -> tuple[dict[str, Any], str]:
        """Give the only drift, as JSON and in text; the page says the same."""
        report = self.report(**wish)
        assert drift.status(report) == status
        (found,) = driftdocument.document(report)["drifts"]
        shown, text = Page(page.page(report)).text, drifts.text(report)
        assert [said for said in sayings(found) if said not in shown] == []
        assert [said for said in sayings(found, whole=False) if said not in text] == []
        return found, text

    def arn(self, name: str = WEB) -> str:
        return f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{name}"


def sayings(found: dict[str, Any], *, whole: bool = True) -> list[str]:
    """Give what a reader has to be told of a drift; `whole` with what text says in other words."""
    author, heal = found["author"] or {}, found["heal"] or {}
    told = [found["name"], found["kind"], found["severity"], found["reason"], heal.get("held", "")]
    if author.get("how") != "self":
        told += [author.get(each, "") for each in ("principal", "reason", "event", "eventId")]
    told += [each["place"] for each in found["differences"]]
    if whole:
        told += [heal.get("does", ""), str(found["versionBefore"] or ""), author.get("note", "")]
        told += [entries.shown(side) for each in found["differences"] for side in (each["git"], each["live"])]
    return told


def project(name: str) -> Any:
    def change(document: dict[str, Any]) -> None:
        document["stages"][1]["actions"][0]["configuration"]["ProjectName"] = name

    return change

"""Scenes for whole passes: a shop with small pipelines, as git names them and as AWS has them, and what was written."""

from __future__ import annotations

import copy
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from emulator.talk import Local
from endpoint import Endpoint
from reconciler.cli.app import app
from scenes import Scene
from workshop import ACCOUNT, REGION, Finished, Workshop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from reconciler.store.history import Change as JournalEntry
    from reconciler.sync.state import Pass

WRITES = frozenset({
    "CreatePipeline", "UpdatePipeline", "DeletePipeline", "TagResource", "UntagResource", "EnableStageTransition",
    "DisableStageTransition",
})  # fmt: skip


class Shop:
    """The workshop of one test, in words that keep tests short; all its pipelines live in one account and Region."""

    token = "ghp_" + "k33pth1s" * 5
    """A secret that AWS masks."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop, self.endpoint, self.folder = workshop, workshop.endpoint, workshop.folder

    @property
    def pipelines(self) -> Path:
        """The folder of the definitions."""
        return self.workshop.repository / "pipelines"

    @property
    def memory(self) -> list[Path]:
        """The files of the store."""
        return sorted((self.folder / ".reconciler").glob("state.db*"))

    def forget(self) -> None:
        """Lose the memory of all passes."""
        for file in self.memory:
            file.unlink()

    @staticmethod
    def pipeline(name: str, project: str = "compile", **members: Any) -> dict[str, Any]:
        """Give a declaration of two stages; `project` is what its build action runs."""
        return {"name": name, **_MEMBERS, "stages": [_stage("Source", _SOURCE), _build(project)], **members}

    @staticmethod
    def secretive(name: str, token: str, project: str = "compile") -> dict[str, Any]:
        """Give a declaration whose source action holds a secret that AWS masks."""
        source = _SOURCE | {"actionTypeId": _kind("Source", "GitHub", "ThirdParty"), "configuration": _github(token)}
        return Shop.pipeline(name, stages=[_stage("Source", source), _build(project)])

    def define(self, *documents: dict[str, Any], **beside: Any) -> None:
        """Commit one file for each declaration."""
        self.workshop.define(*documents, **beside)

    def file(self, path: str, content: object) -> None:
        """Commit one file as it is."""
        self.workshop.write(path, content)
        self.workshop.commit()

    def drop(self, *names: str) -> None:
        """Commit the removal of pipelines."""
        for name in names:
            (self.pipelines / f"{name}.json").unlink()
        self.workshop.commit()

    def empty(self) -> None:
        """Commit a folder of definitions that holds none."""
        for file in self.pipelines.iterdir():
            file.unlink()
        self.file("README.md", "Nothing here.")

    def put(self, document: dict[str, Any], tags: dict[str, str] | None = None) -> None:
        """Set a live pipeline up behind the reconciler's back; without `tags` it has no owner."""
        self.endpoint.put(ACCOUNT, REGION, document, tags or {})

    def live(self, name: str) -> dict[str, Any]:
        """Give the stored declaration, secrets and version included."""
        return self.endpoint.get(ACCOUNT, REGION, name)

    def project(self, name: str) -> str:
        """Give what the build action of a live pipeline runs."""
        return str(self.live(name)["stages"][1]["actions"][0]["configuration"]["ProjectName"])

    def secret(self, name: str) -> str:
        """Give the secret that AWS keeps for a live pipeline."""
        return self.endpoint.secrets(ACCOUNT, REGION, name)["Source", "Checkout", "OAuthToken"]

    def versions(self) -> dict[str, int]:
        """Give the version of every live pipeline."""
        return {name: live["version"] for name, live in self.endpoint.pipelines(ACCOUNT, REGION).items()}

    def tags(self, name: str) -> dict[str, str]:
        """Give the tags of a live pipeline."""
        return self.endpoint.tags(ACCOUNT, REGION, name)

    def shut(self, name: str) -> dict[str, str]:
        """Give the stages of a live pipeline that nothing may enter, with the reasons."""
        return self.endpoint.transitions(ACCOUNT, REGION, name)

    def edit(self, name: str, function: Callable[[dict[str, Any]], object]) -> None:
        """Change a live declaration in place, as an edit in the console does."""
        self.endpoint.edit(ACCOUNT, REGION, name, lambda document: function(document) and None)

    def writes(self) -> list[tuple[str, str]]:
        """Give the writing requests since the last `settle`: operation and pipeline."""
        return [(each.operation, each.name) for each in self.endpoint.log if each.operation in WRITES]

    def settle(self, *documents: dict[str, Any], **beside: Any) -> None:
        """Define pipelines, apply them, and forget the requests of it."""
        self.define(*documents, **beside)
        endings = [str(result.ending) for result in self.apply().results]
        assert endings == ["applied"] * len(documents), endings
        self.endpoint.clear_log()

    def history(self) -> tuple[JournalEntry, ...]:
        """Give every write that was journalled, the newest first."""
        with self.workshop.world() as world:
            return world.memory.changes(None, 1000)

    def open_intents(self) -> tuple[JournalEntry, ...]:
        """Give the journalled writes of which nobody knows how they ended."""
        with self.workshop.world() as world:
            return world.memory.open_intents()

    def apply(self) -> Pass:
        """Run one pass in this process."""
        return self.workshop.apply()

    def plan(self) -> Pass:
        """Plan in this process."""
        return self.workshop.plan()

    def cli(self, *arguments: str) -> Finished:
        """Run the command line in this process."""
        done = CliRunner().invoke(app, list(arguments))
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Finished(done.exit_code, done.stdout, done.stderr)


def _kind(category: str, provider: str, owner: str = "AWS") -> dict[str, str]:
    return {"category": category, "owner": owner, "provider": provider, "version": "1"}


def _stage(name: str, *actions: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "actions": list(actions)}


def _build(project: str) -> dict[str, Any]:
    configuration = {"ProjectName": project, "EnvironmentVariables": '[{"name": "STAGE", "value": "prod"}]'}
    action = {"name": "Compile", "actionTypeId": _kind("Build", "CodeBuild"), "configuration": configuration}
    return _stage("Build", action | {"inputArtifacts": [{"name": "Code"}]})


def _github(token: str) -> dict[str, str]:
    return {"Owner": "shop", "Repo": "web", "Branch": "main", "OAuthToken": token}


_SOURCE = {
    "name": "Checkout",
    "actionTypeId": _kind("Source", "S3"),
    "configuration": {"S3Bucket": "code", "S3ObjectKey": "code.zip"},
    "outputArtifacts": [{"name": "Code"}],
}
_MEMBERS = {
    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/pipeline",
    "artifactStore": {"type": "S3", "location": "artifacts"},
}


def midnight() -> float:
    """Give the one time that a copied endpoint knows, so that what was remembered of the first one stays true."""
    return 1_700_000_000.0


def use(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Make the shop's folder and endpoint those of this process."""
    monkeypatch.chdir(shop.folder)
    for name, value in shop.workshop.environment.items():
        if name.startswith("AWS_") or name == "NO_PROXY":
            monkeypatch.setenv(name, value)
    return shop


@pytest.fixture
def shop(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return use(Shop(workshop), monkeypatch)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Give a shop with something to do of every kind: transition, create, update, tag, adopt, delete; two are left."""
    with Endpoint(clock=midnight) as endpoint, pytest.MonkeyPatch.context() as patch:
        shop = use(Shop(Workshop(tmp_path_factory.mktemp("prepared"), endpoint)), patch)
        shop.workshop.settings(sync={"prune": True}, scale={"workers": 1})
        names = ("shop-prod-tagged", "shop-prod-gone", "shop-prod-same", "shop-prod-shut")
        shop.settle(shop.secretive("shop-prod-changed", shop.token), *map(shop.pipeline, names))
        shop.put(shop.pipeline("shop-prod-found"))
        shop.put(shop.pipeline("theirs"), {"team": "them"})
        shop.drop("shop-prod-gone")
        shop.define(shop.secretive("shop-prod-changed", shop.token, project="package"), tags={"team": "web"})
        shop.define(shop.pipeline("shop-prod-tagged"), tags={"team": "web"})
        shop.define(shop.pipeline("shop-prod-found"), sync={"adopt": True})
        shop.define(shop.pipeline("shop-prod-shut"), transitions={"Build": {"inbound": "disabled", "reason": "freeze"}})
        shop.define(shop.pipeline("shop-prod-plain"), shop.secretive("shop-prod-secret", shop.token))
    return shop


@pytest.fixture
def crowd(prepared: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """Give a copy of the prepared shop with an endpoint of its own."""
    with Endpoint(clock=midnight) as endpoint:
        for name, document in prepared.endpoint.pipelines(ACCOUNT, REGION).items():
            endpoint.put(ACCOUNT, REGION, document, prepared.tags(name))
        workshop = copy.copy(prepared.workshop)
        workshop.folder = shutil.copytree(prepared.folder, tmp_path / "shop")
        workshop.endpoint = endpoint
        yield use(Shop(workshop), monkeypatch)


@pytest.fixture(scope="module")
def _local() -> Iterator[Local]:
    running = Local()
    yield running
    running.close()


@pytest.fixture
def scene(_local: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Give a scene of drift at the local endpoint."""
    made = Scene(tmp_path, _local.reset())
    made.enter(monkeypatch)
    with made.world() as made.here:
        yield made

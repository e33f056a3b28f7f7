"""A small shop to plan in: declarations, what git defines, what is live, and how AWS gives things back."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconciler.definitions.definition import Definition, packed
from reconciler.definitions.reading import Reading
from reconciler.definitions.tags import OWNER
from reconciler.pipeline import canonical, secrets
from reconciler.pipeline.arns import Target
from reconciler.plan import build, wire
from reconciler.plan.changes import Kind
from reconciler.plan.live import Observation, Stamp
from reconciler.settings import Sync

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.errors import Problem
    from reconciler.plan.build import Identity, Outcome, Request
    from reconciler.plan.changes import Change, Plan

Document = dict[str, Any]

REGION = "eu-west-1"
TARGET, ELSEWHERE = Target("111111111111", REGION), Target("222222222222", "us-east-1")
OURS = Sync().owner
OWNED = {OWNER: OURS}
NO_TAGS: Mapping[str, str] = {}

ROLE = "arn:aws:iam::111111111111:role/pipeline"

fingerprint = secrets.fingerprinter(b"a key for tests")


def action(name: str = "Compile", provider: str = "CodeBuild", **members: Any) -> Document:
    owner, category = {
        "S3": ("AWS", "Source"),
        "CodeStarSourceConnection": ("AWS", "Source"),
        "GitHub": ("ThirdParty", "Source"),
        "CodeBuild": ("AWS", "Build"),
        "Vault": ("Custom", "Deploy"),
        "ECS": ("AWS", "Deploy"),
    }[provider]
    kind = {"category": category, "owner": owner, "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind} | members


def declaration(name: str = "shop-dev-api", **members: Any) -> Document:
    """Give Source/Get, Build/Compile and Deploy/Ship, with `members` laid over it."""
    code, image = [{"name": "Code"}], [{"name": "Image"}]
    bucket = {"S3Bucket": "sources", "S3ObjectKey": "code.zip"}
    service = {"ClusterName": "shop", "ServiceName": "api"}
    made = {"inputArtifacts": code, "outputArtifacts": image}
    return {
        "name": name,
        "roleArn": ROLE,
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": [
            {"name": "Source", "actions": [action("Get", "S3", configuration=bucket, outputArtifacts=code)]},
            {"name": "Build", "actions": [action("Compile", configuration={"ProjectName": "api"}) | made]},
            {"name": "Deploy", "actions": [action("Ship", "ECS", configuration=service, inputArtifacts=image)]},
        ],
    } | members


def with_stage(document: Document, name: str, **members: Any) -> Document:
    """Give a copy in which the members of one stage are replaced; a new name adds a stage before the last one."""
    changed = copy.deepcopy(document)
    stages = changed["stages"]
    found = next((stage for stage in stages if stage["name"] == name), None)
    if found is None:
        stages.insert(-1, {"name": name} | members)
    else:
        found |= members
    return changed


def with_action(document: Document, place: str, **members: Any) -> Document:
    """Give a copy in which members of the action at `Stage/Action` are replaced; a new name adds an action."""
    stage_name, name = place.split("/")
    actions = copy.deepcopy(next(stage["actions"] for stage in document["stages"] if stage["name"] == stage_name))
    found = next((each for each in actions if each["name"] == name), None)
    if found is None:
        actions.append(action(name, **members))
    else:
        found |= members
    return with_stage(document, stage_name, actions=actions)


def with_configuration(document: Document, place: str = "Build/Compile", **values: Any) -> Document:
    """Give a copy in which configuration values of one action are set."""
    stage_name, name = place.split("/")
    stage = next(stage for stage in document["stages"] if stage["name"] == stage_name)
    found = next(each for each in stage["actions"] if each["name"] == name)
    return with_action(document, place, configuration=found.get("configuration", {}) | values)


def with_token(document: Document, token: str) -> Document:
    """Give a copy whose source is GitHub, with an OAuth token: a property that AWS keeps secret."""
    source = action("Get", "GitHub", configuration={"Owner": "shop", "OAuthToken": token})
    return with_stage(document, "Source", actions=[source | {"outputArtifacts": [{"name": "Code"}]}])


def sealed(document: Document) -> Document:
    return secrets.seal(document, fingerprint)


def given_back(document: Document, version: int = 1) -> Document:
    """Give a declaration as GetPipeline does: completed, with empty lists, and secrets as masks (reference A.9)."""
    members = {"pipelineType": "V1", "executionMode": "SUPERSEDED"} | copy.deepcopy(document)
    stages = [stage | {"actions": [_shown(each) for each in stage["actions"]]} for stage in document["stages"]]
    return members | {"stages": stages, "version": version}


def _shown(document: Document) -> Document:
    kind = document["actionTypeId"]
    secret = secrets.SECRET_KEYS.get((kind["owner"], kind["provider"]), frozenset())
    values = document.get("configuration", {})
    configuration = {key: secrets.MASK if key in secret else value for key, value in values.items()}
    return {"runOrder": 1, "inputArtifacts": [], "outputArtifacts": []} | document | {"configuration": configuration}


@dataclass
class Shop:
    """What git defines and what is live; `asked` tells whose documents were wanted."""

    sync: Sync = field(default_factory=Sync)
    definitions: dict[Identity, Definition] = field(default_factory=dict)
    live: dict[Target, dict[str, Observation]] = field(default_factory=lambda: {TARGET: {}, ELSEWHERE: {}})
    documents: dict[Identity, Document] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def define(
        self, document: Document, tags: Mapping[str, str] = NO_TAGS, target: Target = TARGET, **more: Any
    ) -> Definition:
        """Put a declaration into git."""
        name = document["name"]
        digest = canonical.digest([canonical.form(sealed(document), target.region), dict(tags)])
        file, body = f"pipelines/{name}.yaml", packed(document)
        definition = Definition(name, "dev", target, file, 1, digest, tags=dict(tags), body=body, **more)
        self.definitions[definition.identity] = definition
        return definition

    def observe(
        self, document: Document, tags: Mapping[str, str] = OWNED, target: Target = TARGET, **known: Any
    ) -> Observation:
        """Make a declaration live, with what is remembered of it."""
        name, version = document["name"], known.pop("version", 1)
        self.documents[target, name] = shown = given_back(document, version)
        digest = canonical.digest(canonical.form(sealed(shown), target.region))
        stamp = Stamp("2026-01-01T00:00:00Z", version, "2026-01-02T00:00:00Z")
        found = Observation(target, name, stamp, digest, tags=dict(tags), **known)
        self.live[target][name] = found
        return found

    def both(self, document: Document, tags: Mapping[str, str] = OWNED) -> Definition:
        """Define a declaration and make it live as it is."""
        definition = self.define(document)
        self.observe(document, tags)
        return definition

    def request(self, problems: tuple[Problem, ...] = (), **more: Any) -> Request:
        usual: dict[str, Any] = {
            "commit": "c0ffee",
            "reading": Reading(self.definitions, problems),
            "live": self.live,
            "unreadable": {},
            "sync": self.sync,
            "sealed_definition": self._sealed_definition,
            "sealed_live": self._sealed_live,
        }
        return build.Request(**(usual | more))

    def outcome(self, problems: tuple[Problem, ...] = (), **more: Any) -> Outcome:
        return build.build(self.request(problems, **more))

    def plan(self, problems: tuple[Problem, ...] = (), **more: Any) -> Plan:
        return self.outcome(problems, **more).plan

    def only(self, **more: Any) -> Change:
        """Give the one change there is."""
        (change,) = self.plan(**more).changes
        return change

    def apply(self, plan: Plan) -> None:
        """Do what a plan says: each open change once, as a pass does it."""
        for change in plan.open:
            if change.kind is Kind.DELETE:
                del self.live[change.target][change.name]
                continue
            found = self.live[change.target].get(change.name)
            tags = {key: value for key, value in (found.tags if found else {}).items() if key not in change.untag}
            self._write(change, tags | dict(change.tags), found)

    def _write(self, change: Change, tags: dict[str, str], found: Observation | None) -> None:
        definition = self.definitions[change.identity]
        known: dict[str, Any] = {"managed_tags": tuple(sorted(definition.tags)), "applied": definition.digest}
        if found and change.kind in (Kind.TAG, Kind.ADOPT):
            self.live[change.target][change.name] = replace(found, tags=tags, **known)
            return
        sent = wire.outgoing(definition.document, self.documents[change.identity] if found else None)
        self.observe(sent, tags, change.target, version=change.version + 1, **known)

    def _sealed_definition(self, definition: Definition) -> Document:
        self.asked.append(definition.name)
        return sealed(definition.document)

    def _sealed_live(self, identity: Identity) -> Document | None:
        self.asked.append(identity[1])
        return sealed(self.documents[identity]) if identity in self.documents else None

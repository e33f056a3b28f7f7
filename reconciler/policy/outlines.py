"""What is kept of a pipeline for rules over all pipelines: small, without secrets, and as JSON.

So a pass in which nothing changed parses nothing. Places in it are those of the file, not of the declaration.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reconciler.pipeline.unknown import Unknown
from reconciler.policy import attribution, starts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.definitions.definition import Definition
    from reconciler.documents import Path
    from reconciler.pipeline.arns import Target
    from reconciler.policy.facts import Facts, Work
    from reconciler.settings import Settings

Data = dict[str, Any]
_GLOBAL = frozenset({"bucket"})


@dataclass(frozen=True)
class Outline:
    """One pipeline of a commit."""

    name: str
    environment: str
    target: Target
    file: str
    line: int
    data: Mapping[str, Any]

    @property
    def place(self) -> str:
        """The file and the line, for people; what is live has no line."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def parts(self) -> dict[str, str]:
        """Parts of the name by the naming pattern; empty if it does not follow it."""
        return dict(self.data.get("parts", {}))

    def at(self, member: str) -> Path:
        """Give the place in the file of `name` or of `stages`."""
        return tuple(self.data.get(member, ("pipeline", member)))

    @property
    def buckets(self) -> Iterator[tuple[str, Path]]:
        """Artifact buckets of no known environment, each with its place."""
        return ((name, tuple(path)) for name, path in self.data.get("buckets", ()))

    @property
    def targets(self) -> Iterator[tuple[str, str, Path]]:
        """What it deploys to, with the environment and the place, as far as names do not say whose it is."""
        return ((key, environment, tuple(path)) for key, environment, path in self.data.get("targets", ()))

    @property
    def shape(self) -> dict[str, tuple[str, Path]]:
        """Type and place of every action but approvals, by `Stage/Action`."""
        return {place: (kind, tuple(path)) for place, kind, path in self.data.get("shape", ())}


@dataclass(frozen=True)
class Estate:
    """All pipelines of a commit; what a rule over all of them looks at."""

    outlines: tuple[Outline, ...]
    settings: Settings
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def kin(self) -> Mapping[tuple[tuple[str, str], ...], Mapping[str, list[int]]]:
        """Give the numbers of the pipelines that differ in nothing but their environment, by environment."""
        found: dict[tuple[tuple[str, str], ...], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, each in enumerate(self.outlines):
            parts = each.parts
            if parts.pop("environment", None) is not None:
                found[tuple(sorted(parts.items()))][each.environment].append(number)
        return found


def of_definition(definition: Definition) -> Outline:
    """Give the outline that was kept with a definition."""
    return Outline(
        definition.name, definition.environment, definition.target, definition.file, definition.line, definition.outline
    )


def draw(facts: Facts, written: Callable[[Path], Path]) -> Data:
    """Give what is kept; `written` gives the place in the file for a place in the declaration.

    Without an environment there is nothing that another one could share.
    """

    def place(path: Path) -> list[str | int]:
        return list(written(("pipeline", *path)))

    polling = next((each.path for each in facts.works if starts.polls(each.action)), None)
    shape = [[each.place, _kind(each), place(each.at)] for each in facts.works if each.action.category != "Approval"]
    return {
        "name": place(("name",)),
        "stages": place(("stages",)),
        "parts": dict(facts.parts),
        "buckets": [[name, place(path)] for name, path in _buckets(facts)],
        "targets": [
            [key, each.environment, place(path)]
            for each in facts.deployments
            for key, path in (_key(each, facts) if each.environment else ())
        ],
        "shape": shape,
        **({"polls": place((*polling, "configuration", "PollForSourceChanges"))} if polling else {}),
    }


def _buckets(facts: Facts) -> Iterator[tuple[str, Path]]:
    for mention in facts.mentions if facts.environment else ():
        store = mention.kind == "bucket" and mention.path[0] in ("artifactStore", "artifactStores")
        if store and not isinstance(mention.text, Unknown) and not facts.owners(mention) - {facts.environment}:
            yield mention.text, mention.path


def _key(work: Work, facts: Facts) -> Iterator[tuple[str, Path]]:
    """Give what an action deploys to as one text with account and Region; nothing if an environment owns its name."""
    own = [each for each in facts.of_action(work) if each.kind in {kind for kind, _ in work.target}]
    if not work.target or any(facts.owners(each) - facts.allowed for each in own):
        return
    if any(isinstance(each.text, Unknown) or "#{" in each.text for each in own):
        return
    role = str(work.action.role_arn or "")
    account = attribution.account_of(role) or facts.account or ""
    region = work.action.region or facts.subject.region or ""
    where = "" if {kind for kind, _ in work.target} <= _GLOBAL else f" in {account}/{region}"
    named = " and ".join(f"{kind} {name}" for kind, name in work.target)
    yield f"{named}{where}", next(each.path for each in own if each.kind in dict(work.target))


def _kind(work: Work) -> str:
    return f"{work.action.category} {work.action.provider}"

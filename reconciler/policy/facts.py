"""What is known of one pipeline before any rule looks at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reconciler.definitions.naming import Convention
from reconciler.pipeline import secrets
from reconciler.pipeline.model import Pipeline
from reconciler.pipeline.subject import Subject
from reconciler.pipeline.unknown import Unknown
from reconciler.policy import attribution, mentions, plaintext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.documents import Path
    from reconciler.pipeline.arns import Target
    from reconciler.pipeline.graph import Graph
    from reconciler.pipeline.model import Action
    from reconciler.pipeline.providers import Catalogue
    from reconciler.policy.attribution import Ownership
    from reconciler.policy.mentions import Mention
    from reconciler.policy.plaintext import Leak
    from reconciler.settings import Settings

_EFFECTS = frozenset({"Build", "Compute", "Invoke"})
_TARGETS = frozenset({
    "stack", "stack-set", "bucket", "cluster", "service", "application", "deployment-group", "function", "alias",
    "instances", "place", "configuration", "namespace", "release",
})  # fmt: skip


@dataclass(frozen=True)
class Stated:
    """A declaration whose shape is fine, and where it stands; shown nowhere, since it may hold secrets."""

    document: Mapping[str, Any] = field(repr=False)
    environment: str = ""
    """Name of the environment; empty if it is not known."""
    target: Target | None = None
    tags: Mapping[str, str] | None = field(default_factory=dict)
    """None if they are not known."""
    transitions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By stage, as the file says it: `inbound` and `outbound`, each `enabled` or `disabled`."""
    leaks: tuple[Leak, ...] | None = None
    """Secrets in plain text, where the document comes without them; None where they are looked for in it."""


@dataclass(frozen=True)
class Work:
    """One action, and the environment that it works in."""

    path: Path
    number: int
    """Number of its stage."""
    action: Action
    environment: str
    said: bool
    """Whether the action itself says so; else it is the pipeline's environment."""
    deploys: bool
    """Whether it changes the environment. Making a change set does not."""
    target: tuple[tuple[str, str], ...]
    """What it deploys to: kinds and names; empty if nothing has a name."""

    @property
    def place(self) -> str:
        """`Stage/Action`."""
        return self.action.place

    @property
    def at(self) -> Path:
        """Where a finding about the action as a whole stands: its name."""
        return (*self.path, "name")


@dataclass(frozen=True)
class Facts:
    """One pipeline, with everything that rules of policy ask."""

    stated: Stated
    subject: Subject
    ownership: Ownership
    settings: Settings

    @property
    def name(self) -> str:
        """Name of the pipeline."""
        return self.subject.pipeline.name

    @property
    def environment(self) -> str:
        """Name of its environment; empty if it is not known, and then no rule about environments applies."""
        return self.stated.environment if self.stated.environment in self.ownership.environments else ""

    @property
    def document(self) -> Mapping[str, Any]:
        """The declaration; values in it may be secret."""
        return self.subject.pipeline.document

    @property
    def graph(self) -> Graph:
        """Order and flow of its actions."""
        return self.subject.graph

    @property
    def account(self) -> str | None:
        """Account that the pipeline lives in, as far as that is known."""
        if self.stated.target:
            return self.stated.target.account
        return attribution.account_of(self.subject.pipeline.role_arn)

    def is_protected(self, environment: str) -> bool:
        """Tell whether an environment is protected; one that is not known is not."""
        known = self.ownership.environments.get(environment)
        return known is not None and known.protected

    @cached_property
    def parts(self) -> Mapping[str, str]:
        """Parts of the name by the naming pattern, `environment` among them; empty if it does not follow it."""
        return self.convention.read(self.name, self.environment)

    @cached_property
    def convention(self) -> Convention:
        """How names are read."""
        return Convention(self.settings.naming, tuple(self.ownership.environments))

    @cached_property
    def allowed(self) -> frozenset[str]:
        """Environments that its actions may work in."""
        return self.ownership.allowed(self.environment) if self.environment else attribution.NOBODY

    @cached_property
    def leaks(self) -> tuple[Leak, ...]:
        """Secrets that stand in it in plain text: names and places."""
        if self.stated.leaks is not None:
            return self.stated.leaks
        catalogue = self.subject.catalogue
        return tuple(plaintext.find(self.document, catalogue.secrets if catalogue else secrets.NO_KEYS))

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """Everything that the declaration mentions, in its order."""
        return tuple(mentions.find(self.subject))

    def owners(self, mention: Mention) -> frozenset[str]:
        """Give the environments that a mention may belong to; none if nothing says it."""
        if isinstance(mention.text, Unknown) or mention.kind in mentions.SHARED:
            return attribution.NOBODY
        return self.ownership.owners(mention.text, self._own_words)

    @cached_property
    def works(self) -> tuple[Work, ...]:
        """Every action with the environment that it works in, in the order of the document."""
        return tuple(self._work(path, number, action) for path, number, action in self.subject.places)

    @cached_property
    def deployments(self) -> tuple[Work, ...]:
        """The actions that change an environment."""
        return tuple(work for work in self.works if work.deploys)

    @cached_property
    def guarded(self) -> tuple[Work, ...]:
        """The deployments to protected environments."""
        return tuple(work for work in self.deployments if self.is_protected(work.environment))

    @cached_property
    def by_place(self) -> Mapping[str, Work]:
        """Every action by `Stage/Action`."""
        return {work.place: work for work in reversed(self.works)}

    def of_action(self, work: Work) -> tuple[Mention, ...]:
        """Give what an action mentions."""
        return self._by_action.get((work.number, int(work.path[3])), ())

    @cached_property
    def _own_words(self) -> frozenset[str]:
        return attribution.tokens(*(text for part, text in self.parts.items() if part != "environment"))

    @cached_property
    def _by_action(self) -> Mapping[tuple[int, int], tuple[Mention, ...]]:
        found: dict[tuple[int, int], list[Mention]] = {}
        for mention in self.mentions:
            if mention.action is not None:
                found.setdefault(mention.action, []).append(mention)
        return {place: tuple(each) for place, each in found.items()}

    def _work(self, path: Path, number: int, action: Action) -> Work:
        own = self._by_action.get((number, int(path[3])), ())
        said = self._said(own)
        named = (each for each in own if each.kind in _TARGETS and each.path[4:5] == ("configuration",))
        targets = tuple((each.kind, str(each.text)) for each in named)
        return Work(path, number, action, said or self.environment, bool(said), self._deploys(action), targets)

    def _said(self, own: tuple[Mention, ...]) -> str:
        """Give the environment that the mentions of an action name, its role first; what is not allowed is ignored."""
        for mention in sorted(own, key=lambda each: each.path[4:] != ("roleArn",)):
            found = self.owners(mention) & self.allowed
            if len(found) == 1 and mention.kind != "secret" and not mention.own_only:
                return next(iter(found))
        return ""

    def _deploys(self, action: Action) -> bool:
        if action.category == "Deploy":
            return action.configuration.get("ActionMode") != "CHANGE_SET_REPLACE"
        globs = self.settings.policy.deploy_stages
        return action.category in _EFFECTS and any(fnmatchcase(action.stage, glob) for glob in globs)


def gather(stated: Stated, settings: Settings, catalogue: Catalogue, ownership: Ownership) -> Facts:
    """Give the facts of one declaration; `ownership` is that of the settings, made once for all pipelines."""
    region = stated.target.region if stated.target else None
    return Facts(stated, Subject(Pipeline(stated.document), region, catalogue), ownership, settings)

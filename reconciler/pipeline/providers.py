"""The catalogue of action and rule types: what each takes, needs and gives (reference D).

Rules of this file:

* The facts stand in `providers.yaml`, whose head explains its words; here they become values and answers.
* The shipped catalogue is read once, when first asked for. Its shape is checked by a test and not at run time.
* What a team adds of its own comes as a value too: `Catalogue.with_custom(custom(document))`.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler import documents
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FILE = "providers.yaml"
ANY = "any"
"""A version, a value or a variable that nobody can know beforehand."""

INPUTS = "inputs"
"""The key of a clause that speaks of the number of input artifacts; configuration keys begin with a capital."""

RESOURCES = frozenset({
    "alias", "application", "branch", "bucket", "cluster", "configuration", "connection", "deployment-group",
    "function", "instances", "key", "namespace", "pipeline", "place", "project", "release", "repository", "role",
    "service", "stack", "stack-set", "state-machine", "topic",
})  # fmt: skip
"""What a configuration key may name; a `place` is what Elastic Beanstalk and AppConfig call an environment."""

_UNKNOWN_COUNT = (0, 5)  # reference I24, and D.5 for custom types
_HOUR, _DAY = 60, 24 * 60


class Clause(NamedTuple):
    """A statement about one action: a key has one of `values` (if there are any), or is there at all.

    With the key `INPUTS` it is the number of input artifacts that lies in `span`.
    """

    key: str
    values: tuple[str, ...] = ()
    span: tuple[int, int] = (0, 0)


class Condition(NamedTuple):
    """Where `given` holds, `needs` must hold; `at_run`: the service takes the declaration and the action fails."""

    given: Clause
    needs: Clause
    at_run: bool


@dataclass(frozen=True, slots=True)
class Key:
    """One configuration key, and what may stand behind it."""

    name: str
    required: bool = False
    secret: bool = False
    boolean: bool = False
    values: tuple[str, ...] = ()
    listed: bool = False
    """Several of `values` may stand there, with commas and without spaces."""
    range: tuple[int, int | None] | None = None
    pattern: str = ""
    json: str = ""
    """`environment`: a list of variables for a build; `object`; or `value` for any object or list."""
    names: str = ""
    """`input`: the name of an input artifact; `file`: `Artifact::path`, the artifact being an input."""
    resource: str = ""
    """What it names, out of `RESOURCES`; empty if that belongs to no environment."""
    doubtful: bool = False
    """A wrong name is known, or may be expected, to show only when the action runs (reference L)."""

    only: Clause | None = None
    """When the key is read at all; None: always."""

    @property
    def restricted(self) -> bool:
        """Whether some values are wrong whatever stands beside them."""
        return bool(self.boolean or self.values or self.range or self.pattern or self.json or self.names == "file")


@dataclass(frozen=True)
class Provider:
    """One action type or rule type; counts are (least, most), the timeout is in minutes or says why there is none."""

    category: str
    owner: str
    provider: str
    version: str
    inputs: tuple[int, int]
    outputs: tuple[int, int]
    keys: Mapping[str, Key]
    conditions: tuple[Condition, ...]
    variants: tuple[tuple[str, ...], ...]
    members: frozenset[str]
    variables: tuple[str, ...] | str
    sometimes: frozenset[str]
    timeout: int | str
    cross_region: bool
    needs_v2: bool
    identifiers: bool
    open: bool
    fact: str

    @property
    def type(self) -> tuple[str, str, str, str]:
        """Category, owner, provider, version: what an `actionTypeId` says."""
        return self.category, self.owner, self.provider, self.version

    def __str__(self) -> str:
        return "/".join(self.type)

    def __hash__(self) -> int:
        return hash(self.type)

    @cached_property
    def required(self) -> frozenset[str]:
        """Names of the keys that every configuration needs."""
        return frozenset(key.name for key in self.keys.values() if key.required)

    @cached_property
    def secrets(self) -> frozenset[str]:
        """Names of the keys that AWS masks."""
        return frozenset(key.name for key in self.keys.values() if key.secret)

    @cached_property
    def restricted(self) -> Mapping[str, Key]:
        """Keys that do not take every value, by name."""
        return {name: key for name, key in self.keys.items() if key.restricted}

    @cached_property
    def doubted(self) -> tuple[Condition, ...]:
        """Conditions of which only a run finds out."""
        return tuple(each for each in self.conditions if each.at_run)

    @cached_property
    def demanded(self) -> tuple[Condition, ...]:
        """Conditions of which the service asks."""
        return tuple(each for each in self.conditions if not each.at_run)

    @cached_property
    def resources(self) -> Mapping[str, str]:
        """Give what keys name, by key, where it is something that an environment has."""
        return {key.name: key.resource for key in self.keys.values() if key.resource}

    @cached_property
    def given(self) -> frozenset[str] | None:
        """Names of the variables that an action may give; None where its declaration or only the run says."""
        return None if isinstance(self.variables, str) else frozenset(self.variables)

    @cached_property
    def naming(self) -> tuple[Key, ...]:
        """Keys that name an input artifact."""
        return tuple(key for key in self.keys.values() if key.names)

    def output_variables(self, action: Mapping[str, Any]) -> frozenset[str] | None:
        """Give the names of the variables that an action of this type may give; None where only the run knows."""
        if self.variables == "declared":
            declared = action.get("outputVariables") or ()
            return None if isinstance(declared, Unknown) else frozenset(declared)
        return self.given


class Catalogue:
    """Action and rule types, found by what an `actionTypeId` or a `ruleTypeId` says."""

    def __init__(self, providers: Iterable[Provider], own: Iterable[Provider] = ()) -> None:
        self.own = tuple(own)
        """Those that a team declared."""
        self._by_type = {provider.type: provider for provider in (*providers, *self.own)}

    def __iter__(self) -> Iterator[Provider]:
        return iter(self._by_type.values())

    def find(self, category: str, owner: str, provider: str, version: str) -> Provider | None:
        """Give the type with exactly these four, or the one that fits whatever the version is."""
        found = self._by_type.get((category, owner, provider, version))
        return found or self._by_type.get((category, owner, provider, ANY))

    @cached_property
    def secrets(self) -> dict[tuple[str, str, str, str], frozenset[str]]:
        """Names of the keys of the team's own types that AWS masks, by type; what ships is known to `secrets`."""
        return {each.type: each.secrets for each in self.own if each.secrets}

    def named(self, provider: str) -> tuple[Provider, ...]:
        """Give the types of one provider, whatever their category, owner and version."""
        return tuple(each for each in self if each.provider == provider)

    def nearest(self, category: str, owner: str, provider: str, version: str) -> Provider | None:
        """Give the type that was probably meant: the most alike provider, then the most equal members."""
        kin = [each for each in self if (each.category == "Rule") == (category == "Rule")]
        name = nearest(provider, {each.provider for each in kin})
        near = [each for each in kin if each.provider == name]
        wanted = (category, owner, provider, version)
        return max(near, key=lambda each: sum(map(str.__eq__, each.type, wanted)), default=None)

    def with_custom(self, *declared: Provider) -> Catalogue:
        """Give a catalogue that knows a team's own types too; they stand before what is shipped."""
        return Catalogue(self, (*self.own, *declared))


@cache
def catalogue() -> Catalogue:
    """Give the shipped catalogue."""
    source = resources.files(__package__).joinpath(FILE).read_bytes().decode()
    return Catalogue(provider for entry in documents.parse(source, FILE) for provider in _providers(entry))


def custom(document: Mapping[str, Any]) -> Provider:
    """Give the type that a document in the shape of CreateCustomActionType's request declares (reference D.5).

    It must have passed `schema.checker(schema.shapes(), "CreateCustomActionTypeInput", ...)`. What is `Unknown` in it,
    as in a template, is not checked; category, provider and version are known.
    """
    declared = document.get("configurationProperties") or ()
    known = [] if isinstance(declared, Unknown) else [each for each in declared if _is_named(each)]
    return _provider(
        document["category"],
        {
            "owner": "Custom",
            "provider": document["provider"],
            "version": document["version"],
            "inputs": span(document["inputArtifactDetails"]),
            "outputs": span(document["outputArtifactDetails"]),
            "keys": {each["name"]: _property(each) for each in known},
            "open": len(known) < len(declared),
            "variables": ANY,
            "timeout": _DAY,
            "fact": "D.5; declared by the team",
        },
    )


def span(details: Any) -> tuple[int, int]:
    """Give the least and the most artifacts that an `ArtifactDetails` allows; the usual bounds where it is unknown."""
    members = {} if isinstance(details, Unknown) else details
    least, most = (members.get(name) for name in ("minimumCount", "maximumCount"))
    few, many = _UNKNOWN_COUNT
    return least if isinstance(least, int) else few, most if isinstance(most, int) else many


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that is most alike, capitals aside; None if nothing is."""
    lowered = {name.lower(): name for name in sorted(known)}
    return next((lowered[near] for near in get_close_matches(word.lower(), lowered, 1)), None)


def _providers(entry: Mapping[str, Any]) -> Iterator[Provider]:
    categories = entry["category"]
    for category in categories if isinstance(categories, list) else (categories,):
        yield _provider(category, entry)


def _provider(category: str, entry: Mapping[str, Any]) -> Provider:
    owner, variables = entry.get("owner", "AWS"), entry.get("variables", ())
    return Provider(
        category=category,
        owner=owner,
        provider=entry["provider"],
        version=entry.get("version", "1"),
        inputs=_pair(entry.get("inputs", _UNKNOWN_COUNT)),
        outputs=_pair(entry.get("outputs", _UNKNOWN_COUNT)),
        keys={name: _key(name, spec) for name, spec in entry.get("keys", {}).items()},
        conditions=tuple(map(_condition, entry.get("conditions", ()))),
        variants=tuple(map(tuple, entry.get("variants", ()))),
        members=frozenset(entry.get("members", ())),
        variables=variables if isinstance(variables, str) else tuple(variables),
        sometimes=frozenset(entry.get("sometimes", ())),
        timeout=entry.get("timeout", _HOUR),
        cross_region=entry.get("cross_region", owner == "AWS" and category != "Source"),
        needs_v2=entry.get("needs_v2", False),
        identifiers=entry.get("identifiers", False),
        open=entry.get("open", False),
        fact=entry["fact"],
    )


def _key(name: str, spec: str | Mapping[str, Any]) -> Key:
    more: Mapping[str, Any] = {"is": spec} if isinstance(spec, str) else spec
    words = frozenset(more.get("is", "").split())
    bounds = more.get("range")
    return Key(
        name,
        required="required" in words,
        secret="secret" in words,
        boolean="boolean" in words,
        values=tuple(more.get("values", ())),
        listed=more.get("listed", False),
        range=(bounds[0], bounds[1]) if bounds else None,
        pattern=more.get("pattern", ""),
        json=next((kind for word, kind in _JSON.items() if word in words), ""),
        names=next((word for word in ("input", "file") if word in words), ""),
        resource=next((word for word in more.get("is", "").split() if word in RESOURCES), ""),
        doubtful="doubtful" in words,
        only=_clause(more["only"]) if "only" in more else None,
    )


_JSON = {"json": "value", "json-environment": "environment", "json-object": "object"}
_TYPES = {"Boolean": {"is": "boolean"}, "Number": {"pattern": r"-?[0-9]+(\.[0-9]+)?"}}


def _property(declared: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write a property of a custom type in the words of `providers.yaml`."""
    spec = _TYPES.get(declared.get("type", "String"), {})
    words = [spec.get("is", ""), *(word for word in ("required", "secret") if declared.get(word) is True)]
    return spec | {"is": " ".join(words)}


def _is_named(declared: Any) -> bool:
    return not isinstance(declared, Unknown) and not isinstance(declared["name"], Unknown)


def _condition(entry: Mapping[str, Any]) -> Condition:
    return Condition(_clause(entry["given"]), _clause(entry["needs"]), entry.get("at") == "run")


def _clause(entry: Mapping[str, Any]) -> Clause:
    ((key, values),) = entry.items()
    if key == INPUTS:
        return Clause(key, span=_pair(values))
    return Clause(key, () if values == ANY else tuple(values))


def _pair(values: Any) -> tuple[int, int]:
    least, most = values
    return least, most

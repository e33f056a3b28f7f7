"""Where the pipelines of a set live, and the facts that are filled in there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.definitions import hints
from reconciler.definitions.drafts import Place
from reconciler.documents import Fault
from reconciler.pipeline.arns import Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler import settings

UNKNOWN = Target("000000000000", "us-east-1")
"""What stands for account and Region where no settings say them, so that the structure can be judged all the same."""

_COMMON = ("project", "purpose")


@dataclass(frozen=True, slots=True)
class Site:
    """One place of a set, with the facts by name."""

    place: Place
    facts: Mapping[str, str]

    @property
    def label(self) -> str:
        """What a person calls it where its environment has several Regions."""
        return f"{self.place.environment}/{self.place.target.region}"


def find(value: Mapping[str, Any], configured: Mapping[str, settings.Environment] | None) -> Iterator[Site | Fault]:
    """Give a site for every environment and Region that a set names, or the fault that keeps it from being one.

    Without the configured environments, a placeholder stands for account and Region.
    """
    for index, environment in enumerate(listed(value)):
        if configured is not None and environment not in configured:
            hint = hints.nearest(environment, configured, "configured: ")
            yield Fault(("environments", index), f"environment {environment!r} is not configured", hint)
            continue
        account = configured[environment].account if configured else UNKNOWN.account
        there = configured[environment].regions if configured else None
        for region in _regions(value, environment, there):
            if isinstance(region, Fault):
                yield region
            else:
                place = Place(environment, Target(account, region))
                yield Site(place, _facts(value, place))


def listed(value: Mapping[str, Any]) -> list[str]:
    """Give the environments of a set, without what is no name."""
    environments = value["environments"]
    return [each for each in environments if isinstance(each, str)] if isinstance(environments, list) else []


def _regions(value: Mapping[str, Any], environment: str, there: Sequence[str] | None) -> Iterator[str | Fault]:
    chosen = _below(value, "regions", environment)
    if not isinstance(chosen, list):
        yield from there or _spoken_of(value, environment) or (UNKNOWN.region,)
        return
    for index, region in enumerate(chosen):
        if isinstance(region, str) and (there is None or region in there):
            yield region
        elif isinstance(region, str):
            message = f"{environment} is not configured for {region!r}"
            yield Fault(("regions", environment, index), message, f"configured: {', '.join(there or ())}")


def _spoken_of(value: Mapping[str, Any], environment: str) -> dict[str, None]:
    """Give the Regions for which an environment has facts of their own: where no settings say it, these are meant."""
    facts = _below(value, "facts", environment)
    by_region = [fact for fact in facts.values() if isinstance(fact, dict)] if isinstance(facts, dict) else []
    return dict.fromkeys(region for fact in by_region for region in fact)


def _facts(value: Mapping[str, Any], place: Place) -> dict[str, str]:
    """Give all facts of a place; a fact by Region is known where its Region is."""
    common = {name: value[name] for name in _COMMON if isinstance(value.get(name), str)}
    own = _below(value, "facts", place.environment)
    by_region = {
        name: fact.get(place.target.region) if isinstance(fact, dict) else fact
        for name, fact in (own.items() if isinstance(own, dict) else ())
    }
    given = {name: str(fact) for name, fact in by_region.items() if isinstance(fact, str | int)}
    account, region = place.target
    return {**given, **common, "environment": place.environment, "account": account, "region": region}


def _below(value: Mapping[str, Any], member: str, environment: str) -> Any:
    found = value.get(member)
    return found.get(environment) if isinstance(found, dict) else None
